//! Single values: with an owner, without a need to drop, or adopted by the region.
#![expect(
    clippy::mut_from_ref,
    reason = "each call hands out memory that nobody else has"
)]

use crate::boxed::ArenaBox;
use crate::bump::Bump;
use crate::refused::{Refused, give_up};

impl Bump {
    /// Moves a value into the region. The box drops it.
    ///
    /// # Panics
    /// Without memory; see [`Bump::try_alloc`].
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let mut name = arena.alloc(String::from("ten"));
    /// name.push_str("ure");
    /// assert_eq!(*name, "tenure");
    /// ```
    #[inline(always)]
    pub fn alloc<T>(&self, value: T) -> ArenaBox<'_, T> {
        match self.try_alloc(value) {
            Ok(owned) => owned,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::alloc`].
    ///
    /// # Errors
    /// [`Refused`]; the value is dropped. [`Bump::try_alloc_with`] makes it only when there is
    /// memory.
    ///
    /// # Examples
    /// ```
    /// use core::mem::MaybeUninit;
    /// use tenure_region::{Refused, SliceArena};
    /// let mut memory = [MaybeUninit::uninit(); 16];
    /// let arena = SliceArena::new(&mut memory);
    /// assert!(arena.try_alloc(7u64).is_ok());
    /// assert_eq!(arena.try_alloc([0u64; 2]).unwrap_err(), Refused::Full);
    /// ```
    #[inline(always)]
    pub fn try_alloc<T>(&self, value: T) -> Result<ArenaBox<'_, T>, Refused> {
        let place = self.place::<T>()?;
        // SAFETY: free memory for a `T`, handed out for as long as the region is borrowed.
        unsafe {
            place.write(value);
            Ok(ArenaBox::from_raw(place.as_ptr()))
        }
    }

    /// Makes a value in the region; for large ones, which then need not be moved there.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let page = arena.alloc_with(|| [0u8; 4096]);
    /// assert_eq!(page.len(), 4096);
    /// ```
    #[inline(always)]
    pub fn alloc_with<T>(&self, make: impl FnOnce() -> T) -> ArenaBox<'_, T> {
        match self.try_alloc_with(make) {
            Ok(owned) => owned,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::alloc_with`].
    ///
    /// # Errors
    /// [`Refused`]; `make` was not called.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::Arena::new();
    /// arena.set_limit_bytes(10_000);
    /// let refused = arena.try_alloc_with(|| -> [u8; 20_000] { unreachable!() });
    /// assert!(refused.is_err());
    /// ```
    #[inline(always)]
    pub fn try_alloc_with<T>(&self, make: impl FnOnce() -> T) -> Result<ArenaBox<'_, T>, Refused> {
        let place = self.place::<T>()?;
        // SAFETY: as in `try_alloc`. Should `make` panic, the place is lost until the region ends.
        unsafe {
            place.write(make());
            Ok(ArenaBox::from_raw(place.as_ptr()))
        }
    }

    /// Moves a value that needs no drop into the region: a plain reference, no box.
    ///
    /// A type that needs a drop does not compile here.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// References may point round in circles:
    /// ```
    /// use core::cell::Cell;
    /// use tenure_region::Arena;
    /// struct Node<'a> { next: Cell<Option<&'a Node<'a>>> }
    ///
    /// let arena = Arena::new();
    /// let first = &*arena.alloc_plain(Node { next: Cell::new(None) });
    /// let second = &*arena.alloc_plain(Node { next: Cell::new(Some(first)) });
    /// first.next.set(Some(second));
    /// assert!(core::ptr::eq(first.next.get().unwrap().next.get().unwrap(), first));
    /// ```
    #[inline(always)]
    pub fn alloc_plain<T>(&self, value: T) -> &mut T {
        match self.try_alloc_plain(value) {
            Ok(value) => value,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::alloc_plain`].
    ///
    /// # Errors
    /// [`Refused`].
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// *arena.try_alloc_plain(1u32)? += 1;
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline(always)]
    pub fn try_alloc_plain<T>(&self, value: T) -> Result<&mut T, Refused> {
        const { assert!(!core::mem::needs_drop::<T>(), "a plain value needs no drop") };
        let place = self.place::<T>()?;
        // SAFETY: free memory for a `T`, handed out for as long as the region is borrowed.
        unsafe {
            place.write(value);
            Ok(&mut *place.as_ptr())
        }
    }

    /// Moves a value into the region, which drops it when it ends or begins anew (a scope: when
    /// the scope ends). What was adopted last is dropped first.
    ///
    /// `'static`, because a value could else look at its neighbours in the region that are dropped
    /// already; `Send`, because an arena may end on another thread. Costs three words beside the
    /// value's own, for the list.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// let shared = Arc::new(5);
    /// let mut arena = tenure_region::Arena::new();
    /// arena.adopt(Arc::clone(&shared));
    /// assert_eq!(Arc::strong_count(&shared), 2);
    /// arena.reset();
    /// assert_eq!(Arc::strong_count(&shared), 1);
    /// ```
    #[inline]
    pub fn adopt<T: Send + 'static>(&self, value: T) -> &mut T {
        match self.try_adopt(value) {
            Ok(value) => value,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::adopt`].
    ///
    /// # Errors
    /// [`Refused`]; the value is dropped.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// arena.try_adopt(String::from("gone with the arena"))?.push('.');
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    pub fn try_adopt<T: Send + 'static>(&self, value: T) -> Result<&mut T, Refused> {
        if !core::mem::needs_drop::<T>() {
            let place = self.place::<T>()?;
            // SAFETY: free memory for a `T`, handed out for as long as the region is borrowed.
            return unsafe {
                place.write(value);
                Ok(&mut *place.as_ptr())
            };
        }
        let mut value = self.adopt_value(value)?;
        // SAFETY: the value is dropped when the region's borrows are over; until then it is the
        // caller's alone.
        Ok(unsafe { value.as_mut() })
    }
}
