//! The DWARF expressions that stand in unwind tables, evaluated for a known place in the code.
//!
//! An expression is followed symbolically: every value is a number, a register plus a number, or
//! the word at such a place plus a number. That covers what linkers and compilers write for
//! procedure linkage tables, aligned stacks and signal frames; the rest has no symbol here, and
//! [`evaluate`] with all registers known is asked instead.

use gimli::{Encoding, EndianSlice, Expression, Format, LittleEndian, Operation, Register};

const STACK_MAX: usize = 8;
const OPERATIONS_MAX: usize = 64;
const PROGRAM_COUNTER: u16 = 16;
const ENCODING: Encoding = Encoding {
    address_size: 8,
    format: Format::Dwarf32,
    version: 4,
};

pub(crate) type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// What a value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number.
    Number(u64),
    /// A register plus a number.
    Register(u16, i64),
    /// The word at (a register plus the first number), plus the second.
    Word(u16, i64, i64),
}

impl Value {
    fn plus(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => {
                Some(Self::Number(left.wrapping_add(right)))
            }
            (Self::Number(number), moved) | (moved, Self::Number(number)) => {
                let by = number.cast_signed();
                Some(match moved {
                    Self::Register(register, at) => Self::Register(register, at.wrapping_add(by)),
                    Self::Word(register, at, plus) => {
                        Self::Word(register, at, plus.wrapping_add(by))
                    }
                    Self::Number(_) => return None,
                })
            }
            _ => None,
        }
    }
}

/// Where registers and memory come from.
pub(crate) trait Machine {
    /// A register's value.
    fn register(&self, register: u16) -> Option<Value>;
    /// The word at `place`.
    fn word(&self, place: Value) -> Option<Value>;
}

/// Knows the program counter; everything else stays a symbol.
pub(crate) struct Symbols {
    pub(crate) pc: u64,
}

impl Machine for Symbols {
    fn register(&self, register: u16) -> Option<Value> {
        Some(if register == PROGRAM_COUNTER {
            Value::Number(self.pc)
        } else {
            Value::Register(register, 0)
        })
    }

    fn word(&self, place: Value) -> Option<Value> {
        match place {
            Value::Register(register, at) => Some(Value::Word(register, at, 0)),
            _ => None,
        }
    }
}

struct Stack {
    values: [Value; STACK_MAX],
    len: usize,
}

impl Stack {
    fn push(&mut self, value: Value) -> Option<()> {
        *self.values.get_mut(self.len)? = value;
        self.len += 1;
        Some(())
    }

    fn pop(&mut self) -> Option<Value> {
        self.len = self.len.checked_sub(1)?;
        Some(self.values[self.len])
    }

    fn pop_number(&mut self) -> Option<u64> {
        match self.pop()? {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Replaces the two topmost numbers by what `combine` makes of them (the deeper one first).
    fn combine(&mut self, combine: impl Fn(u64, u64) -> u64) -> Option<()> {
        let right = self.pop_number()?;
        let left = self.pop_number()?;
        self.push(Value::Number(combine(left, right)))
    }
}

/// What `expression` gives on `machine`, begun with `first` on the stack where the table says so.
/// `None` for what neither can say.
pub(crate) fn evaluate(
    expression: Expression<Bytes<'_>>,
    first: Option<Value>,
    machine: &impl Machine,
) -> Option<Value> {
    let mut stack = Stack {
        values: [Value::Number(0); STACK_MAX],
        len: 0,
    };
    if let Some(first) = first {
        stack.push(first)?;
    }
    let mut operations = expression.operations(ENCODING);
    for _ in 0..OPERATIONS_MAX {
        match operations.next().ok()? {
            Some(operation) => apply(operation, &mut stack, machine)?,
            None => return stack.pop(),
        }
    }
    None
}

fn apply(operation: Operation<Bytes<'_>>, stack: &mut Stack, machine: &impl Machine) -> Option<()> {
    match operation {
        Operation::RegisterOffset {
            register: Register(register),
            offset,
            ..
        } => {
            let value = machine.register(register)?;
            stack.push(value.plus(Value::Number(offset.cast_unsigned()))?)
        }
        Operation::UnsignedConstant { value } => stack.push(Value::Number(value)),
        Operation::SignedConstant { value } => stack.push(Value::Number(value.cast_unsigned())),
        Operation::PlusConstant { value } => {
            let top = stack.pop()?;
            stack.push(top.plus(Value::Number(value))?)
        }
        Operation::Plus => {
            let right = stack.pop()?;
            let left = stack.pop()?;
            stack.push(left.plus(right)?)
        }
        Operation::Minus => {
            let right = stack.pop_number()?;
            let left = stack.pop()?;
            stack.push(left.plus(Value::Number(right.wrapping_neg()))?)
        }
        Operation::Deref {
            size: 8,
            space: false,
            ..
        } => {
            let place = stack.pop()?;
            stack.push(machine.word(place)?)
        }
        Operation::And => stack.combine(|left, right| left & right),
        Operation::Or => stack.combine(|left, right| left | right),
        Operation::Mul => stack.combine(u64::wrapping_mul),
        Operation::Shl => stack.combine(|left, right| left.checked_shl(right as u32).unwrap_or(0)),
        Operation::Shr => stack.combine(|left, right| left.checked_shr(right as u32).unwrap_or(0)),
        Operation::Ge => stack.combine(|l, r| u64::from(l.cast_signed() >= r.cast_signed())),
        Operation::Gt => stack.combine(|l, r| u64::from(l.cast_signed() > r.cast_signed())),
        Operation::Le => stack.combine(|l, r| u64::from(l.cast_signed() <= r.cast_signed())),
        Operation::Lt => stack.combine(|l, r| u64::from(l.cast_signed() < r.cast_signed())),
        Operation::Eq => stack.combine(|left, right| u64::from(left == right)),
        Operation::Ne => stack.combine(|left, right| u64::from(left != right)),
        Operation::Nop => Some(()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
