//! The interpreted functions of a process, and whether its interpreter could be read.
//!
//! Function `index` is element `index`. A frame of interpreted code says the function and the line
//! ([`place_of`]), so a function has one element however many of its lines allocate.
//!
//! **Invariants:** (a) no two elements are equal, but where there was no memory to compare them;
//! (b) the first word, with the lengths, is written last: an element that is not whole has none.

use super::ProfileError;
use super::array::{ArrayView, Kind, OWN_FIELDS_OFFSET};
use crate::little_endian::{put, u16_at, u32_at, u64_at};

/// Size of a function in bytes.
pub const FUNCTION_BYTES: usize = 512;
/// `u16`, bytes, within a function: length of its qualified name.
pub const NAME_LENGTH_OFFSET: usize = 0;
/// `u16`, bytes, within a function: length of the path of its file.
pub const FILE_LENGTH_OFFSET: usize = 2;
/// `u32`, within a function: the line on which it begins, 0 where that is not known.
pub const FIRST_LINE_OFFSET: usize = 4;
/// Bytes of the name, UTF-8.
pub const NAME_OFFSET: usize = 8;
/// Bytes for which the name has room; a longer one is cut at its end.
pub const NAME_CAPACITY: usize = 160;
/// Bytes of the path, UTF-8.
pub const FILE_OFFSET: usize = 168;
/// Bytes for which the path has room; a longer one is cut at its beginning.
pub const FILE_CAPACITY: usize = 344;

/// `u64`, in the header: version of the interpreter that was met, in CPython's form
/// (`0x030b07f0` is 3.11.7); 0 where none was met, or it is older than 3.11.
pub const VERSION_OFFSET: usize = OWN_FIELDS_OFFSET;
/// `u64`, in the header: one of the `STATE_` constants.
pub const STATE_OFFSET: usize = OWN_FIELDS_OFFSET + 8;

/// Value at [`STATE_OFFSET`]: no interpreter was met.
pub const STATE_NONE: u64 = 0;
/// Value at [`STATE_OFFSET`]: its frames are read.
pub const STATE_READ: u64 = 1;
/// Value at [`STATE_OFFSET`]: it is of a version whose frames nobody here can read.
pub const STATE_VERSION: u64 = 2;
/// Value at [`STATE_OFFSET`]: the version would do, but it was built in an unknown way.
pub const STATE_BUILD: u64 = 3;

/// Bits of a frame's offset that are the line; those above are the function.
pub const LINE_BITS: u32 = 20;
/// The most functions that can be told.
pub const FUNCTIONS_MAX: u32 = 1 << 24;

/// The offset of the frame on `line` of function `index`. A line of 2^20 or more is told as 0.
pub const fn offset_of(index: u32, line: u32) -> u64 {
    let line = if line >> LINE_BITS == 0 { line } else { 0 };
    ((index as u64) << LINE_BITS) | line as u64
}

/// Function and line of a frame's offset; line 0 is not known.
pub const fn place_of(offset: u64) -> (u32, u32) {
    let line = offset & ((1 << LINE_BITS) - 1);
    // A frame's offset has 48 bits, so 28 are left.
    ((offset >> LINE_BITS) as u32, line as u32)
}

/// One function. Each field is documented at its offset constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each field has the documentation of its offset constant"
)]
pub struct FunctionRecord<'a> {
    pub name: &'a [u8],
    pub file: &'a [u8],
    pub first_line: u32,
}

impl<'a> FunctionRecord<'a> {
    /// Reads one element; `None` for one that was not finished, or is damaged.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.get(..FUNCTION_BYTES)?;
        let name_length = usize::from(u16_at(bytes, NAME_LENGTH_OFFSET)?);
        let file_length = usize::from(u16_at(bytes, FILE_LENGTH_OFFSET)?);
        if name_length > NAME_CAPACITY || file_length > FILE_CAPACITY {
            return None;
        }
        let function = Self {
            name: bytes.get(NAME_OFFSET..NAME_OFFSET + name_length)?,
            file: bytes.get(FILE_OFFSET..FILE_OFFSET + file_length)?,
            first_line: u32_at(bytes, FIRST_LINE_OFFSET)?,
        };
        (name_length + file_length > 0).then_some(function)
    }

    /// The function as bytes. A name that is too long loses its end, a path its beginning; the
    /// cuts do not look at characters.
    pub fn encode(&self) -> [u8; FUNCTION_BYTES] {
        let mut bytes = [0; FUNCTION_BYTES];
        let name = &self.name[..self.name.len().min(NAME_CAPACITY)];
        let file = &self.file[self.file.len().saturating_sub(FILE_CAPACITY)..];
        // Constant offsets, and texts cut to their room: everything fits.
        let lengths = [
            (NAME_LENGTH_OFFSET, name.len() as u16),
            (FILE_LENGTH_OFFSET, file.len() as u16),
        ];
        for (offset, length) in lengths {
            let _ = put(&mut bytes, offset, &length.to_le_bytes());
        }
        let _ = put(
            &mut bytes,
            FIRST_LINE_OFFSET,
            &self.first_line.to_le_bytes(),
        );
        let _ = put(&mut bytes, NAME_OFFSET, name);
        let _ = put(&mut bytes, FILE_OFFSET, file);
        bytes
    }
}

/// An interpreter of a process, and whether its frames could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The field at [`VERSION_OFFSET`].
    pub version: u64,
    /// The field at [`STATE_OFFSET`], which is not [`STATE_NONE`].
    pub state: u64,
}

/// A code file, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Functions<'a> {
    array: ArrayView<'a>,
    interpreter: Option<Interpreter>,
}

impl<'a> Functions<'a> {
    /// Checks the header.
    ///
    /// # Errors
    ///
    /// As [`super::ArrayHeader::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ProfileError> {
        let array = ArrayView::parse(Kind::Code, bytes)?;
        let field = |offset| u64_at(bytes, offset).unwrap_or(0);
        let (version, state) = (field(VERSION_OFFSET), field(STATE_OFFSET));
        let interpreter = (state != STATE_NONE).then_some(Interpreter { version, state });
        Ok(Self { array, interpreter })
    }

    /// The file as an array.
    pub fn array(&self) -> &ArrayView<'a> {
        &self.array
    }

    /// The interpreter that the process had; `None` where none was met.
    pub fn interpreter(&self) -> Option<Interpreter> {
        self.interpreter
    }

    /// The function `index`; `None` where there is none, or its element is not whole.
    pub fn function(&self, index: u32) -> Option<FunctionRecord<'a>> {
        FunctionRecord::decode(self.array.element(usize::try_from(index).ok()?)?)
    }
}

const _: () = assert!(FIRST_LINE_OFFSET + 4 == NAME_OFFSET);
const _: () = assert!(NAME_OFFSET + NAME_CAPACITY == FILE_OFFSET);
const _: () = assert!(FILE_OFFSET + FILE_CAPACITY == FUNCTION_BYTES);
const _: () = assert!(24 + LINE_BITS <= super::node::OFFSET_BITS);
