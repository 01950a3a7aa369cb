//! Where this thread is: program counter, stack pointer, frame pointer, saved registers.
//!
//! **Cost:** three instructions for [`here`]; [`all`] stores sixteen words.

/// Where a function stands on the stack, as seen at one of its calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// The address behind the call: a return address, or the one behind any instruction at which
    /// the other two hold.
    pub pc: usize,
    /// The stack pointer at `pc`.
    pub sp: usize,
    /// The frame pointer at `pc` (`rbp`, `x29`), whatever the function keeps in it.
    pub fp: usize,
}

/// The registers of the function that this is inlined into.
#[inline(always)]
#[must_use]
pub fn here() -> Registers {
    let (pc, sp, fp): (usize, usize, usize);
    #[cfg(target_arch = "x86_64")]
    // SAFETY: three registers are copied; nothing is changed.
    unsafe {
        core::arch::asm!("lea {}, [rip]", "mov {}, rsp", "mov {}, rbp",
            out(reg) pc, out(reg) sp, out(reg) fp, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: three registers are copied; nothing is changed.
    unsafe {
        core::arch::asm!("adr {}, #4", "mov {}, sp", "mov {}, x29",
            out(reg) pc, out(reg) sp, out(reg) fp, options(nomem, nostack, preserves_flags));
    }
    Registers { pc, sp, fp }
}

/// Every register that a function has to preserve, by its DWARF number on x86-64
/// (3 `rbx`, 6 `rbp`, 7 `rsp`, 12 to 15, 16 the program counter); others are zero.
#[cfg(target_arch = "x86_64")]
pub type All = [usize; 17];

/// All preserved registers of the function that this is inlined into.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[must_use]
pub fn all() -> All {
    let mut all: All = [0; 17];
    // SAFETY: registers are copied into the array, whose 17 words the offsets stay within.
    unsafe {
        core::arch::asm!(
            "mov [{to} + 24], rbx", "mov [{to} + 48], rbp", "mov [{to} + 56], rsp",
            "mov [{to} + 96], r12", "mov [{to} + 104], r13", "mov [{to} + 112], r14",
            "mov [{to} + 120], r15", "lea {pc}, [rip]", "mov [{to} + 128], {pc}",
            to = in(reg) all.as_mut_ptr(), pc = out(reg) _, options(nostack, preserves_flags));
    }
    all
}

#[cfg(all(test, not(any(miri, tenure_replaced_os))))]
mod tests {
    use super::*;

    #[test]
    fn the_stack_pointer_is_below_a_local() {
        let local = 0u64;
        let here = here();
        assert!(here.sp <= (&raw const local).addr());
        assert!((&raw const local).addr() - here.sp < 1 << 16);
        assert_eq!(here.sp % 8, 0);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn both_readings_agree() {
        let (few, all) = (here(), all());
        assert_eq!((few.sp, few.fp), (all[7], all[6]));
        assert!(all[16] > few.pc && all[16] - few.pc < 4096);
    }
}
