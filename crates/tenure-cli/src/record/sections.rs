//! Reading a `.tnr` file section by section, however long it is.
//!
//! [`tenure_trace::container::Sections`] does the same over bytes at hand. Here the sites of a
//! process are summed while they are read, events are stepped over, and only the other sections
//! are held in memory, one at a time.

use super::input::Input;
use super::loader::{ArrayFailure, Loader, WHOLE_BYTES_MAX};
use super::look_file::LookFile;
use std::io::{self, Read};
use tenure_trace::container::{
    ContainerError, Crc32, FILE_HEADER_BYTES, SECTION_HEADER_BYTES, Sections, Tag, padding,
};
use tenure_trace::profile::Kind;

/// The header of a section.
struct Head {
    tag: Tag,
    offset: u64,
    stored: u32,
    payload_bytes: u64,
}

/// What became of a section.
enum Met {
    /// It was read, or stepped over on purpose.
    Whole,
    /// Its end is missing: so many bytes of it are there, its header included.
    Cut(u64),
    /// Its checksum is another one.
    Damaged(u32),
}

/// Reads the sections of a container whose file header is `header`, the rest of which is `input`.
///
/// # Errors
///
/// Why it is no container. What is cut or damaged in it is told to the loader.
pub(crate) fn read_sections(
    header: &[u8],
    input: &mut Input,
    loader: &mut Loader,
) -> Result<(), String> {
    let promised = Sections::parse(header).map_err(|error| error.to_string())?;
    let promised = promised.promised().unwrap_or(0);
    let mut found = 0;
    loop {
        let offset = input.position();
        if promised != 0 && found == promised {
            let extra = input.skip(u64::MAX).map_err(|error| error.to_string())?;
            if extra > 0 {
                loader.lost(trailing(offset, extra).to_string());
            }
            return Ok(());
        }
        let head = input
            .read_up_to(SECTION_HEADER_BYTES as u64)
            .map_err(|error| error.to_string())?;
        if head.is_empty() {
            if found < promised {
                loader.lost(missing(offset, promised, found).to_string());
            }
            return Ok(());
        }
        let Some(head) = head_of(&head, offset) else {
            let tag = head.first_chunk().copied().map(Tag);
            loader.lost(cut(offset, tag, 0, head.len() as u64).to_string());
            return Ok(());
        };
        found += 1;
        match section(&head, input, loader).map_err(|error| error.to_string())? {
            Met::Whole => {}
            Met::Damaged(computed) => loader.lost(
                ContainerError::Checksum {
                    offset: size(offset),
                    tag: head.tag,
                    stored: head.stored,
                    computed,
                }
                .to_string(),
            ),
            Met::Cut(have) => {
                loader.lost(cut(offset, Some(head.tag), head.payload_bytes, have).to_string());
                return Ok(());
            }
        }
        let fill = padding(head.payload_bytes).len() as u64;
        input.skip(fill).map_err(|error| error.to_string())?;
    }
}

/// How many bytes of the file are its header.
pub(crate) const HEADER_BYTES: u64 = FILE_HEADER_BYTES as u64;

fn head_of(bytes: &[u8], offset: u64) -> Option<Head> {
    let (tag, rest) = bytes.split_first_chunk()?;
    let (stored, rest) = rest.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    Some(Head {
        tag: Tag(*tag),
        offset,
        stored: u32::from_le_bytes(*stored),
        payload_bytes: u64::from_le_bytes(*length),
    })
}

/// Reads one section behind its header.
fn section(head: &Head, input: &mut Input, loader: &mut Loader) -> io::Result<Met> {
    let array = Kind::ALL.into_iter().find(|kind| kind.tag() == head.tag);
    let mut looks = LookFile::ALL.into_iter();
    if let Some(look) = looks.find(|look| look.tag() == head.tag) {
        return match look.is_wanted(loader) {
            true => look_section(look, head, input, loader),
            false => step_over(head, input),
        };
    }
    match (head.tag, array) {
        (_, Some(Kind::Events)) => step_over(head, input),
        (_, Some(_)) if !loader.wants_sites() => check(head, input),
        (_, Some(kind)) => array_section(kind, head, input, loader),
        (Tag::META | Tag::PROC | Tag::SYMS, None) => whole_section(head, input, loader),
        (tag, None) => {
            let met = check(head, input)?;
            if matches!(met, Met::Whole) {
                loader.lost(format!(
                    "the {tag} section at byte {} was left out: a newer tenure wrote it",
                    head.offset
                ));
            }
            Ok(met)
        }
    }
}

/// Steps over a payload without a look at it.
fn step_over(head: &Head, input: &mut Input) -> io::Result<Met> {
    let skipped = input.skip(head.payload_bytes)?;
    Ok(match skipped < head.payload_bytes {
        true => Met::Cut(SECTION_HEADER_BYTES as u64 + skipped),
        false => Met::Whole,
    })
}

/// Reads a payload for its checksum alone.
fn check(head: &Head, input: &mut Input) -> io::Result<Met> {
    let mut payload = Payload::of(head, input);
    io::copy(&mut payload, &mut io::sink())?;
    Ok(payload.met())
}

/// Reads a payload into memory and takes it in, when it is whole.
fn whole_section(head: &Head, input: &mut Input, loader: &mut Loader) -> io::Result<Met> {
    if head.payload_bytes > WHOLE_BYTES_MAX {
        let met = step_over(head, input)?;
        if matches!(met, Met::Whole) {
            loader.lost(large(head));
        }
        return Ok(met);
    }
    let mut payload = Payload::of(head, input);
    let mut bytes = Vec::new();
    payload.read_to_end(&mut bytes)?;
    let met = payload.met();
    if matches!(met, Met::Whole) {
        match head.tag {
            Tag::META => loader.facts(&bytes, head.offset),
            Tag::SYMS => loader.names(&bytes, head.offset),
            _ => loader.state(&bytes, None),
        }
    } else if head.tag == Tag::PROC {
        // The files that follow are not of the process before.
        loader.end_of_process();
    }
    Ok(met)
}

/// Reads an array file, most of all the sites, which are summed on the way.
fn array_section(
    kind: Kind,
    head: &Head,
    input: &mut Input,
    loader: &mut Loader,
) -> io::Result<Met> {
    if kind == Kind::Sites {
        let mut payload = Payload::of(head, input);
        let taken = loader.array(kind, &mut payload, &mut |_| Ok(()));
        // What the format refused is still checked to its end.
        io::copy(&mut payload, &mut io::sink())?;
        let met = payload.met();
        if !matches!(met, Met::Whole) {
            loader.forget_sites();
        }
        told(taken, head, loader)?;
        return Ok(met);
    }
    if head.payload_bytes > WHOLE_BYTES_MAX {
        let met = step_over(head, input)?;
        loader.lost(large(head));
        return Ok(met);
    }
    let mut payload = Payload::of(head, input);
    let mut bytes = Vec::new();
    payload.read_to_end(&mut bytes)?;
    let met = payload.met();
    if matches!(met, Met::Whole) {
        let taken = loader.array(kind, &mut bytes.as_slice(), &mut |_| Ok(()));
        told(taken, head, loader)?;
    }
    Ok(met)
}

/// Reads what a look at a heap has left. Of a file whose end is missing, what is there is used.
fn look_section(
    look: LookFile,
    head: &Head,
    input: &mut Input,
    loader: &mut Loader,
) -> io::Result<Met> {
    let mut payload = Payload::of(head, input);
    let unpacked = look.unpack(&mut payload)?;
    // What cannot be unpacked is still checked to its end.
    io::copy(&mut payload, &mut io::sink())?;
    let met = payload.met();
    if !matches!(met, Met::Damaged(_))
        && let Err(why) = look.take_in(&unpacked, matches!(met, Met::Cut(_)), loader)
    {
        loader.lost(format!(
            "the {} section at byte {} was left out: {why}",
            head.tag, head.offset
        ));
    }
    Ok(met)
}

fn told(taken: Result<(), ArrayFailure>, head: &Head, loader: &mut Loader) -> io::Result<()> {
    match taken {
        Ok(()) => {}
        Err(ArrayFailure::Input(error)) => return Err(error),
        Err(ArrayFailure::Large) => loader.lost(large(head)),
        Err(ArrayFailure::Format(error)) => loader.lost(format!(
            "the {} section at byte {} was left out: {error}",
            head.tag, head.offset
        )),
    }
    Ok(())
}

/// A payload on its way: its bytes, their number and their checksum.
struct Payload<'a> {
    input: &'a mut Input,
    left: u64,
    read: u64,
    stored: u32,
    crc: Crc32,
}

impl<'a> Payload<'a> {
    fn of(head: &Head, input: &'a mut Input) -> Self {
        Self {
            input,
            left: head.payload_bytes,
            read: 0,
            stored: head.stored,
            crc: Crc32::new(),
        }
    }

    fn met(&self) -> Met {
        let computed = self.crc.finish();
        if self.left > 0 {
            Met::Cut(SECTION_HEADER_BYTES as u64 + self.read)
        } else if computed != self.stored {
            Met::Damaged(computed)
        } else {
            Met::Whole
        }
    }
}

impl Read for Payload<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.input.read(&mut buffer[..room])?;
        self.crc = self.crc.update(&buffer[..read]);
        self.left -= read as u64;
        self.read += read as u64;
        Ok(read)
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn cut(offset: u64, tag: Option<Tag>, payload_bytes: u64, have_bytes: u64) -> ContainerError {
    ContainerError::Cut {
        offset: size(offset),
        tag,
        need_bytes: (SECTION_HEADER_BYTES as u64).saturating_add(payload_bytes),
        have_bytes: size(have_bytes),
    }
}

fn missing(offset: u64, promised: u32, found: u32) -> ContainerError {
    ContainerError::Missing {
        offset: size(offset),
        promised,
        found,
    }
}

fn trailing(offset: u64, extra_bytes: u64) -> ContainerError {
    ContainerError::Trailing {
        offset: size(offset),
        extra_bytes: size(extra_bytes),
    }
}

fn large(head: &Head) -> String {
    format!(
        "the {} section at byte {} was left out: it has {} bytes, and no more than {} GiB of such \
         a section are read",
        head.tag,
        head.offset,
        head.payload_bytes,
        WHOLE_BYTES_MAX >> 30
    )
}
