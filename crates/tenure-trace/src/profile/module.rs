//! The programs and libraries that a process had loaded.
//!
//! Module `id` is element `id - 1`. A library that is closed and opened again gets a new id.

use super::ProfileError;
use super::array::{ArrayView, Kind};
use crate::little_endian::{put, u16_at, u64_at};

/// Size of a module in bytes.
pub const MODULE_BYTES: usize = 512;
/// `u16`, within a module: its id, index + 1.
pub const ID_OFFSET: usize = 0;
/// `u16`, bytes: length of the path.
pub const PATH_LENGTH_OFFSET: usize = 2;
/// `u8`, bytes: length of the build-id.
pub const BUILD_ID_LENGTH_OFFSET: usize = 4;
/// `u8`: one of the `KIND_` constants.
pub const KIND_OFFSET: usize = 5;
/// `u64`: what is subtracted from an address to give the ELF virtual address.
pub const BIAS_OFFSET: usize = 8;
/// `u64`, address: first byte that is mapped.
pub const START_OFFSET: usize = 16;
/// `u64`, address: behind the last byte that is mapped.
pub const END_OFFSET: usize = 24;
/// `u64`: number of the change of the list of modules with which it came.
pub const LOADED_EPOCH_OFFSET: usize = 32;
/// `u64`: number of the change with which it went; 0 while it is loaded.
pub const UNLOADED_EPOCH_OFFSET: usize = 40;
/// Bytes of the build-id.
pub const BUILD_ID_OFFSET: usize = 48;
/// Bytes for which the build-id has room.
pub const BUILD_ID_CAPACITY: usize = 32;
/// Bytes of the path.
pub const PATH_OFFSET: usize = 80;
/// Bytes for which the path has room; a longer one is cut.
pub const PATH_CAPACITY: usize = 432;

/// Value at [`KIND_OFFSET`]: a file.
pub const KIND_FILE: u8 = 0;
/// Value at [`KIND_OFFSET`]: the code that the kernel maps into every process.
pub const KIND_VDSO: u8 = 1;
/// Value at [`KIND_OFFSET`]: something else.
pub const KIND_OTHER: u8 = 2;

/// One module. Each field is documented at its offset constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each field has the documentation of its offset constant"
)]
pub struct ModuleRecord<'a> {
    pub id: u16,
    pub kind: u8,
    pub bias: u64,
    pub start: u64,
    pub end: u64,
    pub loaded_epoch: u64,
    pub unloaded_epoch: u64,
    pub build_id: &'a [u8],
    pub path: &'a [u8],
}

impl<'a> ModuleRecord<'a> {
    /// Reads one element; `None` for one that was not finished, or is damaged.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.get(..MODULE_BYTES)?;
        let path_length = usize::from(u16_at(bytes, PATH_LENGTH_OFFSET)?);
        let build_id_length = usize::from(*bytes.get(BUILD_ID_LENGTH_OFFSET)?);
        if path_length > PATH_CAPACITY || build_id_length > BUILD_ID_CAPACITY {
            return None;
        }
        let id = u16_at(bytes, ID_OFFSET).filter(|&id| id != 0)?;
        Some(Self {
            id,
            kind: *bytes.get(KIND_OFFSET)?,
            bias: u64_at(bytes, BIAS_OFFSET)?,
            start: u64_at(bytes, START_OFFSET)?,
            end: u64_at(bytes, END_OFFSET)?,
            loaded_epoch: u64_at(bytes, LOADED_EPOCH_OFFSET)?,
            unloaded_epoch: u64_at(bytes, UNLOADED_EPOCH_OFFSET)?,
            build_id: bytes.get(BUILD_ID_OFFSET..BUILD_ID_OFFSET + build_id_length)?,
            path: bytes.get(PATH_OFFSET..PATH_OFFSET + path_length)?,
        })
    }

    /// The module as bytes; build-id and path are cut to their room.
    pub fn encode(&self) -> [u8; MODULE_BYTES] {
        let mut bytes = [0; MODULE_BYTES];
        let build_id = &self.build_id[..self.build_id.len().min(BUILD_ID_CAPACITY)];
        let path = &self.path[..self.path.len().min(PATH_CAPACITY)];
        // Constant offsets, and texts cut to their room: everything fits.
        let _ = put(&mut bytes, ID_OFFSET, &self.id.to_le_bytes());
        let path_length = path.len() as u16;
        let _ = put(&mut bytes, PATH_LENGTH_OFFSET, &path_length.to_le_bytes());
        let _ = put(&mut bytes, BUILD_ID_LENGTH_OFFSET, &[build_id.len() as u8]);
        let _ = put(&mut bytes, KIND_OFFSET, &[self.kind]);
        let numbers = [
            (BIAS_OFFSET, self.bias),
            (START_OFFSET, self.start),
            (END_OFFSET, self.end),
            (LOADED_EPOCH_OFFSET, self.loaded_epoch),
            (UNLOADED_EPOCH_OFFSET, self.unloaded_epoch),
        ];
        for (offset, number) in numbers {
            let _ = put(&mut bytes, offset, &number.to_le_bytes());
        }
        let _ = put(&mut bytes, BUILD_ID_OFFSET, build_id);
        let _ = put(&mut bytes, PATH_OFFSET, path);
        bytes
    }
}

/// A modules file, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Modules<'a> {
    array: ArrayView<'a>,
}

impl<'a> Modules<'a> {
    /// Checks the header.
    ///
    /// # Errors
    ///
    /// As [`super::ArrayHeader::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ProfileError> {
        ArrayView::parse(Kind::Modules, bytes).map(|array| Self { array })
    }

    /// The file as an array.
    pub fn array(&self) -> &ArrayView<'a> {
        &self.array
    }

    /// The module `id`; `None` where there is none, or its element is not whole.
    pub fn module(&self, id: u16) -> Option<ModuleRecord<'a>> {
        let index = usize::from(id).checked_sub(1)?;
        let module = ModuleRecord::decode(self.array.element(index)?)?;
        (module.id == id).then_some(module)
    }

    /// The modules that are whole, in order of their ids.
    pub fn modules(&self) -> impl Iterator<Item = ModuleRecord<'a>> + use<'a> {
        let all = *self;
        (1..=u16::MAX)
            .take(all.array.len())
            .filter_map(move |id| all.module(id))
    }
}

const _: () = assert!(KIND_OFFSET < BIAS_OFFSET);
const _: () = assert!(UNLOADED_EPOCH_OFFSET + 8 == BUILD_ID_OFFSET);
const _: () = assert!(BUILD_ID_OFFSET + BUILD_ID_CAPACITY == PATH_OFFSET);
const _: () = assert!(PATH_OFFSET + PATH_CAPACITY == MODULE_BYTES);
