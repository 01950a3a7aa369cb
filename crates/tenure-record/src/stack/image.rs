//! An ELF image as the loader has mapped it: where it lies and where its unwind tables are.
//!
//! Everything is read from memory: the file may be gone. A header that does not add up gives no
//! image, and tables that do not lie in the image are passed over.

use core::ptr::with_exposed_provenance;
use gimli::{BaseAddresses, EhFrameHdr, LittleEndian, Pointer};
use tenure_os::readable::is_readable;

const HEADER_BYTES: usize = 64;
const PROGRAM_HEADER_BYTES: usize = 56;
/// The ELF header, all usual program headers, and the build-id.
const HEADERS_SUMMED_BYTES: usize = 1024;
/// More program headers than any linker makes.
const PROGRAM_HEADERS_MAX: usize = 64;
/// The program headers and notes lie in the first part of an image.
const IMAGE_HEAD_BYTES_MAX: usize = 64 << 10;
const LOAD: u32 = 1;
const DYNAMIC: u32 = 2;
const NOTE: u32 = 4;
const EH_FRAME: u32 = 0x6474_e550;
const BUILD_ID_NOTE: u32 = 3;
/// The longest build-id that is kept.
pub(crate) const BUILD_ID_BYTES_MAX: usize = 32;

/// A piece of this process's memory that stays readable while the image is mapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) addr: usize,
    pub(crate) len: usize,
}

impl Piece {
    /// Whether its ends can be read: what an image's headers say need not be so.
    fn is_mapped(self) -> bool {
        let last = self.addr.checked_add(self.len.saturating_sub(8));
        self.len >= 8 && is_readable(self.addr) && last.is_some_and(is_readable)
    }

    /// The bytes.
    ///
    /// # Safety
    /// * The piece is mapped readable, and is not written, as long as the result is used.
    pub(crate) unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: by contract.
        unsafe { core::slice::from_raw_parts(with_exposed_provenance(self.addr), self.len) }
    }
}

/// What is needed of an image.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Image {
    /// What to subtract from an address to get the file's virtual address.
    pub(crate) bias: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// `.eh_frame_hdr`; empty where there is none.
    pub(crate) header: Piece,
    /// `.eh_frame`, up to the end of the segment it lies in.
    pub(crate) frames: Piece,
    /// The dynamic section; empty where there is none.
    pub(crate) dynamic: Piece,
    pub(crate) build_id: [u8; BUILD_ID_BYTES_MAX],
    pub(crate) build_id_len: u8,
    /// A sum over the headers, by which to know the image again.
    pub(crate) headers: Piece,
    pub(crate) mark: u64,
}

/// A sum over `bytes` in which each counts by its place.
fn sum(bytes: &[u8]) -> u64 {
    bytes.chunks_exact(8).fold(0, |sum: u64, word| {
        let word = double(word, 0).unwrap_or(0);
        (sum.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// A program header's fields that matter here.
#[derive(Clone, Copy)]
struct Part {
    kind: u32,
    offset: u64,
    addr: u64,
    file_bytes: u64,
    memory_bytes: u64,
}

fn word<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    word(bytes, at).map(|raw| usize::from(u16::from_le_bytes(raw)))
}

fn single(bytes: &[u8], at: usize) -> Option<u32> {
    word(bytes, at).map(u32::from_le_bytes)
}

fn double(bytes: &[u8], at: usize) -> Option<u64> {
    word(bytes, at).map(u64::from_le_bytes)
}

/// The program headers of the image that begins with `head`.
fn parts(head: &[u8]) -> Option<impl Iterator<Item = Part> + Clone> {
    if head.len() < HEADER_BYTES || head.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let table = usize::try_from(double(head, 32)?).ok()?;
    let count = half(head, 56)?;
    if half(head, 54)? != PROGRAM_HEADER_BYTES || count > PROGRAM_HEADERS_MAX {
        return None;
    }
    let table = head.get(table..table.checked_add(count * PROGRAM_HEADER_BYTES)?)?;
    Some(
        table
            .chunks_exact(PROGRAM_HEADER_BYTES)
            .filter_map(|entry| {
                Some(Part {
                    kind: single(entry, 0)?,
                    offset: double(entry, 8)?,
                    addr: double(entry, 16)?,
                    file_bytes: double(entry, 32)?,
                    memory_bytes: double(entry, 40)?,
                })
            }),
    )
}

impl Image {
    /// The image whose first mapping is `head`; `None` where that is no ELF image of this machine's
    /// word and order.
    ///
    /// # Safety
    /// * `head` is mapped readable and begins an image of the loader's or the kernel's, which stays
    ///   mapped during the call.
    pub(crate) unsafe fn read(head: Piece) -> Option<Self> {
        // SAFETY: mapped and readable by contract; nobody writes to an image's headers.
        let bytes = unsafe { head.bytes() };
        let parts = parts(bytes)?;
        let loads = parts.clone().filter(|part| part.kind == LOAD);
        let first = loads.clone().min_by_key(|part| part.addr)?;
        let bias = head
            .addr
            .wrapping_sub(first.addr.wrapping_sub(first.offset) as usize);
        let end = loads
            .clone()
            .map(|part| part.addr.saturating_add(part.memory_bytes))
            .max()?;
        let mut image = Self {
            bias,
            start: head.addr,
            end: bias.wrapping_add(usize::try_from(end).ok()?),
            ..Self::default()
        };
        if image.end <= image.start {
            return None;
        }
        let Self { start, end, .. } = image;
        let inside = |part: Part| -> Option<Piece> {
            let addr = bias.wrapping_add(part.addr as usize);
            let holder = loads
                .clone()
                .find(|load| load.addr <= part.addr && part.addr - load.addr < load.file_bytes)?;
            let rest = holder.file_bytes - (part.addr - holder.addr);
            let len = rest.min(part.memory_bytes) as usize;
            (start <= addr && addr < end)
                .then_some(Piece { addr, len })
                .filter(|piece| piece.is_mapped())
        };
        let len = bytes.len().min(HEADERS_SUMMED_BYTES);
        image.headers = Piece {
            addr: head.addr,
            len,
        };
        image.mark = sum(&bytes[..len]);
        for part in parts.clone() {
            match part.kind {
                DYNAMIC => image.dynamic = inside(part).unwrap_or_default(),
                NOTE => {
                    if let Some(note) = inside(part)
                        && let Some(notes) = bytes.get(note.addr.wrapping_sub(head.addr)..)
                        && let Some(notes) = notes.get(..note.len)
                    {
                        image.find_build_id(notes);
                    }
                }
                EH_FRAME => {
                    if let Some(header) = inside(part) {
                        // SAFETY: the piece lies in a loaded segment of the image.
                        let at = unsafe { frames_address(header) };
                        let whole = at.and_then(|at| {
                            let addr = (at as usize).wrapping_sub(bias) as u64;
                            inside(Part {
                                addr,
                                memory_bytes: u64::MAX,
                                ..part
                            })
                        });
                        if let Some(frames) = whole {
                            image.header = header;
                            image.frames = frames;
                        }
                    }
                }
                _ => {}
            }
        }
        Some(image)
    }

    fn find_build_id(&mut self, mut notes: &[u8]) {
        while let (Some(name), Some(len), Some(kind)) =
            (single(notes, 0), single(notes, 4), single(notes, 8))
        {
            let name_room = (name as usize).next_multiple_of(4);
            let id_at = 12 + name_room;
            let next = id_at + (len as usize).next_multiple_of(4);
            if kind == BUILD_ID_NOTE
                && notes.get(12..16) == Some(b"GNU\0")
                && let Some(id) = notes.get(id_at..id_at + len as usize)
                && id.len() <= BUILD_ID_BYTES_MAX
            {
                self.build_id[..id.len()].copy_from_slice(id);
                self.build_id_len = id.len() as u8;
                return;
            }
            let Some(rest) = notes.get(next..) else {
                return;
            };
            notes = rest;
        }
    }

    /// Whether what is mapped at its start is still this image.
    pub(crate) fn is_still_there(&self) -> bool {
        // SAFETY: the kernel has just called the page readable; what is there belongs to an image
        // on this thread's stack, or to whatever came after it, and is not unmapped meanwhile but
        // by a program that returns into unmapped code.
        self.headers.is_mapped() && sum(unsafe { self.headers.bytes() }) == self.mark
    }

    /// Makes it another image than the one that is mapped.
    #[cfg(test)]
    pub(crate) fn spoil(&mut self) {
        self.mark ^= 1;
    }

    /// Whether the image covers `pc`.
    pub(crate) fn covers(&self, pc: usize) -> bool {
        self.start <= pc && pc < self.end
    }
}

/// The image whose first mapping is `len` bytes at `addr`, of a file; `None` where it is none.
pub(crate) fn image_at(addr: usize, len: usize) -> Option<Image> {
    let head = Piece {
        addr,
        len: len.min(IMAGE_HEAD_BYTES_MAX),
    };
    if !head.is_mapped() {
        return None;
    }
    // SAFETY: the kernel has just said that both ends can be read; callers give a mapping of a file
    // while nobody unmaps it.
    unsafe { Image::read(head) }
}

/// Where `.eh_frame` begins, by its header.
///
/// # Safety
/// * `header` is mapped readable.
unsafe fn frames_address(header: Piece) -> Option<u64> {
    let bases = BaseAddresses::default().set_eh_frame_hdr(header.addr as u64);
    // SAFETY: by contract.
    let section = EhFrameHdr::new(unsafe { header.bytes() }, LittleEndian);
    match section.parse(&bases, 8).ok()?.eh_frame_ptr() {
        Pointer::Direct(addr) => Some(addr),
        Pointer::Indirect(_) => None,
    }
}

#[cfg(test)]
mod tests;
