//! A text in a region that grows.

use core::fmt::{self, Write};
use core::ops::Deref;

use crate::bump::Bump;
use crate::refused::{Refused, give_up};
use crate::vec::ArenaVec;

/// A text in a region that grows; in place, while it is the newest block.
///
/// # Examples
/// ```
/// use tenure_region::{Arena, ArenaString};
/// let arena = Arena::new();
/// let mut line = ArenaString::new_in(&arena);
/// for word in ["who", "holds", "it"] {
///     if !line.is_empty() {
///         line.push(' ');
///     }
///     line.push_str(word);
/// }
/// let line: &str = line.into_text();
/// assert_eq!(line, "who holds it");
/// ```
pub struct ArenaString<'a> {
    /// Always UTF-8.
    bytes: ArenaVec<'a, u8>,
}

impl<'a> ArenaString<'a> {
    /// An empty text without memory.
    ///
    /// # Examples
    /// See [`ArenaString`].
    #[must_use]
    pub const fn new_in(region: &'a Bump) -> Self {
        Self {
            bytes: ArenaVec::new_in(region),
        }
    }

    /// Adds a text at the end.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// See [`ArenaString`].
    #[inline]
    pub fn push_str(&mut self, text: &str) {
        if let Err(why) = self.try_push_str(text) {
            give_up(why);
        }
    }

    /// As [`ArenaString::push_str`].
    ///
    /// # Errors
    /// [`Refused`]; the text is as it was.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaString};
    /// let arena = Arena::new();
    /// let mut text = ArenaString::new_in(&arena);
    /// text.try_push_str("ten")?;
    /// text.try_push_str("ure")?;
    /// assert_eq!(&*text, "tenure");
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    pub fn try_push_str(&mut self, text: &str) -> Result<(), Refused> {
        self.bytes.try_extend_copy(text.as_bytes())
    }

    /// Adds a character at the end.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// See [`ArenaString`].
    pub fn push(&mut self, character: char) {
        self.push_str(character.encode_utf8(&mut [0; 4]));
    }

    /// Formats at the end.
    ///
    /// # Errors
    /// [`Refused`]; [`Refused::Format`] when a `Display` or `Debug` says that it failed. What was
    /// written until then stays.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaString};
    /// let arena = Arena::new();
    /// let mut text = ArenaString::new_in(&arena);
    /// text.try_push_format(format_args!("{:03}", 7))?;
    /// assert_eq!(&*text, "007");
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    pub fn try_push_format(&mut self, what: fmt::Arguments<'_>) -> Result<(), Refused> {
        struct Writer<'w, 'a>(&'w mut ArenaString<'a>, Option<Refused>);
        impl Write for Writer<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.try_push_str(text).map_err(|why| {
                    self.1 = Some(why);
                    fmt::Error
                })
            }
        }
        let mut writer = Writer(self, None);
        match writer.write_fmt(what) {
            Ok(()) => Ok(()),
            Err(fmt::Error) => Err(writer.1.unwrap_or(Refused::Format)),
        }
    }

    /// Cuts the text off at `len` bytes.
    ///
    /// # Panics
    /// If that is in the middle of a character.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaString};
    /// let arena = Arena::new();
    /// let mut text = ArenaString::new_in(&arena);
    /// text.push_str("tenure");
    /// text.truncate(3);
    /// assert_eq!(&*text, "ten");
    /// ```
    pub fn truncate(&mut self, len: usize) {
        if len < self.bytes.len() {
            assert!(self.is_char_boundary(len), "{len} is inside a character");
            self.bytes.truncate(len);
        }
    }

    /// The text for as long as the region is borrowed; the room behind it is given back where that
    /// is possible.
    ///
    /// # Examples
    /// See [`ArenaString`].
    #[must_use]
    pub fn into_text(mut self) -> &'a mut str {
        self.bytes.shrink_to_fit();
        // SAFETY: only whole texts were added and cut at borders of characters.
        unsafe { core::str::from_utf8_unchecked_mut(self.bytes.into_slice()) }
    }
}

impl Deref for ArenaString<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        // SAFETY: as in `into_text`.
        unsafe { core::str::from_utf8_unchecked(&self.bytes) }
    }
}

impl Write for ArenaString<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.try_push_str(text).map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for ArenaString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Display for ArenaString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
