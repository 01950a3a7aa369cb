//! A short text held in place, so that an event needs no allocation.

use std::fmt;

/// Bytes that a label holds; longer texts are cut at a character.
const ROOM: usize = 62;

/// A short text such as a cause or the name of a phase: at most 62 bytes, held in place.
///
/// ```
/// use tenure_model::timeline::Label;
/// let cause = Label::new(b" Allocation Failure ");
/// assert_eq!(cause.as_str(), "Allocation Failure");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label {
    bytes: [u8; ROOM],
    used: u8,
}

impl Label {
    /// The text of `bytes` without the white space around it. What is not UTF-8, and control
    /// characters, become `?`.
    pub fn new(bytes: &[u8]) -> Self {
        let mut label = Self::default();
        let bytes = bytes.trim_ascii();
        // All of them are looked at, as a loop that may end early is slower.
        let is_odd = |odd: bool, byte: &u8| odd | !matches!(byte, b' '..=b'~');
        if let Some(room) = label.bytes.get_mut(..bytes.len())
            && !bytes.iter().fold(false, is_odd)
        {
            room.copy_from_slice(bytes);
            label.used = bytes.len() as u8;
            return label;
        }
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                label.push(if character.is_control() {
                    '?'
                } else {
                    character
                });
            }
            if !chunk.invalid().is_empty() {
                label.push('?');
            }
            if usize::from(label.used) + 4 > ROOM {
                break;
            }
        }
        label
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.used)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// True if there is no text.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    fn push(&mut self, character: char) {
        let mut buffer = [0; 4];
        let encoded = character.encode_utf8(&mut buffer).as_bytes();
        let from = usize::from(self.used);
        if let Some(room) = self.bytes.get_mut(from..from + encoded.len()) {
            room.copy_from_slice(encoded);
            self.used += encoded.len() as u8;
        } else {
            self.used = self.used.min(ROOM as u8);
        }
    }
}

impl Default for Label {
    fn default() -> Self {
        Self {
            bytes: [0; ROOM],
            used: 0,
        }
    }
}

impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}
