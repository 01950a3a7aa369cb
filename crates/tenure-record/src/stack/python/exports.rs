//! What a mapped image exports, found by name as the loader does: through its GNU hash table.
//!
//! Everything is read from memory, and every address is asked for before it is read: a table that
//! is none gives no symbol.

use super::pages::Pages;
use crate::stack::image::Image;

/// Entries of the dynamic section that matter.
const STRINGS: usize = 5;
const SYMBOLS: usize = 6;
const HASHES: usize = 0x6fff_fef5;
const END: usize = 0;
/// More entries than a dynamic section has.
const ENTRIES_MAX: usize = 256;
const SYMBOL_BYTES: usize = 24;
/// Symbols of one bucket that are looked at.
const CHAIN_MAX: usize = 1024;

/// The symbols that an image exports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exports {
    start: usize,
    end: usize,
    bias: usize,
    strings: usize,
    symbols: usize,
    hashes: usize,
}

impl Exports {
    /// Those of `image`; `None` where its tables are not there.
    pub(super) fn of(image: &Image, pages: &mut Pages) -> Option<Self> {
        let mut exports = Self {
            start: image.start,
            end: image.end,
            bias: image.bias,
            strings: 0,
            symbols: 0,
            hashes: 0,
        };
        let entries = (image.dynamic.len / 16).min(ENTRIES_MAX);
        for entry in 0..entries {
            let at = image.dynamic.addr + entry * 16;
            let (tag, value) = (pages.word(at)?, pages.word(at + 8)?);
            match tag {
                END => break,
                STRINGS => exports.strings = exports.address(value)?,
                SYMBOLS => exports.symbols = exports.address(value)?,
                HASHES => exports.hashes = exports.address(value)?,
                _ => {}
            }
        }
        let found = [exports.strings, exports.symbols, exports.hashes];
        found.iter().all(|&at| at != 0).then_some(exports)
    }

    /// The address that `value` means: some loaders have added the bias to it, others have not.
    fn address(&self, value: usize) -> Option<usize> {
        let inside = |at: &usize| self.start <= *at && *at < self.end;
        let moved = self.bias.wrapping_add(value);
        Some(value).filter(inside).or(Some(moved).filter(inside))
    }

    /// The address of the symbol `name`; `None` where the image exports none.
    pub(super) fn find(&self, name: &[u8], pages: &mut Pages) -> Option<usize> {
        let hash = name.iter().fold(5381_u32, |hash, &byte| {
            hash.wrapping_mul(33).wrapping_add(byte.into())
        });
        let buckets = pages.single(self.hashes)?;
        let first = pages.single(self.hashes + 4)?;
        let bloom_words = pages.single(self.hashes + 8)? as usize;
        let table = self
            .hashes
            .checked_add(16)?
            .checked_add(bloom_words.checked_mul(8)?)?;
        let bucket = table.checked_add(4 * hash.checked_rem(buckets)? as usize)?;
        let mut index = pages.single(bucket)?;
        let chains = table.checked_add(4 * buckets as usize)?;
        for _ in 0..CHAIN_MAX {
            let link = chains.checked_add(4 * index.checked_sub(first)? as usize)?;
            let stored = pages.single(link)?;
            if stored | 1 == hash | 1
                && let Some(address) = self.symbol(index, name, pages)
            {
                return Some(address);
            }
            if stored & 1 == 1 {
                return None;
            }
            index = index.checked_add(1)?;
        }
        None
    }

    /// The address of symbol `index`, if it is of that name and defined here.
    fn symbol(&self, index: u32, name: &[u8], pages: &mut Pages) -> Option<usize> {
        let at = self.symbols.checked_add(index as usize * SYMBOL_BYTES)?;
        let text = self.strings.checked_add(pages.single(at)? as usize)?;
        for (offset, &wanted) in name.iter().chain(&[0]).enumerate() {
            if pages.byte(text.checked_add(offset)?)? != wanted {
                return None;
            }
        }
        let is_defined = pages.half(at + 6)? != 0;
        let address = self.bias.wrapping_add(pages.word(at + 8)?);
        (is_defined && self.start <= address && address < self.end).then_some(address)
    }
}

#[cfg(test)]
mod tests {
    //! Symbols of this very process, against what the loader says.

    use super::*;
    use crate::stack::image::Piece;
    use core::ops::ControlFlow;

    unsafe extern "C" {
        fn getpid() -> i32;
    }

    #[test]
    fn a_function_of_the_c_library_is_found_where_the_loader_found_it() {
        let wanted = getpid as *const () as usize;
        let mut head = Piece::default();
        let mut buffer = std::vec![0; 64 << 10];
        tenure_os::maps::for_each(&mut buffer, |mapping| {
            if mapping.start <= wanted && mapping.offset == 0 && mapping.readable {
                head = Piece {
                    addr: mapping.start,
                    len: mapping.end - mapping.start,
                };
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        // SAFETY: the maps have just shown it, and it is the C library's first mapping, or that of
        // this program where the C library is linked into it.
        let image = unsafe { Image::read(head) }.unwrap();
        let mut pages = Pages::new();
        let exports = Exports::of(&image, &mut pages).unwrap();
        assert_eq!(exports.find(b"getpid", &mut pages), Some(wanted));
        for absent in [&b"getpi"[..], b"getpidx", b"PyEval_EvalFrameEx", b""] {
            assert_eq!(exports.find(absent, &mut pages), None);
        }
        let nowhere = Exports {
            hashes: 8,
            ..exports
        };
        assert_eq!(nowhere.find(b"getpid", &mut pages), None);
    }
}
