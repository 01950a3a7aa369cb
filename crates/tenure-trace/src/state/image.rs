//! Writing a whole state file into bytes, for those who make one without a live process.

use super::StateError;
use super::header::{self, Header};
use super::shard::{self, ClassCounts, ShardHead};
use crate::little_endian::put;

/// A state file being laid out in bytes that someone else holds.
///
/// The recorder writes its shared memory with atomics by the constants of [`header`] and
/// [`shard`]; this is for tests, tools and fuzz corpora.
#[derive(Debug)]
pub struct StateImage<'a> {
    bytes: &'a mut [u8],
    class_count: usize,
    shard_bytes: usize,
}

impl<'a> StateImage<'a> {
    /// Clears `bytes` and writes the header and the class table.
    ///
    /// # Errors
    ///
    /// [`StateError::Room`] where the bytes end before the header does,
    /// [`StateError::Field`] for no class or more than [`header::CLASS_CAPACITY`].
    pub fn format(
        bytes: &'a mut [u8],
        head: &Header,
        class_usable_bytes: &[u64],
    ) -> Result<Self, StateError> {
        let class_count = class_usable_bytes.len();
        if class_count == 0 || class_count > header::CLASS_CAPACITY {
            return Err(StateError::Field {
                name: "class_count",
                offset: header::CLASS_COUNT_OFFSET,
                found: class_count as u64,
                min: 1,
                max: header::CLASS_CAPACITY as u64,
            });
        }
        bytes.fill(0);
        let shard_bytes = shard::bytes_for(class_count);
        let mut image = Self {
            bytes,
            class_count,
            shard_bytes,
        };
        image.put(header::MAGIC_OFFSET, &header::MAGIC)?;
        image.put_u32(header::VERSION_OFFSET, header::VERSION)?;
        image.put_u32(header::HEADER_BYTES_OFFSET, header::HEADER_BYTES as u32)?;
        image.put_u32(header::SHARD_BYTES_OFFSET, shard_bytes as u32)?;
        image.put_u32(header::CLASS_COUNT_OFFSET, class_count as u32)?;
        for (class, usable) in class_usable_bytes.iter().enumerate() {
            image.put_u64(header::CLASS_TABLE_OFFSET + 8 * class, *usable)?;
        }
        image.put_header(head)?;
        Ok(image)
    }

    /// Writes the path of the program, cut to its room.
    ///
    /// # Errors
    ///
    /// [`StateError::Room`] where the bytes end before.
    pub fn set_program(&mut self, path: &[u8]) -> Result<(), StateError> {
        self.put_text(header::PROGRAM_OFFSET, path, header::PROGRAM_CAPACITY)
    }

    /// Writes the command line, arguments joined by NUL, cut to its room.
    ///
    /// # Errors
    ///
    /// [`StateError::Room`] where the bytes end before.
    pub fn set_command(&mut self, joined: &[u8]) -> Result<(), StateError> {
        self.put_text(header::COMMAND_OFFSET, joined, header::COMMAND_CAPACITY)
    }

    /// Writes the head of the shard `slot`.
    ///
    /// # Errors
    ///
    /// [`StateError::Room`] where the bytes end before that shard does.
    pub fn set_shard(&mut self, slot: usize, head: &ShardHead) -> Result<(), StateError> {
        let start = self.shard_offset(slot)?;
        self.put_u64(start + shard::STATE_OFFSET, head.state)?;
        self.put_i64(
            start + shard::LIVE_DELTA_BYTES_OFFSET,
            head.live_delta_bytes,
        )?;
        self.put_i64(
            start + shard::LIVE_DELTA_MAX_BYTES_OFFSET,
            head.live_delta_max_bytes,
        )?;
        self.put_u64(
            start + shard::HUGE_USABLE_BYTES_OFFSET,
            head.huge_usable_bytes,
        )?;
        self.put_u64(
            start + shard::HUGE_USABLE_FREED_BYTES_OFFSET,
            head.huge_usable_freed_bytes,
        )?;
        self.put_u64(
            start + shard::REALLOCS_IN_PLACE_OFFSET,
            head.reallocs_in_place,
        )?;
        self.put_u64(start + shard::REALLOCS_MOVED_OFFSET, head.reallocs_moved)?;
        self.put_u64(start + shard::FREES_REMOTE_OFFSET, head.frees_remote)
    }

    /// Writes the counters of `class` in the shard `slot`.
    ///
    /// # Errors
    ///
    /// [`StateError::Room`] for a shard beyond the bytes or a class that does not exist.
    pub fn set_class(
        &mut self,
        slot: usize,
        class: usize,
        counts: &ClassCounts,
    ) -> Result<(), StateError> {
        if class >= self.class_count {
            return Err(self.room(usize::MAX));
        }
        let entry = self.shard_offset(slot)? + shard::CLASSES_OFFSET + class * shard::CLASS_BYTES;
        self.put_u64(entry + shard::CLASS_ALLOCATIONS_OFFSET, counts.allocations)?;
        self.put_u64(entry + shard::CLASS_FREES_OFFSET, counts.frees)?;
        self.put_u64(
            entry + shard::CLASS_REQUESTED_BYTES_OFFSET,
            counts.requested_bytes,
        )?;
        let freed = entry + shard::CLASS_REQUESTED_FREED_BYTES_OFFSET;
        self.put_u64(freed, counts.requested_freed_bytes)
    }

    fn put_header(&mut self, head: &Header) -> Result<(), StateError> {
        self.put_u32(header::SHARD_CAPACITY_OFFSET, head.shard_capacity)?;
        self.put_u32(header::SHARD_COUNT_OFFSET, head.shard_count)?;
        self.put_u32(header::PID_OFFSET, head.pid)?;
        self.put_u32(header::PPID_OFFSET, head.ppid)?;
        self.put_u64(header::START_UNIX_NS_OFFSET, head.start_unix_ns)?;
        self.put_u64(header::START_MONO_NS_OFFSET, head.start_mono_ns)?;
        self.put_u64(header::END_MONO_NS_OFFSET, head.end_mono_ns)?;
        self.put_u32(header::END_OFFSET, head.end)?;
        self.put_u32(header::FLAGS_OFFSET, head.flags)?;
        self.put_u64(header::HELD_BYTES_OFFSET, head.held_bytes)?;
        self.put_u64(header::HELD_PEAK_BYTES_OFFSET, head.held_peak_bytes)?;
        self.put_i64(
            header::LIVE_PUBLISHED_BYTES_OFFSET,
            head.live_published_bytes,
        )?;
        self.put_u64(header::LIVE_PEAK_BYTES_OFFSET, head.live_peak_bytes)?;
        self.put_u64(header::RESIDENT_PEAK_BYTES_OFFSET, head.resident_peak_bytes)?;
        self.put_u64(header::THREADS_STARTED_OFFSET, head.threads_started)?;
        self.put_u64(header::THREADS_LIVE_OFFSET, head.threads_live)?;
        self.put_u64(header::THREADS_PEAK_OFFSET, head.threads_peak)?;
        self.put_u64(header::FIRST_HUGE_CLASS_OFFSET, head.first_huge_class)?;
        self.put_u32(header::MODE_OFFSET, head.mode)?;
        self.put_u64(header::SAMPLE_RATE_BYTES_OFFSET, head.sample_rate_bytes)?;
        self.put_u64(header::PEAK_EPOCH_OFFSET, head.peak_epoch)?;
        self.put_u64(header::PEAK_LIVE_BYTES_OFFSET, head.peak_live_bytes)?;
        self.put_u64(header::PEAK_MONO_NS_OFFSET, head.peak_mono_ns)?;
        let clock = header::ALLOCATED_CLOCK_BYTES_OFFSET;
        self.put_u64(clock, head.allocated_clock_bytes)?;
        self.put_u32(header::SCAN_SIGNAL_OFFSET, head.scan_signal)?;
        self.put_u32(header::SCAN_REQUESTS_OFFSET, head.scan_requests)?;
        self.put_u32(header::SCAN_BEGUN_OFFSET, head.scan_begun)?;
        self.put_u32(header::SCAN_DONE_OFFSET, head.scan_done)?;
        self.put_u32(header::SCAN_STATUS_OFFSET, head.scan_status)?;
        self.put_u32(header::ACCOUNTS_WANTED_OFFSET, head.accounts_wanted)?;
        self.put_u64(header::SCAN_PAUSE_NS_OFFSET, head.scan_pause_ns)?;
        self.put_u64(header::LIMIT_BYTES_OFFSET, head.limit_bytes)?;
        self.put_u64(header::REFUSALS_OFFSET, head.refusals)?;
        self.put_u64(header::REFUSED_BYTES_OFFSET, head.refused_bytes)?;
        self.put_u64(header::REFUSED_HELD_BYTES_OFFSET, head.refused_held_bytes)?;
        let mapped = header::REFUSED_MAPPED_BYTES_OFFSET;
        self.put_u64(mapped, head.refused_mapped_bytes)?;
        self.put(header::HEADER_BYTES - 1, &[0])
    }

    fn shard_offset(&self, slot: usize) -> Result<usize, StateError> {
        let end = slot
            .checked_add(1)
            .and_then(|shards| shards.checked_mul(self.shard_bytes))
            .and_then(|bytes| bytes.checked_add(header::HEADER_BYTES))
            .ok_or(self.room(usize::MAX))?;
        if end > self.bytes.len() {
            return Err(self.room(end));
        }
        Ok(end - self.shard_bytes)
    }

    fn put_text(&mut self, offset: usize, text: &[u8], capacity: usize) -> Result<(), StateError> {
        let cut = &text[..text.len().min(capacity)];
        self.put(offset + 2, cut)?;
        self.put(offset, &(cut.len() as u16).to_le_bytes())
    }

    fn put_u32(&mut self, offset: usize, value: u32) -> Result<(), StateError> {
        self.put(offset, &value.to_le_bytes())
    }

    fn put_u64(&mut self, offset: usize, value: u64) -> Result<(), StateError> {
        self.put(offset, &value.to_le_bytes())
    }

    fn put_i64(&mut self, offset: usize, value: i64) -> Result<(), StateError> {
        self.put(offset, &value.to_le_bytes())
    }

    fn put(&mut self, offset: usize, value: &[u8]) -> Result<(), StateError> {
        let need = offset.saturating_add(value.len());
        put(self.bytes, offset, value).ok_or(self.room(need))
    }

    fn room(&self, need_bytes: usize) -> StateError {
        StateError::Room {
            have_bytes: self.bytes.len(),
            need_bytes,
        }
    }
}
