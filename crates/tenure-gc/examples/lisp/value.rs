//! Values of the language: all but numbers and names lie on the heap.

use tenure_gc::{Gc, Lock, Trace};

use crate::builtins::Builtin;

/// A name, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Trace)]
pub(crate) struct Symbol(pub(crate) u32);

/// A value.
#[derive(Clone, Copy, Trace)]
pub(crate) enum Value<'gc> {
    Nil,
    Bool(bool),
    Int(i64),
    Symbol(Symbol),
    Pair(Gc<'gc, Pair<'gc>>),
    Closure(Gc<'gc, Closure<'gc>>),
    Builtin(Builtin),
    Port(Gc<'gc, Port>),
}

/// Something outside of the heap that is to be closed: the number of it.
#[derive(Trace)]
pub(crate) struct Port {
    pub(crate) number: u64,
}

/// Two values, each of which may be replaced: lists, and by `set-cdr!` rings.
#[derive(Trace)]
pub(crate) struct Pair<'gc> {
    pub(crate) car: Lock<Value<'gc>>,
    pub(crate) cdr: Lock<Value<'gc>>,
}

/// A function with the variables of the place where it was made.
#[derive(Trace)]
pub(crate) struct Closure<'gc> {
    pub(crate) parameters: Value<'gc>,
    pub(crate) body: Value<'gc>,
    pub(crate) scope: Option<Gc<'gc, Variable<'gc>>>,
}

/// A variable, and those around it.
#[derive(Trace)]
pub(crate) struct Variable<'gc> {
    pub(crate) name: Symbol,
    pub(crate) value: Lock<Value<'gc>>,
    pub(crate) outer: Option<Gc<'gc, Variable<'gc>>>,
}

impl<'gc> Value<'gc> {
    /// Everything but `#f` is true.
    pub(crate) fn is_true(self) -> bool {
        !matches!(self, Self::Bool(false))
    }

    /// Whether both are the same number, name or object.
    pub(crate) fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Int(left), Self::Int(right)) => left == right,
            (Self::Symbol(left), Self::Symbol(right)) => left == right,
            (Self::Pair(left), Self::Pair(right)) => Gc::ptr_eq(left, right),
            (Self::Closure(left), Self::Closure(right)) => Gc::ptr_eq(left, right),
            (Self::Builtin(left), Self::Builtin(right)) => left == right,
            (Self::Port(left), Self::Port(right)) => Gc::ptr_eq(left, right),
            _ => false,
        }
    }
}
