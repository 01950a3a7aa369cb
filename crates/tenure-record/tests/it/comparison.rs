//! A capture beside the stacks of other unwinders.
//!
//! **What agrees:** the addresses of all frames, from the probe's own outwards. **How:** each stack
//! is captured twice, once with what was remembered and once with nothing remembered; both must
//! give the same node. glibc's `backtrace` sees every stack, `framehop` a part of them.

use crate::notebook::{Notebook, fresh_stacks};
use crate::oracle::{Framehop, glibc};
use crate::program::Program;
use std::ffi::c_void;
use tenure_record::stack::{Captured, Registers, ThreadStacks, here};

/// More frames than any stack of the tests has.
const MOST: usize = 4096;
/// As many as a capture tells.
const TOLD: usize = 256;
/// What a handler returns to: `mov $15, %rax; syscall`.
const SIGNAL_RETURN: [u8; 9] = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];

/// What a probe works with.
pub(crate) struct Case {
    pub(crate) notebook: &'static Notebook,
    pub(crate) stacks: Box<ThreadStacks>,
    plain: Box<ThreadStacks>,
    framehop: Option<Framehop>,
    /// Each how many-th stack framehop sees as well.
    pub(crate) framehop_each: usize,
    pub(crate) compared: usize,
    pub(crate) by_framehop: usize,
    /// The first difference.
    pub(crate) difference: Option<String>,
    pub(crate) last: Vec<usize>,
    pub(crate) last_captured: Captured,
}

impl Case {
    pub(crate) fn new(nodes: u32) -> Self {
        Self {
            notebook: Notebook::new(nodes),
            stacks: fresh_stacks(),
            plain: fresh_stacks(),
            framehop: None,
            framehop_each: 4,
            compared: 0,
            by_framehop: 0,
            difference: None,
            last: Vec::new(),
            last_captured: Captured::default(),
        }
    }

    /// Enters `name` of `program`, which is to make `count` probes, and fails at a difference.
    pub(crate) fn run(&mut self, program: &Program, name: &str, number: u64, count: i64) {
        let entry = program.entry(name);
        if self.framehop_each != usize::MAX {
            self.framehop = Some(Framehop::new());
        }
        // SAFETY: the program calls the probe with this case, before it returns.
        let status = unsafe { entry(probe, std::ptr::from_mut(self).cast(), number, count) };
        assert!(
            status >= 0 || name != "run_threads",
            "{name} gives {status}"
        );
        if let Some(difference) = &self.difference {
            panic!("{name}: {difference}");
        }
    }

    /// Compares the stack at `from`, of which glibc has told `theirs`.
    fn compare(&mut self, from: &Registers, theirs: &[usize]) {
        let captured = self.notebook.capture(&mut self.stacks, from);
        self.stacks.check();
        self.plain.forget_frames();
        let plain = self.notebook.capture(&mut self.plain, from);
        let ours = self.notebook.addresses(captured.node);
        self.compared += 1;
        self.last.clone_from(&ours);
        self.last_captured = captured;
        if self.difference.is_some() {
            return;
        }
        if captured != plain {
            let whole = self.notebook.addresses(plain.node);
            self.difference = Some(format!(
                "stack {}: {captured:?} but without a memo {plain:?}\n{ours:x?}\n{whole:x?}",
                self.compared
            ));
            return;
        }
        self.difference =
            differ(captured.truncated, &ours, theirs).map(|text| format!("glibc: {text}"));
        if self.difference.is_none()
            && self.compared.is_multiple_of(self.framehop_each)
            && let Some(framehop) = &mut self.framehop
        {
            let theirs = framehop.walk(from, MOST);
            self.by_framehop += 1;
            self.difference =
                differ(captured.truncated, &ours, &theirs).map(|text| format!("framehop: {text}"));
        }
    }
}

/// How two stacks differ behind the first frame, whose call is another one in each.
fn differ(is_cut: bool, ours: &[usize], theirs: &[usize]) -> Option<String> {
    let is_deep = theirs.len() > TOLD && ours.len() == TOLD;
    let told = if is_deep { &theirs[..TOLD] } else { theirs };
    let is_same = ours.len() == told.len()
        && (1..ours.len()).all(|index| {
            // An interrupted place is told as a return address: one further.
            ours[index] == told[index]
                || (ours[index] == told[index] + 1 && returns_from_signal(told[index - 1]))
        });
    (!is_same || is_cut != is_deep)
        .then(|| format!("truncated: {is_cut}\nours   {ours:x?}\ntheirs {theirs:x?}"))
}

fn returns_from_signal(pc: usize) -> bool {
    // SAFETY: a return address on this stack, with nine bytes of code behind it in libc.
    unsafe { std::ptr::with_exposed_provenance::<[u8; 9]>(pc).read_unaligned() == SIGNAL_RETURN }
}

/// What the programs call.
pub(crate) unsafe extern "C-unwind" fn probe(case: *mut c_void) {
    // SAFETY: `Case::run` gives its own case, and waits.
    let case = unsafe { &mut *case.cast::<Case>() };
    let theirs = glibc(MOST);
    case.compare(&here(), &theirs);
}
