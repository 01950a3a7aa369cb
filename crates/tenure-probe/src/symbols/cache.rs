//! What was looked up once, kept on disk: one file for each build-id.
//!
//! # Shape
//!
//! ```text
//! ├─ magic 8 ─┼─ version 4 ─┼─ quality 4 ─┤                          file header
//! ├─ bytes 4 ─┼─ crc32 4 ─┼─ payload ─┤                              block, repeated
//! payload: strings 4, each: bytes 4, UTF-8; addresses 4, each: address 8, frames 4,
//!          each: function 4, mangled 4, file 4, line 4, offset 8
//! ```
//!
//! Little-endian. A function, mangled name or file is its string's index plus one; 0 is none, and
//! so is line 0 and offset `u64::MAX`. A block is what one look-up found.
//!
//! # Invariants
//!
//! * Everything in a file was found with its quality, and a file's quality only rises: finding
//!   more (debug data was installed) begins the file anew.
//! * A block is added behind the last whole one, under an exclusive lock; readers hold a shared
//!   one. What is torn, damaged or of another version is not read, and is overwritten next time.
//!
//! # Cost
//!
//! A file holds 32 MiB at most, then it begins anew; all together 256 MiB, then those that were
//! not used for longest go, until half is left. A lock that is held for longer than a fifth of a
//! second is not waited for: the look-up is done as if there were no cache.

mod block;

use super::{Frame, Quality};
use block::{decode, encode};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

const MAGIC: [u8; 8] = *b"TNRSYMB1";
const VERSION: u32 = 2;
const HEADER_BYTES: usize = 16;
const BLOCK_HEADER_BYTES: usize = 8;
/// A file of the cache may grow to this. In bytes.
const FILE_BYTES_MAX: u64 = 32 << 20;
/// All of them together. In bytes.
const FOLDER_BYTES_MAX: u64 = 256 << 20;
/// Shorter build-ids are no proof. In bytes.
const BUILD_ID_BYTES_MIN: usize = 8;
const BUILD_ID_BYTES_MAX: usize = 64;
/// How often, and how long apart, a lock is tried.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// A folder that keeps what was looked up. Several processes may use it at once.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    file_bytes_max: u64,
    folder_bytes_max: u64,
}

/// What a file of the cache holds.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// With how much at hand it was found.
    pub(super) quality: Quality,
    /// Sorted by address.
    frames: Vec<(u64, Vec<Frame>)>,
}

impl Cache {
    /// The cache in `folder`, which is made when something is kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            file_bytes_max: FILE_BYTES_MAX,
            folder_bytes_max: FOLDER_BYTES_MAX,
        }
    }

    /// What is kept for `build_id`; nothing where it cannot be read, for whatever reason.
    pub(super) fn read(&self, build_id: &[u8]) -> Kept {
        let read = || {
            let path = self.path(build_id)?;
            let mut file = File::open(path).ok()?;
            locked(|| file.try_lock_shared()).then_some(())?;
            // So that what is used stays.
            let _ = file.set_modified(SystemTime::now());
            let bytes = self.content(&mut file).ok()?;
            let (quality, _) = header(&bytes)?;
            let mut frames = Vec::new();
            blocks(&bytes, |payload| decode(payload, &mut frames));
            frames.sort_by_key(|(address, _)| *address);
            frames.dedup_by_key(|(address, _)| *address);
            Some(Kept { quality, frames })
        };
        read().unwrap_or_default()
    }

    /// Keeps `found`, unless better is kept already.
    pub(super) fn add(
        &self,
        build_id: &[u8],
        quality: Quality,
        found: &[(u64, Vec<Frame>)],
    ) -> io::Result<()> {
        let Some(path) = self.path(build_id) else {
            return Ok(());
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        let mut file = options.open(path)?;
        if !locked(|| file.try_lock()) {
            return Ok(());
        }
        let payload = encode(found);
        let bytes = self.content(&mut file).unwrap_or_default();
        let (mut end, is_better) = match header(&bytes) {
            Some((kept, _)) if kept == quality => (blocks(&bytes, |_| Some(())), false),
            Some((kept, _)) => (0, kept > quality),
            None => (0, false),
        };
        if is_better {
            return Ok(());
        }
        let needed = (BLOCK_HEADER_BYTES + payload.len()) as u64;
        if end as u64 + needed > self.file_bytes_max {
            end = 0;
        }
        if HEADER_BYTES as u64 + needed > self.file_bytes_max {
            return Ok(());
        }
        write(&mut file, end as u64, quality, &payload)?;
        drop(file);
        self.prune()
    }

    fn path(&self, build_id: &[u8]) -> Option<PathBuf> {
        let is_usable = (BUILD_ID_BYTES_MIN..=BUILD_ID_BYTES_MAX).contains(&build_id.len());
        let name: String = build_id.iter().map(|byte| format!("{byte:02x}")).collect();
        is_usable.then(|| self.folder.join(name))
    }

    fn content(&self, file: &mut File) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.take(self.file_bytes_max + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > self.file_bytes_max {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(bytes),
        }
    }

    /// Removes what was not used for longest, when all together is too much.
    fn prune(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let found = entry.metadata()?;
            if found.is_file() && is_a_build_id(&entry.path()) {
                files.push((found.modified()?, found.len(), entry.path()));
            }
        }
        let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        if total <= self.folder_bytes_max {
            return Ok(());
        }
        files.sort();
        for (_, bytes, path) in files {
            if total <= self.folder_bytes_max / 2 {
                break;
            }
            // Another process may have removed it.
            let _ = fs::remove_file(path);
            total = total.saturating_sub(bytes);
        }
        Ok(())
    }
}

impl Kept {
    /// The functions at `address`, when it was looked up before.
    pub(super) fn at(&self, address: u64) -> Option<&Vec<Frame>> {
        let at = self
            .frames
            .binary_search_by_key(&address, |(address, _)| *address)
            .ok()?;
        Some(&self.frames[at].1)
    }

    /// For each of the sorted `wanted` what was kept, or else is in the sorted `found`.
    pub(super) fn merged(
        &self,
        wanted: &[u64],
        found: Vec<(u64, Vec<Frame>)>,
    ) -> Vec<(u64, Vec<Frame>)> {
        let mut found = found.into_iter().peekable();
        let mut merge = |address: &u64| {
            let new = found.next_if(|(found, _)| found == address);
            let frames = new
                .map(|(_, frames)| frames)
                .or_else(|| self.at(*address).cloned());
            (*address, frames.unwrap_or_default())
        };
        wanted.iter().map(&mut merge).collect()
    }
}

/// Whether the lock was got.
fn locked(mut lock: impl FnMut() -> Result<(), TryLockError>) -> bool {
    for _ in 0..LOCK_TRIES {
        match lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(_)) => return false,
        }
    }
    false
}

fn is_a_build_id(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name.len() >= 2 * BUILD_ID_BYTES_MIN && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The quality that the header names, and what follows the header.
fn header(bytes: &[u8]) -> Option<(Quality, &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
    let word = |at: usize| Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?));
    if header[..8] != MAGIC || word(8)? != VERSION {
        return None;
    }
    let qualities = [
        Quality::Nothing,
        Quality::Exported,
        Quality::Functions,
        Quality::Lines,
    ];
    let quality = qualities
        .into_iter()
        .find(|quality| Some(*quality as u32) == word(12))?;
    Some((quality, rest))
}

/// Gives each whole block to `take`; the offset behind the last one that it took.
fn blocks(bytes: &[u8], mut take: impl FnMut(&[u8]) -> Option<()>) -> usize {
    let mut rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
    while let Some((header, after)) = rest.split_at_checked(BLOCK_HEADER_BYTES) {
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| header[at + byte]));
        let Some((payload, next)) = after.split_at_checked(word(0) as usize) else {
            break;
        };
        if crc32fast::hash(payload) != word(4) || take(payload).is_none() {
            break;
        }
        rest = next;
    }
    bytes.len() - rest.len()
}

/// Writes a block at `end`; at 0 the file begins anew.
fn write(file: &mut File, end: u64, quality: Quality, payload: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + BLOCK_HEADER_BYTES + payload.len());
    if end == 0 {
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend((quality as u32).to_le_bytes());
    }
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(crc32fast::hash(payload).to_le_bytes());
    bytes.extend(payload);
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    file.write_all(&bytes)
}

#[cfg(test)]
mod tests;
