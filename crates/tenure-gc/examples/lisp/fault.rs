//! What may be wrong with a program of the language.

use crate::builtins::Builtin;
use crate::value::Symbol;
use std::fmt;

/// Why a program cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The text ends within a list, or begins with the end of one; the place in bytes.
    Parenthesis(usize),
    /// No variable of that name.
    Unknown(Symbol),
    /// A form of the language that is not written as it should be.
    Form,
    /// What is called is no function.
    NoFunction,
    /// The wrong number or kind of arguments for a function of the language.
    Arguments(Builtin),
    /// The wrong number of arguments for a function of the program.
    Count,
    /// Division by zero.
    Zero,
    /// The heap has no room for a collection.
    Full,
    /// So many ports that nobody holds were not closed.
    Ports(u64),
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parenthesis(at) => write!(out, "byte {at}: a parenthesis without the other one"),
            Self::Unknown(Symbol(number)) => write!(out, "name {number} is not defined"),
            Self::Form => out.write_str("a form of the language is not written as it should be"),
            Self::NoFunction => out.write_str("what is called is no function"),
            Self::Arguments(builtin) => write!(out, "{builtin:?} takes other arguments"),
            Self::Count => out.write_str("a function takes another number of arguments"),
            Self::Zero => out.write_str("division by zero"),
            Self::Full => out.write_str("the heap has no room for a collection"),
            Self::Ports(count) => write!(out, "{count} ports that nobody holds are open"),
        }
    }
}
