//! Unwind tables of an image: from a place in the code to the row that tells how to leave it.
//!
//! `.eh_frame_hdr` is a sorted table of functions; the entry of `.eh_frame` that it leads to is a
//! small program whose rows say, for each place in the function, where the caller's registers are.
//! `gimli` runs the program; its room is on the stack, about 3 KiB.
//!
//! **Cost:** about 1 µs; what it gives is kept by who asks (see [`super::rule_cache`]).

use super::expression::{Bytes, Symbols, Value, evaluate};
use super::image::Image;
use super::rule::{Kind, Rule};
use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, LittleEndian, Register, RegisterRule,
    UnwindContext, UnwindContextStorage, UnwindExpression, UnwindSection, UnwindTableRow,
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

/// Looks up the row for the instruction at `at` and gives it to `use_row`; `None` where the image
/// has no table or no row for it.
///
/// # Safety
/// * The image is mapped during the call.
pub(crate) unsafe fn with_row<T>(
    image: &Image,
    at: usize,
    use_row: impl FnOnce(&Found<'_>) -> T,
) -> Option<T> {
    if image.header.len == 0 {
        return None;
    }
    // SAFETY: both pieces lie in loaded, read-only segments of the image (`Image::read`), which is
    // mapped by contract.
    let (header, frames) = unsafe { (image.header.bytes(), image.frames.bytes()) };
    let bases = BaseAddresses::default()
        .set_eh_frame_hdr(image.header.addr as u64)
        .set_eh_frame(image.frames.addr as u64);
    let header = EhFrameHdr::new(header, LittleEndian)
        .parse(&bases, 8)
        .ok()?;
    let frames = EhFrame::new(frames, LittleEndian);
    let table = header.table()?;
    let place = table.lookup(at as u64, &bases).ok()?.direct().ok()?;
    let offset = place.checked_sub(image.frames.addr as u64)? as usize;
    let entry = frames
        .fde_from_offset(&bases, offset.into(), EhFrame::cie_from_offset)
        .ok()?;
    if !entry.contains(at as u64) {
        return None;
    }
    let mut context = UnwindContext::<usize, Room>::new_in();
    let row = entry
        .unwind_info_for_address(&frames, &bases, &mut context, at as u64)
        .ok()?;
    Some(use_row(&Found {
        row,
        frames,
        is_signal: entry.is_signal_trampoline(),
    }))
}

/// The rule for the instruction at `at`; `None` where no table speaks of it.
///
/// # Safety
/// * The image is mapped during the call.
pub(crate) unsafe fn rule_at(image: &Image, at: usize) -> Option<Rule> {
    // SAFETY: by contract.
    unsafe { with_row(image, at, |found| compact(found, at).unwrap_or(Rule::FULL)) }
}

/// The row as a compact rule; `None` when it says what a compact rule cannot.
fn compact(found: &Found<'_>, at: usize) -> Option<Rule> {
    let row = found.row;
    let return_address = row.register(Register(RETURN_ADDRESS));
    if return_address == Some(RegisterRule::Undefined) {
        return Some(Rule::END);
    }
    let symbols = Symbols { pc: at as u64 };
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
    let rule = match (cfa, saved) {
        (Value::Register(STACK_POINTER, cfa), saved) => {
            let fp = from_cfa(saved)?;
            // The saved word lies in the frame, so that its address is as good as the frame's.
            if cfa < 8 || cfa + i64::from(fp) < 0 {
                return None;
            }
            Rule {
                cfa: i32::try_from(cfa).ok()?,
                fp,
                kind: Kind::Stack,
            }
        }
        (Value::Register(FRAME_POINTER, cfa), saved) => Rule {
            cfa: i32::try_from(cfa).ok()?,
            fp: from_cfa(saved)?,
            kind: Kind::Frame,
        },
        (Value::Word(FRAME_POINTER, at, 0), Some(Saved::FromFp(fp))) => Rule {
            cfa: i32::try_from(at).ok()?,
            fp: i16::try_from(fp).ok()?,
            kind: Kind::FrameWord,
        },
        _ => return None,
    };
    (rule.cfa % 8 == 0 && rule.fp % 8 == 0).then_some(rule)
}

/// Where the caller's frame pointer is saved.
enum Saved {
    FromCfa(i64),
    FromFp(i64),
}

fn from_cfa(saved: Option<Saved>) -> Option<i16> {
    match saved {
        None => Some(0),
        Some(Saved::FromCfa(offset)) if offset < -8 => i16::try_from(offset).ok(),
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
