//! [`Trace`] for types of the standard library: leaves, and what holds values.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::trace::{Relocator, Trace, Visitor};

/// Implements [`Trace`] for types without pointers.
macro_rules! leaves {
    ($($(#[$attr:meta])* $leaf:ty $(where $param:ident)?),* $(,)?) => {$(
        // SAFETY: the type holds no pointer of any brand.
        unsafe impl<'gc $(, $param: ?Sized + 'static)?> Trace<'gc> for $leaf {
            const NEEDS_TRACE: bool = false;
            const CONCURRENT: bool = true;
            #[inline]
            fn trace<V: Visitor<'gc>>(&self, _: &mut V) {}
            #[inline]
            fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
        }
    )*};
}

leaves! {
    (), bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64,
    core::num::NonZeroU8, core::num::NonZeroU16, core::num::NonZeroU32, core::num::NonZeroU64,
    core::num::NonZeroUsize, core::num::NonZeroI32, core::num::NonZeroI64,
    core::time::Duration, String, Box<str>, &'static str,
    Rc<T> where T, Arc<T> where T,
}

// SAFETY: it holds no value, of whatever type.
unsafe impl<'gc, T: ?Sized> Trace<'gc> for PhantomData<T> {
    const NEEDS_TRACE: bool = false;
    const CONCURRENT: bool = true;
    #[inline]
    fn trace<V: Visitor<'gc>>(&self, _: &mut V) {}
    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}

/// Implements [`Trace`] for what holds elements of one type, in an order.
macro_rules! sequences {
    ($($(#[$attr:meta])* [$($param:tt)*] $sequence:ty),* $(,)?) => {$(
        // SAFETY: every element is presented, each once; the sequence holds nothing else.
        unsafe impl<'gc, T: Trace<'gc>, $($param)*> Trace<'gc> for $sequence {
            const NEEDS_TRACE: bool = T::NEEDS_TRACE;
            fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
                if T::NEEDS_TRACE {
                    for (index, element) in self.iter().enumerate() {
                        visitor.element(index);
                        element.trace(visitor);
                    }
                }
            }
            fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
                if T::NEEDS_TRACE {
                    for element in self.iter_mut() {
                        element.relocate(relocator);
                    }
                }
            }
        }
    )*};
}

sequences! {
    [] Vec<T>, [] VecDeque<T>, [] [T], [] Box<[T]>, [const N: usize] [T; N],
}

// SAFETY: the value, if there is one, is presented once; a niche is not written to.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Option<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const CONCURRENT: bool = T::CONCURRENT;

    #[inline]
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        if let Some(value) = self {
            value.trace(visitor);
        }
    }

    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        if let Some(value) = self {
            value.relocate(relocator);
        }
    }
}

// SAFETY: the one value that there is is presented.
unsafe impl<'gc, T: Trace<'gc>, E: Trace<'gc>> Trace<'gc> for Result<T, E> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE || E::NEEDS_TRACE;
    const CONCURRENT: bool = T::CONCURRENT && E::CONCURRENT;

    #[inline]
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        match self {
            Ok(value) => value.trace(visitor),
            Err(error) => error.trace(visitor),
        }
    }

    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        match self {
            Ok(value) => value.relocate(relocator),
            Err(error) => error.relocate(relocator),
        }
    }
}

// SAFETY: a box owns its value alone.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Box<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;

    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        (**self).trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        (**self).relocate(relocator);
    }
}

// SAFETY: a key is `'static`, so it holds no pointer of a brand; every value is presented once.
unsafe impl<'gc, K: 'static, T: Trace<'gc>> Trace<'gc> for BTreeMap<K, T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;

    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        if T::NEEDS_TRACE {
            for (index, value) in self.values().enumerate() {
                visitor.element(index);
                value.trace(visitor);
            }
        }
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        if T::NEEDS_TRACE {
            for value in self.values_mut() {
                value.relocate(relocator);
            }
        }
    }
}

/// Implements [`Trace`] for tuples.
macro_rules! tuples {
    ($(($($part:ident $at:tt),+)),* $(,)?) => {$(
        // SAFETY: every part is presented, each once.
        unsafe impl<'gc, $($part: Trace<'gc>),+> Trace<'gc> for ($($part,)+) {
            const NEEDS_TRACE: bool = $($part::NEEDS_TRACE)||+;
            const CONCURRENT: bool = $($part::CONCURRENT)&&+;
            #[inline]
            fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
                $(visitor.element($at); self.$at.trace(visitor);)+
            }
            #[inline]
            fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
                $(self.$at.relocate(relocator);)+
            }
        }
    )*};
}

tuples! {
    (A 0), (A 0, B 1), (A 0, B 1, C 2), (A 0, B 1, C 2, D 3), (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5),
}
