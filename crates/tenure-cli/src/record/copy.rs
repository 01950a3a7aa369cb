//! Copying the sections of a record into another one.

use super::RecordWriter;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use tenure_trace::container::{
    Crc32, FILE_HEADER_BYTES, MAGIC, SECTION_HEADER_BYTES, Tag, padding,
};

/// Bytes that are copied at once.
const STEP_BYTES: u64 = 1 << 20;

/// A section that was found whole.
struct Whole {
    tag: Tag,
    begin: u64,
    payload_bytes: u64,
}

/// Copies every whole section of the `.tnr` file at `path` but its names, in order.
///
/// What is cut or damaged is left out; reading the record has told it. Sections of a newer
/// version are copied as they are.
pub(crate) fn copy_sections(path: &Path, target: &mut RecordWriter) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    for section in whole_sections(&mut file)? {
        if section.tag == Tag::SYMS {
            continue;
        }
        file.seek(SeekFrom::Start(section.begin))?;
        target.begin(section.tag)?;
        each_step(&mut file, section.payload_bytes, |bytes| {
            target.write_all(bytes)
        })?;
        target.end()?;
    }
    Ok(())
}

/// Whether the file at `path` is a `.tnr` file.
pub(crate) fn is_container(path: &Path) -> io::Result<bool> {
    let mut begin = Vec::new();
    File::open(path)?
        .take(MAGIC.len() as u64)
        .read_to_end(&mut begin)?;
    Ok(begin == MAGIC)
}

fn whole_sections(file: &mut (impl Read + Seek)) -> io::Result<Vec<Whole>> {
    let mut whole = Vec::new();
    let mut at = FILE_HEADER_BYTES as u64;
    loop {
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; SECTION_HEADER_BYTES];
        match file.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(whole),
            read => read?,
        }
        let Some((tag, stored, payload_bytes)) = parts(&head) else {
            return Ok(whole);
        };
        let begin = at + SECTION_HEADER_BYTES as u64;
        let mut crc = Crc32::new();
        let read = each_step(file, payload_bytes, |bytes| {
            crc = crc.update(bytes);
            Ok(())
        })?;
        if read < payload_bytes {
            return Ok(whole);
        }
        if crc.finish() == stored {
            whole.push(Whole {
                tag,
                begin,
                payload_bytes,
            });
        }
        let filled = payload_bytes.checked_add(padding(payload_bytes).len() as u64);
        let Some(next) = filled.and_then(|filled| begin.checked_add(filled)) else {
            return Ok(whole);
        };
        at = next;
    }
}

/// Tag, checksum and length of a section.
fn parts(head: &[u8; SECTION_HEADER_BYTES]) -> Option<(Tag, u32, u64)> {
    let (tag, rest) = head.split_first_chunk()?;
    let (stored, rest) = rest.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    Some((
        Tag(*tag),
        u32::from_le_bytes(*stored),
        u64::from_le_bytes(*length),
    ))
}

/// Gives the next bytes to `take`, at most `bytes`; how many there were.
fn each_step(
    file: &mut impl Read,
    bytes: u64,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<u64> {
    let mut done = 0;
    let mut step = Vec::new();
    while done < bytes {
        step.clear();
        file.take((bytes - done).min(STEP_BYTES))
            .read_to_end(&mut step)?;
        if step.is_empty() {
            break;
        }
        take(&step)?;
        done += step.len() as u64;
    }
    Ok(done)
}
