//! The DWARF of a module: which function, file and line an address is, with inlined functions.

use addr2line::Context;
use gimli::{DwarfSections, EndianSlice, RunTimeEndian, SectionId};
use object::{CompressionFormat, Object, ObjectSection};
use std::borrow::Cow;

/// Compressed sections of a module may not grow beyond this in all. In bytes.
const UNPACKED_BYTES_MAX: u64 = 4 << 30;
/// Deflate makes at most this much of one byte; a header that promises more is a lie.
const DEFLATE_RATIO_MAX: u64 = 1100;

/// What DWARF is read through.
pub(super) type Slice<'a> = EndianSlice<'a, RunTimeEndian>;

/// Sections, each borrowed from the file or unpacked.
type Sections<'a> = DwarfSections<Cow<'a, [u8]>>;

/// The sections that name functions and lines: borrowed from the file, or unpacked.
pub(super) struct DebugData<'a> {
    sections: Sections<'a>,
    supplement: Option<Sections<'a>>,
    is_empty: bool,
    endian: RunTimeEndian,
}

impl<'a> DebugData<'a> {
    /// Takes the sections of `elf`, and of the file of `dwz` that it refers to.
    pub(super) fn of(
        elf: &object::File<'a>,
        supplement: Option<&object::File<'a>>,
    ) -> Result<Self, object::Error> {
        let mut room = UNPACKED_BYTES_MAX;
        let (sections, is_empty) = sections(elf, &mut room)?;
        let mut shared = None;
        if let Some(elf) = supplement {
            shared = Some(self::sections(elf, &mut room)?.0);
        }
        let endian = match elf.is_little_endian() {
            true => RunTimeEndian::Little,
            false => RunTimeEndian::Big,
        };
        Ok(Self {
            sections,
            supplement: shared,
            is_empty,
            endian,
        })
    }

    /// Whether there is anything to look up.
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// The index over all units; a unit is parsed when an address in it is looked up.
    pub(super) fn context(&self) -> Result<Context<Slice<'_>>, gimli::Error> {
        let shared = self.supplement.as_ref();
        let dwarf = self
            .sections
            .borrow_with_sup(shared, |section| EndianSlice::new(section, self.endian));
        Context::from_dwarf(dwarf)
    }
}

/// The sections, and whether there is no description of functions among them.
fn sections<'a>(
    elf: &object::File<'a>,
    room: &mut u64,
) -> Result<(Sections<'a>, bool), object::Error> {
    let mut is_empty = true;
    let sections = DwarfSections::load(|id| {
        if !is_needed(id) {
            return Ok(Cow::default());
        }
        let data = section(elf, id.name(), room)?;
        is_empty &= id != SectionId::DebugInfo || data.is_empty();
        Ok(data)
    });
    Ok((sections?, is_empty))
}

/// Variables, types and macros are not asked for.
fn is_needed(id: SectionId) -> bool {
    matches!(
        id,
        SectionId::DebugAbbrev
            | SectionId::DebugAddr
            | SectionId::DebugAranges
            | SectionId::DebugInfo
            | SectionId::DebugLine
            | SectionId::DebugLineStr
            | SectionId::DebugRanges
            | SectionId::DebugRngLists
            | SectionId::DebugStr
            | SectionId::DebugStrOffsets
    )
}

fn section<'a>(
    elf: &object::File<'a>,
    name: &str,
    room: &mut u64,
) -> Result<Cow<'a, [u8]>, object::Error> {
    let Some(section) = elf.section_by_name(name) else {
        return Ok(Cow::default());
    };
    let data = section.compressed_data()?;
    let is_lie = match data.format {
        CompressionFormat::None => return Ok(Cow::Borrowed(data.data)),
        CompressionFormat::Zlib => {
            data.uncompressed_size / DEFLATE_RATIO_MAX > data.data.len() as u64
        }
        _ => false,
    };
    // The size that the header promises is what unpacking takes at most.
    match room.checked_sub(data.uncompressed_size) {
        Some(left) if !is_lie => *room = left,
        _ => return Ok(Cow::default()),
    }
    data.decompress()
}
