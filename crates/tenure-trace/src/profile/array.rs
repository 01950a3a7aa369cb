//! The header that all array files share, and the whole elements behind it.
//!
//! Offsets are in bytes from the start of the file.

use super::ProfileError;
use super::{code, module, node, site, timeline};
use crate::little_endian::{array_at, put, u32_at, u64_at};

/// The version of the layouts that this crate writes and reads.
pub const VERSION: u32 = 1;
/// Size of the header in bytes; element 0 begins here.
pub const HEADER_BYTES: usize = 4096;

/// `[u8; 8]`: [`Kind::magic`].
pub const MAGIC_OFFSET: usize = 0;
/// `u32`: [`VERSION`].
pub const VERSION_OFFSET: usize = 8;
/// `u32`, bytes: [`HEADER_BYTES`].
pub const HEADER_BYTES_OFFSET: usize = 12;
/// `u32`, bytes: size of an element, [`Kind::element_bytes`].
pub const ELEMENT_BYTES_OFFSET: usize = 16;
/// `u32`: process id.
pub const PID_OFFSET: usize = 20;
/// `u32`: number of the program image among those of the same process id.
pub const SEQ_OFFSET: usize = 24;
/// `u32`: the `FLAG_` bits.
pub const FLAGS_OFFSET: usize = 28;
/// `u64`, elements: how many were handed out. Grows while the process runs.
pub const COUNT_OFFSET: usize = 32;
/// `u64`: how many things were not recorded, see [`FLAG_INCOMPLETE`].
pub const LOST_OFFSET: usize = 40;
/// First byte of the fields that only some kinds have; zero for the others.
pub const OWN_FIELDS_OFFSET: usize = 48;

/// Bit at [`FLAGS_OFFSET`]: the array is full or could not grow, so something was not recorded.
pub const FLAG_INCOMPLETE: u32 = 1;

/// Which array file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Call stacks ([`node`]).
    Nodes,
    /// What each site allocated ([`site`]).
    Sites,
    /// Programs and libraries ([`module`]).
    Modules,
    /// Interpreted functions ([`code`]).
    Code,
    /// Live and held bytes over time ([`timeline`]).
    Timeline,
    /// Allocations and frees one by one.
    Events,
}

impl Kind {
    /// All kinds, in the order in which a container holds them.
    pub const ALL: [Self; 6] = [
        Self::Nodes,
        Self::Sites,
        Self::Modules,
        Self::Code,
        Self::Timeline,
        Self::Events,
    ];

    /// The first eight bytes of a file of this kind.
    pub const fn magic(self) -> [u8; 8] {
        match self {
            Self::Nodes => *b"TNRNODE1",
            Self::Sites => *b"TNRSITE1",
            Self::Modules => *b"TNRMODU1",
            Self::Code => *b"TNRCODE1",
            Self::Timeline => *b"TNRTIME1",
            Self::Events => *b"TNREVNT1",
        }
    }

    /// Size of an element in bytes; `None` where each file says it itself.
    pub const fn element_bytes(self) -> Option<usize> {
        match self {
            Self::Nodes => Some(node::NODE_BYTES),
            Self::Sites => Some(site::SITE_BYTES),
            Self::Modules => Some(module::MODULE_BYTES),
            Self::Code => Some(code::FUNCTION_BYTES),
            Self::Timeline => Some(timeline::POINT_BYTES),
            Self::Events => None,
        }
    }

    /// What the name of such a file ends with, behind `PID-SEQ.`; also its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Sites => "sites",
            Self::Modules => "modules",
            Self::Code => "code",
            Self::Timeline => "timeline",
            Self::Events => "events",
        }
    }

    /// The section of a container that holds such a file.
    pub const fn tag(self) -> crate::container::Tag {
        use crate::container::Tag;
        match self {
            Self::Nodes => Tag::NODE,
            Self::Sites => Tag::SITE,
            Self::Modules => Tag::MODU,
            Self::Code => Tag::CODE,
            Self::Timeline => Tag::TIME,
            Self::Events => Tag::EVNT,
        }
    }
}

/// The numbers of a header that vary between files. Each is documented at its offset constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each field has the documentation of its offset constant"
)]
pub struct ArrayHeader {
    pub pid: u32,
    pub seq: u32,
    pub flags: u32,
    pub count: u64,
    pub lost: u64,
    /// Bytes of one element, as checked against the kind.
    pub element_bytes: u32,
    /// [`timeline::WIDTH_NS_OFFSET`]; 0 in other kinds.
    pub width_ns: u64,
    /// [`timeline::START_MONO_NS_OFFSET`]; 0 in other kinds.
    pub start_mono_ns: u64,
}

impl ArrayHeader {
    /// Checks the header at the beginning of `bytes`, and reads it.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] where it is cut short, blank, of another kind or version, or names a size
    /// that the layout does not allow.
    pub fn parse(kind: Kind, bytes: &[u8]) -> Result<Self, ProfileError> {
        let short = ProfileError::Short {
            kind,
            have_bytes: bytes.len(),
        };
        let found = array_at(bytes, MAGIC_OFFSET).ok_or(short)?;
        if found == [0; 8] {
            return Err(ProfileError::Blank { kind });
        }
        if found != kind.magic() {
            return Err(ProfileError::Magic { kind, found });
        }
        let head = bytes.get(..HEADER_BYTES).ok_or(short)?;
        let at = |offset| u32_at(head, offset).ok_or(short);
        let long_at = |offset| u64_at(head, offset).ok_or(short);
        let version = at(VERSION_OFFSET)?;
        if version != VERSION {
            return Err(ProfileError::Version {
                kind,
                found: version,
            });
        }
        let element_bytes = at(ELEMENT_BYTES_OFFSET)?;
        let (min, max) = match kind.element_bytes() {
            Some(bytes) => (bytes as u64, bytes as u64),
            None => (1, u64::from(u32::MAX)),
        };
        let header_bytes = HEADER_BYTES as u64;
        let fields = [
            (
                "header_bytes",
                HEADER_BYTES_OFFSET,
                header_bytes,
                header_bytes,
            ),
            ("element_bytes", ELEMENT_BYTES_OFFSET, min, max),
        ];
        for (name, offset, min, max) in fields {
            let found = u64::from(at(offset)?);
            if !(min..=max).contains(&found) {
                return Err(ProfileError::Field {
                    kind,
                    name,
                    offset,
                    found,
                    min,
                    max,
                });
            }
        }
        let own = |offset| match kind {
            Kind::Timeline => long_at(offset),
            _ => Ok(0),
        };
        Ok(Self {
            pid: at(PID_OFFSET)?,
            seq: at(SEQ_OFFSET)?,
            flags: at(FLAGS_OFFSET)?,
            count: long_at(COUNT_OFFSET)?,
            lost: long_at(LOST_OFFSET)?,
            element_bytes,
            width_ns: own(timeline::WIDTH_NS_OFFSET)?,
            start_mono_ns: own(timeline::START_MONO_NS_OFFSET)?,
        })
    }

    /// The header as bytes. `element_bytes` is taken from the kind, where the kind has one size.
    pub fn encode(&self, kind: Kind) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let element_bytes = kind
            .element_bytes()
            .map_or(self.element_bytes, |size| size as u32);
        let numbers = [
            (VERSION_OFFSET, VERSION),
            (HEADER_BYTES_OFFSET, HEADER_BYTES as u32),
            (ELEMENT_BYTES_OFFSET, element_bytes),
            (PID_OFFSET, self.pid),
            (SEQ_OFFSET, self.seq),
            (FLAGS_OFFSET, self.flags),
        ];
        // Every offset is a constant within the header, so that each of these fits.
        let _ = put(&mut bytes, MAGIC_OFFSET, &kind.magic());
        for (offset, number) in numbers {
            let _ = put(&mut bytes, offset, &number.to_le_bytes());
        }
        let mut longs = [
            (COUNT_OFFSET, self.count),
            (LOST_OFFSET, self.lost),
            (timeline::WIDTH_NS_OFFSET, self.width_ns),
            (timeline::START_MONO_NS_OFFSET, self.start_mono_ns),
        ];
        if kind != Kind::Timeline {
            longs[2].1 = 0;
            longs[3].1 = 0;
        }
        for (offset, number) in longs {
            let _ = put(&mut bytes, offset, &number.to_le_bytes());
        }
        bytes
    }

    /// Whether something was not recorded because the array was full or could not grow.
    pub fn is_incomplete(&self) -> bool {
        self.flags & FLAG_INCOMPLETE != 0 || self.lost > 0
    }
}

/// An array file over bytes that someone else holds: a checked header and the whole elements.
#[derive(Clone, Copy, Debug)]
pub struct ArrayView<'a> {
    header: ArrayHeader,
    bytes: &'a [u8],
    elements: &'a [u8],
}

impl<'a> ArrayView<'a> {
    /// Checks the header; elements that are cut off at the end are [`missing`](Self::missing).
    ///
    /// # Errors
    ///
    /// As [`ArrayHeader::parse`].
    pub fn parse(kind: Kind, bytes: &'a [u8]) -> Result<Self, ProfileError> {
        let header = ArrayHeader::parse(kind, bytes)?;
        let behind = bytes.get(HEADER_BYTES..).unwrap_or_default();
        // Checked to be at least 1.
        let size = header.element_bytes as usize;
        let room = behind.len() / size;
        let whole = usize::try_from(header.count)
            .unwrap_or(usize::MAX)
            .min(room);
        let elements = behind.get(..whole * size).unwrap_or_default();
        Ok(Self {
            header,
            bytes,
            elements,
        })
    }

    /// The numbers of the header.
    pub fn header(&self) -> &ArrayHeader {
        &self.header
    }

    /// How many elements are there, unfinished ones included.
    pub fn len(&self) -> usize {
        self.elements.len() / self.header.element_bytes as usize
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// How many elements the file has lost at its end; 0 for a whole file.
    pub fn missing(&self) -> u64 {
        self.header.count.saturating_sub(self.len() as u64)
    }

    /// The bytes of element `index`.
    pub fn element(&self, index: usize) -> Option<&'a [u8]> {
        let size = self.header.element_bytes as usize;
        let start = index.checked_mul(size)?;
        self.elements.get(start..start.checked_add(size)?)
    }

    /// The bytes of each element in turn.
    pub fn elements(&self) -> core::slice::ChunksExact<'a, u8> {
        self.elements
            .chunks_exact(self.header.element_bytes as usize)
    }

    /// Bytes of the file that mean something: the header and the whole elements.
    pub fn used_bytes(&self) -> &'a [u8] {
        let used = HEADER_BYTES + self.elements.len();
        self.bytes.get(..used).unwrap_or(self.bytes)
    }
}

// The fields follow each other without overlap, in this order.
const _: () = assert!(MAGIC_OFFSET + 8 == VERSION_OFFSET);
const _: () = assert!(VERSION_OFFSET + 4 == HEADER_BYTES_OFFSET);
const _: () = assert!(HEADER_BYTES_OFFSET + 4 == ELEMENT_BYTES_OFFSET);
const _: () = assert!(ELEMENT_BYTES_OFFSET + 4 == PID_OFFSET);
const _: () = assert!(PID_OFFSET + 4 == SEQ_OFFSET);
const _: () = assert!(SEQ_OFFSET + 4 == FLAGS_OFFSET);
const _: () = assert!(FLAGS_OFFSET + 4 == COUNT_OFFSET);
const _: () = assert!(COUNT_OFFSET + 8 == LOST_OFFSET);
const _: () = assert!(LOST_OFFSET + 8 == OWN_FIELDS_OFFSET);
const _: () = assert!(COUNT_OFFSET.is_multiple_of(8));
