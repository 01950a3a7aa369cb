//! Boxes of one, two or four bytes: the pool is a type, and the box has the number alone.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::num::{NonZeroU8, NonZeroU16, NonZeroU32};
use core::ops::{Deref, DerefMut};

use super::{Pool, PoolBox};

/// What stands for one pool in a type; made by [`static_pool!`](crate::static_pool).
///
/// # Safety
/// * `with` and `alloc` go to one and the same pool, which is a `static`.
/// * `Index` has room for the number of places.
pub unsafe trait Home: Sized + 'static {
    /// What lies in the pool.
    type Value: 'static;
    /// The number of a place plus one.
    type Index: HomeIndex;

    /// Moves a value in, and gives its number.
    ///
    /// # Errors
    /// The value, when all places are used.
    fn put_in(value: Self::Value) -> Result<usize, Self::Value>;

    /// The place of a number.
    fn place(number: usize) -> *mut Self::Value;

    /// Takes the value out, without a drop if `value` is to have it.
    ///
    /// # Safety
    /// * `number` came from `put_in`, and this is the only call with it.
    unsafe fn end(number: usize, value: Option<&mut core::mem::MaybeUninit<Self::Value>>);
}

/// An integer that is never zero.
pub trait HomeIndex: Copy + Send + Sync + fmt::Debug + Eq + sealed::Sealed {
    /// The integer of a place.
    fn of(number: usize) -> Self;
    /// The place's number.
    fn number(self) -> usize;
}

mod sealed {
    /// Nobody else's integers.
    pub trait Sealed {}
}

/// Bytes that tell `places` places apart, with one value to spare.
#[must_use]
pub const fn index_bytes(places: usize) -> usize {
    match places {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        _ => 4,
    }
}

/// A number of bytes, as a type.
pub struct Width<const BYTES: usize>;

/// Which integer has this width.
pub trait Choose {
    /// The integer.
    type Index: HomeIndex;
}

macro_rules! index {
    ($bytes:literal, $index:ty, $word:ty) => {
        impl sealed::Sealed for $index {}
        impl HomeIndex for $index {
            #[inline]
            fn of(number: usize) -> Self {
                Self::new((number + 1) as $word).unwrap_or(Self::MAX)
            }
            #[inline]
            fn number(self) -> usize {
                self.get() as usize - 1
            }
        }
        impl Choose for Width<$bytes> {
            type Index = $index;
        }
    };
}

index!(1, NonZeroU8, u8);
index!(2, NonZeroU16, u16);
index!(4, NonZeroU32, u32);

impl<T, const N: usize> Pool<T, N> {
    /// For the expansion of `static_pool!` only.
    ///
    /// # Errors
    /// The value, when all places are used.
    #[doc(hidden)]
    #[inline]
    pub fn home_put_in(&self, value: T) -> Result<usize, T> {
        let value = ManuallyDrop::new(self.alloc(value)?);
        Ok(value.number as usize)
    }

    /// For the expansion of `static_pool!` only.
    #[doc(hidden)]
    #[inline]
    pub fn home_place(&self, number: usize) -> *mut T {
        self.value(number)
    }

    /// For the expansion of `static_pool!` only.
    ///
    /// # Safety
    /// * As that of [`Home::end`].
    #[doc(hidden)]
    #[inline]
    pub unsafe fn home_end(&self, number: usize, value: Option<&mut core::mem::MaybeUninit<T>>) {
        let whole = PoolBox {
            pool: self,
            number: number as u32,
            value: PhantomData,
        };
        match value {
            Some(out) => {
                out.write(whole.into_inner());
            }
            None => drop(whole),
        }
    }
}

/// A value in a pool that is a type, owned: as [`PoolBox`], in one byte for up to 255 places, two
/// for up to 65,535, and four beyond. An `Option` of it is no larger.
///
/// # Examples
/// See [`static_pool!`](crate::static_pool).
pub struct HomeBox<H: Home> {
    index: H::Index,
    value: PhantomData<H::Value>,
}

impl<H: Home> HomeBox<H> {
    /// Moves a value into the pool.
    ///
    /// # Errors
    /// The value, when all places are used.
    ///
    /// # Examples
    /// See [`static_pool!`](crate::static_pool).
    #[inline]
    pub fn new(value: H::Value) -> Result<Self, H::Value> {
        Ok(Self {
            index: H::Index::of(H::put_in(value)?),
            value: PhantomData,
        })
    }

    /// Moves the value out, and frees its place.
    ///
    /// # Examples
    /// ```
    /// tenure_region::static_pool! { struct Names: String; 10 }
    /// let name = tenure_region::HomeBox::<Names>::new("a".to_owned()).unwrap();
    /// assert_eq!(name.into_inner(), "a");
    /// ```
    #[inline]
    #[must_use]
    pub fn into_inner(self) -> H::Value {
        let this = ManuallyDrop::new(self);
        let mut value = core::mem::MaybeUninit::uninit();
        // SAFETY: the box owns the place, and ends here; `end` writes the value that it moves out.
        unsafe {
            H::end(this.index.number(), Some(&mut value));
            value.assume_init()
        }
    }
}

impl<H: Home> Deref for HomeBox<H> {
    type Target = H::Value;
    #[inline]
    fn deref(&self) -> &H::Value {
        // SAFETY: the box owns the value at its place, and is borrowed.
        unsafe { &*H::place(self.index.number()) }
    }
}

impl<H: Home> DerefMut for HomeBox<H> {
    #[inline]
    fn deref_mut(&mut self) -> &mut H::Value {
        // SAFETY: as in `deref`, exclusively.
        unsafe { &mut *H::place(self.index.number()) }
    }
}

impl<H: Home> Drop for HomeBox<H> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the box owns the place, and ends here.
        unsafe { H::end(self.index.number(), None) };
    }
}

impl<H: Home<Value: fmt::Debug>> fmt::Debug for HomeBox<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Defines a pool as a type, so that its boxes ([`HomeBox`]) hold nothing but a small number.
///
/// The expansion contains an `unsafe impl`, so it does not pass `forbid(unsafe_code)`; a `static`
/// of [`Pool`] does.
///
/// # Examples
/// ```
/// use tenure_region::{HomeBox, static_pool};
/// static_pool! {
///     /// Tiles of the map.
///     pub struct Tiles: [u8; 4096]; 200
/// }
/// let tile = HomeBox::<Tiles>::new([0; 4096]).expect("a free tile");
/// assert_eq!(tile.len(), 4096);
/// assert_eq!(size_of::<Option<HomeBox<Tiles>>>(), 1);
/// ```
#[macro_export]
macro_rules! static_pool {
    ($(#[$doc:meta])* $vis:vis struct $name:ident: $value:ty; $places:expr) => {
        $(#[$doc])*
        $vis enum $name {}

        const _: () = {
            static POOL: $crate::Pool<$value, { $places }> = $crate::Pool::new();

            // SAFETY: all three go to the static above, and the width is chosen by its places.
            unsafe impl $crate::home::Home for $name {
                type Value = $value;
                type Index = <$crate::home::Width<{ $crate::home::index_bytes($places) }>
                    as $crate::home::Choose>::Index;

                #[inline]
                fn put_in(value: $value) -> Result<usize, $value> {
                    POOL.home_put_in(value)
                }
                #[inline]
                fn place(number: usize) -> *mut $value {
                    POOL.home_place(number)
                }
                #[inline]
                unsafe fn end(
                    number: usize,
                    value: Option<&mut ::core::mem::MaybeUninit<$value>>,
                ) {
                    // SAFETY: as this function's contract.
                    unsafe { POOL.home_end(number, value) }
                }
            }
        };
    };
}
