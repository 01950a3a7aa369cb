//! Unwind tables of an image: from a place in the code to the row that tells how to leave it.
//!
//! `.eh_frame_hdr` is a sorted table of functions; the entry of `.eh_frame` that it leads to is a
//! small program whose rows say, for each place in the function, where the caller's registers are.
//! `gimli` runs the program; its room is on the stack, about 3 KiB.
//!
//! **Cost:** about 1 µs; what it gives is kept by who asks (see [`super::rule_cache`]).

use super::expression::{Bytes, Symbols, Value, evaluate};
use super::image::Image;
use super::rule::{Kind, RED_ZONE_BYTES, Rule};
use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, FrameDescriptionEntry, LittleEndian,
    ParsedEhFrameHdr, Pointer, Register, RegisterRule, UnwindContext, UnwindContextStorage,
    UnwindExpression, UnwindSection, UnwindTableRow,
};

pub(crate) const FRAME_POINTER: u16 = 6;
pub(crate) const STACK_POINTER: u16 = 7;
pub(crate) const RETURN_ADDRESS: u16 = 16;
/// Where the return address lies, from the CFA.
const RETURN_ADDRESS_OFFSET: i64 = -8;

/// Where the kernel's signal frame keeps what the interrupted code had, from the stack pointer at
/// the place where the handler returns to: part of the kernel's interface to programs.
pub(crate) const SIGNAL_FP: usize = 120;
pub(crate) const SIGNAL_SP: usize = 160;
pub(crate) const SIGNAL_PC: usize = 168;

/// Room for gimli: rules for every register that x86-64 tables name, and as many remembered states
/// as compilers nest.
pub(crate) struct Room;

impl UnwindContextStorage<usize> for Room {
    type Rules = [(Register, RegisterRule<usize>); 20];
    type Stack = [UnwindTableRow<usize, Self>; 4];
}

type Row = UnwindTableRow<usize, Room>;

/// A row with what is needed to read the expressions in it.
pub(crate) struct Found<'a> {
    pub(crate) row: &'a Row,
    pub(crate) frames: EhFrame<Bytes<'a>>,
    /// The instruction that the row is for.
    pub(crate) at: u64,
    /// The kernel's own frame: the caller did not call, it was interrupted.
    pub(crate) is_signal: bool,
}

impl Found<'_> {
    /// The value of `expression` on `machine`.
    pub(crate) fn evaluate(
        &self,
        expression: UnwindExpression<usize>,
        first: Option<Value>,
        machine: &impl super::expression::Machine,
    ) -> Option<Value> {
        evaluate(expression.get(&self.frames).ok()?, first, machine)
    }
}

/// Looks up the row for the return address `pc` and gives it to `use_row`; `None` where the image
/// has no table or no row for it.
///
/// The row is that of the call, the instruction before `pc`.
///
/// # Safety
/// * The image is mapped during the call.
pub(crate) unsafe fn with_row<T>(
    image: &Image,
    pc: usize,
    use_row: impl FnOnce(&Found<'_>) -> T,
) -> Option<T> {
    // SAFETY: by contract.
    let tables = unsafe { Tables::of(image)? };
    let at = (pc as u64).checked_sub(1)?;
    let entry = tables.entry_near(at).filter(|entry| entry.contains(at))?;
    let Tables { frames, bases, .. } = tables;
    let mut context = UnwindContext::<usize, Room>::new_in();
    let row = entry
        .unwind_info_for_address(&frames, &bases, &mut context, at)
        .ok()?;
    Some(use_row(&Found {
        row,
        frames,
        at,
        is_signal: entry.is_signal_trampoline(),
    }))
}

/// An image's two tables, and where they lie.
struct Tables<'a> {
    header: ParsedEhFrameHdr<Bytes<'a>>,
    frames: EhFrame<Bytes<'a>>,
    bases: BaseAddresses,
}

impl<'a> Tables<'a> {
    /// # Safety
    /// * The image is mapped as long as the result is used.
    unsafe fn of(image: &Image) -> Option<Self> {
        if image.header.len == 0 {
            return None;
        }
        // SAFETY: both pieces lie in loaded, read-only segments of the image (`Image::read`), which
        // is mapped by contract.
        let (header, frames) = unsafe { (image.header.bytes(), image.frames.bytes()) };
        let bases = BaseAddresses::default()
            .set_eh_frame_hdr(image.header.addr as u64)
            .set_eh_frame(image.frames.addr as u64);
        let header = EhFrameHdr::new(header, LittleEndian)
            .parse(&bases, 8)
            .ok()?;
        Some(Self {
            header,
            frames: EhFrame::new(frames, LittleEndian),
            bases,
        })
    }

    /// The last entry that begins at or below `at`, or the first.
    fn entry_near(&self, at: u64) -> Option<FrameDescriptionEntry<Bytes<'a>>> {
        let place = self
            .header
            .table()?
            .lookup(at, &self.bases)
            .ok()?
            .direct()
            .ok()?;
        let Pointer::Direct(start) = self.header.eh_frame_ptr() else {
            return None;
        };
        let offset = place.checked_sub(start)? as usize;
        self.frames
            .fde_from_offset(&self.bases, offset.into(), EhFrame::cie_from_offset)
            .ok()
    }
}

/// The rule for the return address `pc`; `None` where no table speaks of it.
///
/// # Safety
/// * The image is mapped during the call.
pub(crate) unsafe fn rule_at(image: &Image, pc: usize) -> Option<Rule> {
    // SAFETY: by contract.
    let rule = unsafe { with_row(image, pc, |found| compact(found).unwrap_or(Rule::FULL)) };
    // SAFETY: by contract.
    rule.or_else(|| unsafe { end_made_by_hand(image, pc) })
}

/// The end of the stack, if `pc` is the first instruction of a function and lies behind no other:
/// nobody has called there, such return addresses are written to fresh stacks by hand.
///
/// # Safety
/// * The image is mapped during the call.
unsafe fn end_made_by_hand(image: &Image, pc: usize) -> Option<Rule> {
    // SAFETY: by contract.
    let tables = unsafe { Tables::of(image)? };
    let entry = tables.entry_near(pc as u64)?;
    (entry.initial_address() == pc as u64).then_some(Rule::END)
}

/// The row as a compact rule; `None` when it says what a compact rule cannot.
fn compact(found: &Found<'_>) -> Option<Rule> {
    let row = found.row;
    let return_address = row.register(Register(RETURN_ADDRESS));
    if return_address == Some(RegisterRule::Undefined) {
        return Some(Rule::END);
    }
    let symbols = Symbols { pc: found.at };
    let symbol = |rule: &CfaRule<usize>| match *rule {
        CfaRule::RegisterAndOffset { register, offset } => {
            Some(Value::Register(register.0, offset))
        }
        CfaRule::Expression(expression) => found.evaluate(expression, None, &symbols),
    };
    let cfa = symbol(row.cfa())?;
    if found.is_signal {
        return signal(found, cfa, &symbols);
    }
    if return_address != Some(RegisterRule::Offset(RETURN_ADDRESS_OFFSET))
        || row.register(Register(STACK_POINTER)).is_some()
    {
        return None;
    }
    let saved = match row.register(Register(FRAME_POINTER)) {
        None | Some(RegisterRule::SameValue | RegisterRule::Undefined) => None,
        Some(RegisterRule::Offset(offset)) => Some(Saved::FromCfa(offset)),
        Some(RegisterRule::Expression(expression)) => {
            match found.evaluate(expression, None, &symbols)? {
                Value::Register(FRAME_POINTER, offset) => Some(Saved::FromFp(offset)),
                _ => return None,
            }
        }
        Some(_) => return None,
    };
    match (cfa, saved) {
        (Value::Register(STACK_POINTER, cfa), saved) => {
            let fp = from_cfa(saved)?;
            let lowest = cfa + fp;
            match cfa {
                // The saved word lies in the frame, so that its address is as good as the frame's.
                8.. if lowest >= 0 => Rule::new(Kind::Stack, cfa, fp),
                8.. if lowest >= -(RED_ZONE_BYTES as i64) => Rule::new(Kind::Left, cfa, fp),
                _ => None,
            }
        }
        (Value::Register(FRAME_POINTER, cfa), saved) => {
            Rule::new(Kind::Frame, cfa, from_cfa(saved)?)
        }
        (Value::Word(FRAME_POINTER, at, 0), Some(Saved::FromFp(fp))) => {
            Rule::new(Kind::FrameWord, at, fp)
        }
        _ => None,
    }
}

/// Where the caller's frame pointer is saved.
enum Saved {
    FromCfa(i64),
    FromFp(i64),
}

/// The offset from the CFA in bytes; zero where nothing is saved.
fn from_cfa(saved: Option<Saved>) -> Option<i64> {
    match saved {
        None => Some(0),
        Some(Saved::FromCfa(offset)) if (-1024..-8).contains(&offset) => Some(offset),
        Some(_) => None,
    }
}

/// The signal frame's rule, if the table says of it what the kernel's interface says.
fn signal(found: &Found<'_>, cfa: Value, symbols: &Symbols) -> Option<Rule> {
    let place = |register: u16| match found.row.register(Register(register)) {
        Some(RegisterRule::Expression(expression)) => found.evaluate(expression, None, symbols),
        _ => None,
    };
    let at = |offset: usize| Some(Value::Register(STACK_POINTER, offset as i64));
    (cfa == Value::Word(STACK_POINTER, SIGNAL_SP as i64, 0)
        && place(RETURN_ADDRESS) == at(SIGNAL_PC)
        && place(FRAME_POINTER) == at(SIGNAL_FP))
    .then_some(Rule::SIGNAL)
}
