//! What a code object says: its name, its file, and the line of an instruction.
//!
//! **Shape of the table of lines** (3.11 and later): entries of at least one byte. The first has
//! its highest bit set, then four bits of kind, then three of how many instructions less one. The
//! kinds 0 to 9 stay on the line and have one more byte; 10 to 12 go on by 0 to 2 lines and have
//! two; 13 goes on by a signed number; 14 does so and has three more numbers; 15 has no line.
//! Numbers are of six bits a byte, the lowest first; one that has its sign in the lowest bit is
//! signed.

use super::layout::{BYTES_DATA, BYTES_LENGTH, CODE_BYTES, Layout, TEXT_LENGTH, TEXT_STATE};
use super::pages::Pages;
use tenure_trace::profile::code::{FILE_CAPACITY, NAME_CAPACITY};

/// Bytes of an instruction.
const INSTRUCTION_BYTES: usize = 2;
/// Bytes of the longest table of lines that is read.
const TABLE_BYTES_MAX: usize = 4 << 20;
/// Bits of a text's state.
const KIND_SHIFT: u32 = 2;
const KIND_MASK: u32 = 7;
const COMPACT: u32 = 1 << 5;
const ASCII: u32 = 1 << 6;

/// A code object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code {
    address: usize,
    file: usize,
    name: usize,
    lines: usize,
    first_line: u32,
    version: u32,
}

impl Code {
    /// That at `address`.
    #[inline(always)]
    pub(super) fn at(address: usize, layout: &Layout, pages: &mut Pages) -> Option<Self> {
        let fields = pages.structure(address, CODE_BYTES)?;
        let version = match layout.code_version {
            0 => 0,
            offset => fields.single(offset),
        };
        Some(Self {
            address,
            file: fields.word(layout.code_file),
            name: fields.word(layout.code_name),
            lines: fields.word(layout.code_lines),
            first_line: fields.single(layout.code_first_line),
            version,
        })
    }

    /// A number by which to know it again: another object at the same address has another one. It
    /// is made of what the object points to and, where the object has no number of its own, of
    /// what is there.
    #[inline(always)]
    pub(super) fn stamp(&self, layout: &Layout, pages: &mut Pages) -> Option<u64> {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let parts = [
            self.file as u64,
            self.name as u64,
            self.lines as u64,
            u64::from(self.first_line) << 32 | u64::from(self.version),
        ];
        let mut sum = 0_u64;
        for part in parts {
            sum = (sum.rotate_left(23) ^ part).wrapping_mul(SPREAD);
        }
        if self.version == 0 {
            for part in [
                self.end_of_table(pages)?,
                end_of_text(self.file, layout, pages)?,
            ] {
                sum = (sum.rotate_left(23) ^ part).wrapping_mul(SPREAD);
            }
        }
        Some(sum)
    }

    /// The last bytes of the table of lines, and its length.
    #[inline(always)]
    fn end_of_table(&self, pages: &mut Pages) -> Option<u64> {
        let fields = pages.structure(self.lines, BYTES_DATA + 8)?;
        let len = fields.word(BYTES_LENGTH);
        let first = fields.word(BYTES_DATA);
        // The word that holds the zero behind the last byte, and most often some of those.
        let last = pages.word((self.lines + BYTES_DATA).checked_add(len)? & !7)?;
        Some((first.rotate_left(17) ^ last.rotate_left(7) ^ len) as u64)
    }

    /// Whether the instruction at `instruction` is one of the program's, and not of the beginning
    /// that prepares a frame; of frames there the interpreter does not tell either.
    pub(super) fn is_begun(
        &self,
        instruction: usize,
        layout: &Layout,
        pages: &mut Pages,
    ) -> Option<bool> {
        let first = pages.single(self.address + layout.code_first_traceable)?;
        let begin = self.address + layout.code_instructions + first as usize * INSTRUCTION_BYTES;
        Some(instruction >= begin)
    }

    /// The first line; 0 where there is none.
    pub(super) fn first_line(&self) -> u32 {
        self.first_line.cast_signed().max(0).cast_unsigned()
    }

    /// The line of the instruction at `instruction`; 0 where it has none.
    pub(super) fn line(&self, instruction: usize, layout: &Layout, pages: &mut Pages) -> u32 {
        let begin = self.address + layout.code_instructions;
        let Some(offset) = instruction.checked_sub(begin) else {
            return self.first_line();
        };
        let index = offset / INSTRUCTION_BYTES;
        let found = self.line_of(index, pages).unwrap_or(0);
        u32::try_from(found).unwrap_or(0)
    }

    /// The line of instruction `index`.
    fn line_of(&self, index: usize, pages: &mut Pages) -> Option<i64> {
        let len = pages.word(self.lines.checked_add(BYTES_LENGTH)?)?;
        let first = self.lines.checked_add(BYTES_DATA)?;
        let mut table = Table {
            at: first,
            end: first.checked_add(len.min(TABLE_BYTES_MAX))?,
            pages,
        };
        let mut line = i64::from(self.first_line.cast_signed());
        let mut begin = 0;
        while let Some(head) = table.byte() {
            let kind = head >> 3 & 15;
            let shown = match kind {
                0..=9 => {
                    table.byte()?;
                    Some(line)
                }
                10..=12 => {
                    line += i64::from(kind - 10);
                    table.byte()?;
                    table.byte()?;
                    Some(line)
                }
                13 => {
                    line = line.checked_add(table.signed()?)?;
                    Some(line)
                }
                14 => {
                    line = line.checked_add(table.signed()?)?;
                    for _ in 0..3 {
                        table.number()?;
                    }
                    Some(line)
                }
                _ => None,
            };
            begin += usize::from(head & 7) + 1;
            if index < begin {
                return shown;
            }
        }
        None
    }

    /// The qualified name as UTF-8, as far as there is room; how many bytes.
    pub(super) fn name(
        &self,
        target: &mut [u8; NAME_CAPACITY],
        layout: &Layout,
        pages: &mut Pages,
    ) -> usize {
        let text = Text::at(self.name, layout, pages);
        text.map_or(0, |text| text.copy(0, target, pages))
    }

    /// The path of the file as UTF-8; its end where there is no room for all. How many bytes.
    pub(super) fn file(
        &self,
        target: &mut [u8; FILE_CAPACITY],
        layout: &Layout,
        pages: &mut Pages,
    ) -> usize {
        let text = Text::at(self.file, layout, pages);
        text.map_or(0, |text| {
            // A character has at most as many bytes in UTF-8 as one of its kind can have there.
            let most = FILE_CAPACITY / text.utf8_bytes_max();
            text.copy(text.len.saturating_sub(most), target, pages)
        })
    }
}

/// A table of lines that is being read.
struct Table<'a> {
    at: usize,
    end: usize,
    pages: &'a mut Pages,
}

impl Table<'_> {
    fn byte(&mut self) -> Option<u8> {
        if self.at >= self.end {
            return None;
        }
        let byte = self.pages.byte(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            if shift >= 60 {
                return None;
            }
            number |= u64::from(byte & 0x3f) << shift;
            shift += 6;
            if byte & 0x40 == 0 {
                return Some(number);
            }
        }
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        let size = (number >> 1).cast_signed();
        Some(if number & 1 == 1 { -size } else { size })
    }
}

/// A text object.
#[derive(Clone, Copy, Debug)]
struct Text {
    data: usize,
    len: usize,
    /// Bytes of a character.
    width: usize,
    is_ascii: bool,
}

/// The last bytes of a text, and its length.
#[inline(always)]
fn end_of_text(address: usize, layout: &Layout, pages: &mut Pages) -> Option<u64> {
    let len = pages.word(address.checked_add(TEXT_LENGTH)?)?;
    let last = address.checked_add(layout.text_ascii)?.checked_add(len)? & !7;
    Some((pages.word(last)?.rotate_left(31) ^ len) as u64)
}

impl Text {
    /// That at `address`; `None` for a form that compilers of code do not make.
    fn at(address: usize, layout: &Layout, pages: &mut Pages) -> Option<Self> {
        let len = pages.word(address.checked_add(TEXT_LENGTH)?)?;
        let state = pages.single(address.checked_add(TEXT_STATE)?)?;
        let width = (state >> KIND_SHIFT & KIND_MASK) as usize;
        if state & COMPACT == 0 || !matches!(width, 1 | 2 | 4) {
            return None;
        }
        let is_ascii = state & ASCII != 0;
        let offset = if is_ascii {
            layout.text_ascii
        } else {
            layout.text_wide
        };
        Some(Self {
            data: address.checked_add(offset)?,
            len,
            width,
            is_ascii,
        })
    }

    fn utf8_bytes_max(&self) -> usize {
        match self.width {
            1 if self.is_ascii => 1,
            1 => 2,
            2 => 3,
            _ => 4,
        }
    }

    /// Writes the characters from number `first` on into `target` as UTF-8, as far as there is
    /// room; how many bytes.
    fn copy(&self, first: usize, target: &mut [u8], pages: &mut Pages) -> usize {
        let mut used = 0;
        for index in first..self.len {
            let Some(at) = index
                .checked_mul(self.width)
                .and_then(|offset| self.data.checked_add(offset))
            else {
                break;
            };
            let number = match self.width {
                1 => pages.byte(at).map(u32::from),
                2 => pages.half(at).map(u32::from),
                _ => pages.single(at),
            };
            let Some(number) = number else { break };
            // Half of a pair stands for a byte of a name that is not UTF-8.
            let char = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
            let Some(room) = target.get_mut(used..used + char.len_utf8()) else {
                break;
            };
            char.encode_utf8(room);
            used += char.len_utf8();
        }
        used
    }
}

#[cfg(test)]
pub(super) mod tests;
