//! The root of a heap: [`Rootable`], and [`Root!`] which writes one.

use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::descriptor::{Described, Descriptor};
use crate::evacuate::Evacuator;
use crate::mark::Marker;
use crate::trace::{Relocator, Trace, Visitor};

/// A type for each brand: what a heap's root, or a handle, is. [`Root!`] writes one.
pub trait Rootable {
    /// The type with the brand `'gc`.
    type At<'gc>: Trace<'gc>;
}

/// For the expansion of [`Root!`].
#[doc(hidden)]
pub trait Bound<'gc> {
    type At: Trace<'gc>;
}

/// For the expansion of [`Root!`].
#[doc(hidden)]
pub struct Rooted<B: ?Sized>(PhantomData<B>);

impl<B: ?Sized + for<'gc> Bound<'gc>> Rootable for Rooted<B> {
    type At<'gc> = <B as Bound<'gc>>::At;
}

/// The root type with its brand written `'_`: `Root![Option<Gc<'_, Node<'_>>>]`, or named:
/// `Root!['gc => Option<Gc<'gc, Node<'gc>>>]`.
#[macro_export]
macro_rules! Root {
    ($gc:lifetime => $($root:tt)+) => {
        $crate::Rooted<dyn for<$gc> $crate::Bound<$gc, At = $($root)+>>
    };
    // What is done; what is left of the groups around, innermost first; what is to come.
    (@ [$($done:tt)*] $around:tt '_ $($rest:tt)*) => {
        $crate::Root!(@ [$($done)* 'gc] $around $($rest)*)
    };
    (@ $done:tt [$($around:tt)*] [$($inner:tt)*] $($rest:tt)*) => {
        $crate::Root!(@ [] [{ [] $done [$($rest)*] } $($around)*] $($inner)*)
    };
    (@ $done:tt [$($around:tt)*] ($($inner:tt)*) $($rest:tt)*) => {
        $crate::Root!(@ [] [{ () $done [$($rest)*] } $($around)*] $($inner)*)
    };
    (@ [$($done:tt)*] $around:tt $next:tt $($rest:tt)*) => {
        $crate::Root!(@ [$($done)* $next] $around $($rest)*)
    };
    (@ [$($done:tt)*] [{ [] [$($outer:tt)*] [$($rest:tt)*] } $($around:tt)*]) => {
        $crate::Root!(@ [$($outer)* [$($done)*]] [$($around)*] $($rest)*)
    };
    (@ [$($done:tt)*] [{ () [$($outer:tt)*] [$($rest:tt)*] } $($around:tt)*]) => {
        $crate::Root!(@ [$($outer)* ($($done)*)] [$($around)*] $($rest)*)
    };
    (@ [$($done:tt)*] []) => { $crate::Root!('gc => $($done)*) };
    ($($root:tt)+) => { $crate::Root!(@ [] [] $($root)+) };
}

/// A root as the collector sees it: a value outside of the heap.
#[derive(Clone, Copy)]
pub(crate) struct RootValue {
    value: NonNull<u8>,
    descriptor: &'static Descriptor,
}

impl RootValue {
    /// The root at `value`, which nobody touches while the collector has it.
    pub(crate) fn new<T: Trace<'static>>(value: NonNull<T>) -> Self {
        Self {
            value: value.cast(),
            descriptor: const { &<T as Described<'static>>::DESCRIPTOR },
        }
    }

    pub(crate) fn evacuate(&self, evacuator: &mut Evacuator<'_>) {
        // SAFETY: the descriptor is the value's type's, and the collector has the value alone.
        unsafe { (self.descriptor.evacuate)(self.value, evacuator) };
    }

    pub(crate) fn mark(&self, marker: &mut Marker<'_>) {
        // SAFETY: as above.
        unsafe { (self.descriptor.mark)(self.value, marker) };
    }

    pub(crate) fn fix(&self, fixer: &mut dyn Relocator<'static>) {
        // SAFETY: as above.
        unsafe { (self.descriptor.fix)(self.value, fixer) };
    }

    pub(crate) fn show(&self, visitor: &mut dyn Visitor<'static>) {
        // SAFETY: as above.
        unsafe { (self.descriptor.show)(self.value, visitor) };
    }
}
