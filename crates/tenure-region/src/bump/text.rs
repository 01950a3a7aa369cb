//! Text: copied, or formatted in place.
#![expect(
    clippy::mut_from_ref,
    reason = "each call hands out memory that nobody else has"
)]

use core::fmt;

use crate::bump::Bump;
use crate::refused::{Refused, give_up};
use crate::string::ArenaString;

impl Bump {
    /// A copy of a text.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let copy = arena.text("tenure");
    /// copy.make_ascii_uppercase();
    /// assert_eq!(copy, "TENURE");
    /// ```
    #[inline]
    pub fn text(&self, source: &str) -> &mut str {
        match self.try_text(source) {
            Ok(copy) => copy,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::text`].
    ///
    /// # Errors
    /// [`Refused`].
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// assert_eq!(arena.try_text("tenure")?, "tenure");
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    pub fn try_text(&self, source: &str) -> Result<&mut str, Refused> {
        let bytes = self.try_slice_copy(source.as_bytes())?;
        // SAFETY: the bytes of a `str`.
        Ok(unsafe { core::str::from_utf8_unchecked_mut(bytes) })
    }

    /// Formats into the region, growing in place.
    ///
    /// # Panics
    /// Without memory, and when a `Display` or `Debug` says that it failed.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let line = arena.format(format_args!("{} of {}", 3, 7));
    /// assert_eq!(line, "3 of 7");
    /// ```
    #[inline]
    pub fn format(&self, what: fmt::Arguments<'_>) -> &mut str {
        match self.try_format(what) {
            Ok(text) => text,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::format`].
    ///
    /// # Errors
    /// [`Refused`]; [`Refused::Format`] when a `Display` or `Debug` says that it failed.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::Arena::new();
    /// arena.set_limit_bytes(1 << 20);
    /// let long = "x".repeat(2 << 20);
    /// assert!(arena.try_format(format_args!("{long}")).is_err());
    /// ```
    pub fn try_format(&self, what: fmt::Arguments<'_>) -> Result<&mut str, Refused> {
        let mut text = ArenaString::new_in(self);
        text.try_push_format(what)?;
        Ok(text.into_text())
    }
}
