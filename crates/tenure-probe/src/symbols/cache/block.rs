//! A block of the cache: the bytes of what one look-up found.

use super::super::Frame;
use std::collections::HashMap;
use std::sync::Arc;

/// The `offset` of a frame that has none.
const NO_OFFSET: u64 = u64::MAX;

/// The payload that holds `found`.
pub(super) fn encode(found: &[(u64, Vec<Frame>)]) -> Vec<u8> {
    let mut strings: Vec<Arc<str>> = Vec::new();
    let mut known: HashMap<Arc<str>, u32> = HashMap::new();
    let mut index = |string: &Option<Arc<str>>| -> u32 {
        let Some(string) = string else { return 0 };
        *known.entry(string.clone()).or_insert_with(|| {
            strings.push(string.clone());
            strings.len() as u32
        })
    };
    let mut addresses = Vec::new();
    addresses.extend((found.len() as u32).to_le_bytes());
    for (address, frames) in found {
        addresses.extend(address.to_le_bytes());
        addresses.extend((frames.len() as u32).to_le_bytes());
        for frame in frames {
            addresses.extend(index(&frame.function).to_le_bytes());
            addresses.extend(index(&frame.mangled).to_le_bytes());
            addresses.extend(index(&frame.file).to_le_bytes());
            addresses.extend(frame.line.unwrap_or(0).to_le_bytes());
            addresses.extend(frame.offset.unwrap_or(NO_OFFSET).to_le_bytes());
        }
    }
    let mut payload = Vec::with_capacity(addresses.len());
    payload.extend((strings.len() as u32).to_le_bytes());
    for string in &strings {
        payload.extend((string.len() as u32).to_le_bytes());
        payload.extend(string.as_bytes());
    }
    payload.extend(addresses);
    payload
}

/// Adds what `payload` holds; `None`, and nothing added, where it is no payload.
pub(super) fn decode(payload: &[u8], found: &mut Vec<(u64, Vec<Frame>)>) -> Option<()> {
    let before = found.len();
    let decoded = all(&mut Bytes(payload), found);
    if decoded.is_none() {
        found.truncate(before);
    }
    decoded
}

fn all(bytes: &mut Bytes<'_>, found: &mut Vec<(u64, Vec<Frame>)>) -> Option<()> {
    let mut strings: Vec<Arc<str>> = Vec::new();
    for _ in 0..bytes.word()? {
        let length = bytes.word()? as usize;
        strings.push(std::str::from_utf8(bytes.take(length)?).ok()?.into());
    }
    let string = |index: u32| match index.checked_sub(1) {
        None => Some(None),
        Some(index) => strings
            .get(index as usize)
            .map(|string| Some(string.clone())),
    };
    for _ in 0..bytes.word()? {
        let address = bytes.long()?;
        let mut frames = Vec::new();
        for _ in 0..bytes.word()? {
            frames.push(Frame {
                function: string(bytes.word()?)?,
                mangled: string(bytes.word()?)?,
                file: string(bytes.word()?)?,
                line: Some(bytes.word()?).filter(|line| *line > 0),
                offset: Some(bytes.long()?).filter(|offset| *offset != NO_OFFSET),
            });
        }
        found.push((address, frames));
    }
    bytes.0.is_empty().then_some(())
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn long(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}
