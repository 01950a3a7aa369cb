//! One part of a log: a file, an entry of an archive, or stdin; unpacked as it is read.

use crate::failure::{Failure, INPUT};
use flate2::bufread::MultiGzDecoder;
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tenure_formats::gclog::Reader;
use tenure_model::timeline::{Event, Fact, Remark, Sink, Stamp};

/// Bytes of a part that are read to find its first stamp.
const PROBE_BYTES: u64 = 256 << 10;

/// How a zip begins: with an entry, or, when it has none, with its end.
const ZIP_MAGICS: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];

/// One part of a log.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// Bytes as it lies there, packed; 0 for stdin.
    pub(super) bytes: u64,
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    Stdin,
    /// A pipe or device, until it is read.
    Pipe(RefCell<Option<File>>),
    File(PathBuf),
    /// Number of the entry in the archive.
    Entry(PathBuf, usize),
}

/// A part that is being read.
pub(super) struct Opened {
    reader: Box<dyn Read>,
    position: Rc<Cell<u64>>,
}

impl Opened {
    /// Bytes read of the part as it lies there.
    pub(super) fn position(&self) -> u64 {
        self.position.get()
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// Counts what goes through.
struct Counted<R> {
    inner: R,
    position: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.position.set(self.position.get() + count as u64);
        Ok(count)
    }
}

impl Part {
    /// The parts of `path`: itself, or the entries of a zip.
    pub(super) fn all_of(path: &Path) -> Result<Vec<Self>, Failure> {
        if path == Path::new("-") {
            return Ok(vec![Self {
                name: "stdin".to_owned(),
                bytes: 0,
                origin: Origin::Stdin,
            }]);
        }
        let name = path.display().to_string();
        let mut file = File::open(path).map_err(|error| unreadable(&name, &error))?;
        let found = file.metadata().map_err(|error| unreadable(&name, &error))?;
        if found.is_dir() {
            let way_out = "give the files in it, such as its gc.log*";
            return Err(Failure::new(
                INPUT,
                format!("{name}: it is a folder; {way_out}"),
            ));
        }
        if !found.is_file() {
            // What is read from a pipe is gone: it is opened once, and not looked into before.
            let origin = Origin::Pipe(RefCell::new(Some(file)));
            let bytes = 0;
            return Ok(vec![Self {
                name,
                bytes,
                origin,
            }]);
        }
        let mut magic = [0; 4];
        let is_zip = file.read_exact(&mut magic).is_ok() && ZIP_MAGICS.contains(&magic);
        if !is_zip {
            let origin = Origin::File(path.to_owned());
            return Ok(vec![Self {
                name,
                bytes: found.len(),
                origin,
            }]);
        }
        let archive = zip::ZipArchive::new(file).map_err(|error| damaged(&name, &error))?;
        let mut parts = Vec::new();
        for index in 0..archive.len() {
            let entry = archive.name_for_index(index).unwrap_or_default();
            if !entry.ends_with('/') {
                parts.push(Self {
                    name: format!("{name}/{entry}"),
                    bytes: found.len() / archive.len().max(1) as u64,
                    origin: Origin::Entry(path.to_owned(), index),
                });
            }
        }
        if parts.is_empty() {
            let message = format!("{name}: the zip holds no file; give one with a log in it");
            return Err(Failure::new(INPUT, message));
        }
        Ok(parts)
    }

    /// Opens it for reading from its beginning, unpacked.
    pub(super) fn open(&self) -> Result<Opened, Failure> {
        let position = Rc::new(Cell::new(0));
        let raw: Box<dyn Read> = match &self.origin {
            Origin::Stdin => Box::new(stdin()),
            Origin::Pipe(file) => match file.borrow_mut().take() {
                Some(file) => Box::new(file),
                None => Box::new(std::io::empty()),
            },
            Origin::File(path) => {
                Box::new(File::open(path).map_err(|error| unreadable(&self.name, &error))?)
            }
            Origin::Entry(path, index) => {
                let reader = self.entry(path, *index)?;
                return Ok(Opened { reader, position });
            }
        };
        let counted = Counted {
            inner: raw,
            position: Rc::clone(&position),
        };
        let mut packed = BufReader::with_capacity(128 << 10, counted);
        let head = packed
            .fill_buf()
            .map_err(|error| unreadable(&self.name, &error))?;
        let reader: Box<dyn Read> = if head.starts_with(b"\x1f\x8b") {
            Box::new(MultiGzDecoder::new(packed))
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            let unpacked = zstd::Decoder::with_buffer(packed);
            Box::new(unpacked.map_err(|error| unreadable(&self.name, &error))?)
        } else if head.starts_with(b"PK\x03\x04") {
            let way_out = "a zip cannot be read from a pipe; give it as a file";
            return Err(Failure::new(INPUT, format!("{}: {way_out}", self.name)));
        } else {
            Box::new(packed)
        };
        Ok(Opened { reader, position })
    }

    /// An entry of an archive, read by a thread of its own, because it borrows the archive.
    fn entry(&self, path: &Path, index: usize) -> Result<Box<dyn Read>, Failure> {
        let file = File::open(path).map_err(|error| unreadable(&self.name, &error))?;
        let mut archive =
            zip::ZipArchive::new(file).map_err(|error| damaged(&self.name, &error))?;
        let (reader, mut writer) =
            std::io::pipe().map_err(|error| unreadable(&self.name, &error))?;
        std::thread::spawn(move || {
            // A damaged entry ends early; what came out of it is shown.
            if let Ok(mut entry) = archive.by_index(index) {
                let _ = std::io::copy(&mut entry, &mut writer);
            }
        });
        Ok(Box::new(reader))
    }

    /// The first stamp, as date and run clock.
    fn first_stamp(&self) -> Option<Stamp> {
        if matches!(self.origin, Origin::Stdin | Origin::Pipe(_)) {
            return None;
        }
        let mut probe = Probe::default();
        let mut reader = Reader::new();
        let mut bytes = Vec::new();
        self.open()
            .ok()?
            .take(PROBE_BYTES)
            .read_to_end(&mut bytes)
            .ok()?;
        reader.feed(&bytes, &mut probe);
        reader.finish(&mut probe);
        probe.first
    }
}

/// Brings the parts of a rotated log into the order of their first stamps. Without stamps in all
/// of them the order stays as it was given.
pub(super) fn order(parts: &mut Vec<Part>) {
    let stamps: Option<Vec<_>> = parts.iter().map(Part::first_stamp).collect();
    let Some(stamps) = stamps else { return };
    let dated = stamps.iter().all(|stamp| stamp.unix_ns.is_some());
    let key = |stamp: &Stamp| match (dated, stamp.unix_ns) {
        (true, Some(unix_ns)) => i128::from(unix_ns),
        _ => i128::from(stamp.run_ns),
    };
    let mut ordered: Vec<_> = stamps.iter().map(key).zip(parts.drain(..)).collect();
    ordered.sort_by_key(|(at, _)| *at);
    parts.extend(ordered.into_iter().map(|(_, part)| part));
}

/// Keeps the first stamp.
#[derive(Default)]
struct Probe {
    first: Option<Stamp>,
}

impl Sink for Probe {
    fn stamp(&mut self, stamp: Stamp) {
        self.first.get_or_insert(stamp);
    }

    fn event(&mut self, _: &Event) {}

    fn fact(&mut self, _: Fact) {}

    fn remark(&mut self, _: u64, _: Remark) {}
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::new(
        INPUT,
        format!("{name}: {error}; give a log that can be read"),
    )
}

fn damaged(name: &str, error: &zip::result::ZipError) -> Failure {
    Failure::new(
        INPUT,
        format!("{name}: {error}; the zip is damaged, unpack what is whole of it"),
    )
}
