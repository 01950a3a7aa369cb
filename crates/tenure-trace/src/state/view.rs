//! A state file, read in place: every size and offset is checked before it is used.

use super::StateError;
use super::account::{self, AccountRecord};
use super::header::{self, Header};
use super::shard::{self, ClassCounts, ShardHead};
use crate::little_endian::{array_at, i64_at, u16_at, u32_at, u64_at};

/// A state file over bytes that someone else holds. Costs nothing but the checks of the header.
///
/// A file whose tail is missing still parses: the shards that are whole are iterated, and
/// [`missing_shards`](Self::missing_shards) says how many are not.
///
/// ```
/// # use tenure_trace::state::{Header, StateImage, StateView};
/// # let mut bytes = [0; 8192 + 128];
/// # let header = Header { pid: 7, shard_count: 1, shard_capacity: 1, ..Header::default() };
/// # StateImage::format(&mut bytes, &header, &[16, 32]).unwrap();
/// let view = StateView::parse(&bytes)?;
/// let allocations: u64 = view.shards().skip(1) // shard 0 is what was inherited
///     .flat_map(|shard| shard.classes())
///     .map(|class| class.allocations)
///     .sum();
/// # assert_eq!((view.header().pid, allocations), (7, 0));
/// # Ok::<(), tenure_trace::state::StateError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StateView<'a> {
    bytes: &'a [u8],
    header: Header,
    class_count: usize,
    shard_bytes: usize,
    whole_shards: usize,
}

impl<'a> StateView<'a> {
    /// Checks the header and the sizes that it names.
    ///
    /// # Errors
    ///
    /// [`StateError`] where the header is cut short, blank, foreign, of another version, or has a
    /// size or length that the layout does not allow.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, StateError> {
        let found = array_at(bytes, header::MAGIC_OFFSET).ok_or(short(bytes))?;
        if found == [0; 8] {
            return Err(StateError::Blank);
        }
        if found != header::MAGIC {
            return Err(StateError::Magic { found });
        }
        let head = bytes.get(..header::HEADER_BYTES).ok_or(short(bytes))?;
        let version = field_u32(head, header::VERSION_OFFSET)?;
        if version != header::VERSION {
            return Err(StateError::Version { found: version });
        }
        const HEADER_BYTES: u64 = header::HEADER_BYTES as u64;
        checked(
            head,
            "header_bytes",
            header::HEADER_BYTES_OFFSET,
            HEADER_BYTES,
            HEADER_BYTES,
        )?;
        let class_max = header::CLASS_CAPACITY as u64;
        let class_count = checked(
            head,
            "class_count",
            header::CLASS_COUNT_OFFSET,
            1,
            class_max,
        )? as usize;
        let shard_bytes = shard::bytes_for(class_count) as u64;
        checked(
            head,
            "shard_bytes",
            header::SHARD_BYTES_OFFSET,
            shard_bytes,
            shard_bytes,
        )?;
        checked_text(
            head,
            "length of program",
            header::PROGRAM_OFFSET,
            header::PROGRAM_CAPACITY,
        )?;
        checked_text(
            head,
            "length of command",
            header::COMMAND_OFFSET,
            header::COMMAND_CAPACITY,
        )?;
        let header = decode_header(head).ok_or(short(bytes))?;
        let shard_bytes = shard_bytes as usize;
        let room = (bytes.len() - header::HEADER_BYTES) / shard_bytes;
        let count = usize::try_from(header.shard_count).unwrap_or(usize::MAX);
        Ok(Self {
            bytes,
            header,
            class_count,
            shard_bytes,
            whole_shards: count.min(room),
        })
    }

    /// The numbers of the header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Path of the program, as the process saw it; empty where it could not tell.
    pub fn program(&self) -> &'a [u8] {
        text(self.bytes, header::PROGRAM_OFFSET, header::PROGRAM_CAPACITY)
    }

    /// What the managers of memory in the process held, as last written down.
    pub fn accounts(&self) -> impl Iterator<Item = AccountRecord> + use<'a> {
        account::all(self.bytes.get(..header::HEADER_BYTES).unwrap_or_default())
    }

    /// Accounts for which the header had no room.
    pub fn accounts_left_out(&self) -> u32 {
        account::left_out(self.bytes)
    }

    /// The arguments, the program's own name first.
    pub fn arguments(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let command = self.command();
        let command = command.strip_suffix(b"\0").unwrap_or(command);
        let empty = command.is_empty();
        command.split(|&byte| byte == 0).filter(move |_| !empty)
    }

    /// Whether the command line filled its room, so that its tail may be missing.
    pub fn command_is_cut(&self) -> bool {
        self.command().len() == header::COMMAND_CAPACITY
    }

    /// Number of size classes, 1 to [`header::CLASS_CAPACITY`].
    pub fn class_count(&self) -> usize {
        self.class_count
    }

    /// Bytes that a block of `class` can be used for; of a huge class the upper bound. `None` for
    /// a class that does not exist.
    pub fn class_usable_bytes(&self, class: usize) -> Option<u64> {
        let offset = header::CLASS_TABLE_OFFSET + class.checked_mul(8)?;
        (class < self.class_count).then(|| u64_at(self.bytes, offset))?
    }

    /// Whether `class` is a range of huge blocks, not one exact size.
    pub fn class_is_huge(&self, class: usize) -> bool {
        u64::try_from(class).is_ok_and(|class| class >= self.header.first_huge_class)
    }

    /// The shards that were ever used, in order of their slot; the first is shard 0, what was
    /// inherited.
    pub fn shards(&self) -> impl Iterator<Item = ShardView<'a>> + use<'a> {
        let shards = self.bytes.get(header::HEADER_BYTES..).unwrap_or_default();
        let class_count = self.class_count;
        shards
            .chunks_exact(self.shard_bytes)
            .take(self.whole_shards)
            .enumerate()
            .map(move |(slot, bytes)| ShardView {
                slot,
                bytes,
                class_count,
            })
    }

    /// How many used shards the file has lost at its end; 0 for a whole file.
    pub fn missing_shards(&self) -> u64 {
        u64::from(self.header.shard_count) - self.whole_shards as u64
    }

    /// Bytes of the file that mean something: the header and the whole used shards.
    pub fn used_bytes(&self) -> &'a [u8] {
        let used = header::HEADER_BYTES + self.whole_shards * self.shard_bytes;
        self.bytes.get(..used).unwrap_or(self.bytes)
    }

    fn command(&self) -> &'a [u8] {
        text(self.bytes, header::COMMAND_OFFSET, header::COMMAND_CAPACITY)
    }
}

/// One shard of a [`StateView`].
#[derive(Clone, Copy, Debug)]
pub struct ShardView<'a> {
    slot: usize,
    bytes: &'a [u8],
    class_count: usize,
}

impl<'a> ShardView<'a> {
    /// Which shard this is; 0 is what was inherited.
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// Whether this is shard 0, which counts what was live at the fork.
    pub fn is_inherited(&self) -> bool {
        self.slot == 0
    }

    /// The counters that are not of one class.
    pub fn head(&self) -> ShardHead {
        let unsigned = |offset| u64_at(self.bytes, offset).unwrap_or(0);
        let signed = |offset| i64_at(self.bytes, offset).unwrap_or(0);
        ShardHead {
            state: unsigned(shard::STATE_OFFSET),
            live_delta_bytes: signed(shard::LIVE_DELTA_BYTES_OFFSET),
            live_delta_max_bytes: signed(shard::LIVE_DELTA_MAX_BYTES_OFFSET),
            huge_usable_bytes: unsigned(shard::HUGE_USABLE_BYTES_OFFSET),
            huge_usable_freed_bytes: unsigned(shard::HUGE_USABLE_FREED_BYTES_OFFSET),
            reallocs_in_place: unsigned(shard::REALLOCS_IN_PLACE_OFFSET),
            reallocs_moved: unsigned(shard::REALLOCS_MOVED_OFFSET),
            frees_remote: unsigned(shard::FREES_REMOTE_OFFSET),
        }
    }

    /// The counters of each class, in the order of the class table.
    pub fn classes(&self) -> impl Iterator<Item = ClassCounts> + use<'a> {
        let entries = self.bytes.get(shard::CLASSES_OFFSET..).unwrap_or_default();
        entries
            .chunks_exact(shard::CLASS_BYTES)
            .take(self.class_count)
            .map(|entry| {
                let at = |offset| u64_at(entry, offset).unwrap_or(0);
                ClassCounts {
                    allocations: at(shard::CLASS_ALLOCATIONS_OFFSET),
                    frees: at(shard::CLASS_FREES_OFFSET),
                    requested_bytes: at(shard::CLASS_REQUESTED_BYTES_OFFSET),
                    requested_freed_bytes: at(shard::CLASS_REQUESTED_FREED_BYTES_OFFSET),
                }
            })
    }
}

fn short(bytes: &[u8]) -> StateError {
    StateError::Short {
        have_bytes: bytes.len(),
        need_bytes: header::HEADER_BYTES,
    }
}

fn field_u32(head: &[u8], offset: usize) -> Result<u32, StateError> {
    u32_at(head, offset).ok_or(short(head))
}

/// The `u32` at `offset`, when it is in `min..=max`.
fn checked(
    head: &[u8],
    name: &'static str,
    offset: usize,
    min: u64,
    max: u64,
) -> Result<u64, StateError> {
    let found = u64::from(field_u32(head, offset)?);
    if (min..=max).contains(&found) {
        return Ok(found);
    }
    Err(StateError::Field {
        name,
        offset,
        found,
        min,
        max,
    })
}

/// Checks the length of the text at `offset` against the room it has.
fn checked_text(
    head: &[u8],
    name: &'static str,
    offset: usize,
    capacity: usize,
) -> Result<(), StateError> {
    let found = u16_at(head, offset).ok_or(short(head))?;
    if usize::from(found) <= capacity {
        return Ok(());
    }
    Err(StateError::Field {
        name,
        offset,
        found: found.into(),
        min: 0,
        max: capacity as u64,
    })
}

/// The text at `offset`: a length, then that many bytes, at most `capacity`.
fn text(bytes: &[u8], offset: usize, capacity: usize) -> &[u8] {
    let length = usize::from(u16_at(bytes, offset).unwrap_or(0)).min(capacity);
    bytes
        .get(offset + 2..offset + 2 + length)
        .unwrap_or_default()
}

fn decode_header(head: &[u8]) -> Option<Header> {
    Some(Header {
        shard_capacity: u32_at(head, header::SHARD_CAPACITY_OFFSET)?,
        shard_count: u32_at(head, header::SHARD_COUNT_OFFSET)?,
        pid: u32_at(head, header::PID_OFFSET)?,
        ppid: u32_at(head, header::PPID_OFFSET)?,
        start_unix_ns: u64_at(head, header::START_UNIX_NS_OFFSET)?,
        start_mono_ns: u64_at(head, header::START_MONO_NS_OFFSET)?,
        end_mono_ns: u64_at(head, header::END_MONO_NS_OFFSET)?,
        end: u32_at(head, header::END_OFFSET)?,
        flags: u32_at(head, header::FLAGS_OFFSET)?,
        held_bytes: u64_at(head, header::HELD_BYTES_OFFSET)?,
        held_peak_bytes: u64_at(head, header::HELD_PEAK_BYTES_OFFSET)?,
        live_published_bytes: i64_at(head, header::LIVE_PUBLISHED_BYTES_OFFSET)?,
        live_peak_bytes: u64_at(head, header::LIVE_PEAK_BYTES_OFFSET)?,
        resident_peak_bytes: u64_at(head, header::RESIDENT_PEAK_BYTES_OFFSET)?,
        threads_started: u64_at(head, header::THREADS_STARTED_OFFSET)?,
        threads_live: u64_at(head, header::THREADS_LIVE_OFFSET)?,
        threads_peak: u64_at(head, header::THREADS_PEAK_OFFSET)?,
        first_huge_class: u64_at(head, header::FIRST_HUGE_CLASS_OFFSET)?,
        mode: u32_at(head, header::MODE_OFFSET)?,
        sample_rate_bytes: u64_at(head, header::SAMPLE_RATE_BYTES_OFFSET)?,
        peak_epoch: u64_at(head, header::PEAK_EPOCH_OFFSET)?,
        peak_live_bytes: u64_at(head, header::PEAK_LIVE_BYTES_OFFSET)?,
        peak_mono_ns: u64_at(head, header::PEAK_MONO_NS_OFFSET)?,
        allocated_clock_bytes: u64_at(head, header::ALLOCATED_CLOCK_BYTES_OFFSET)?,
        scan_signal: u32_at(head, header::SCAN_SIGNAL_OFFSET)?,
        scan_requests: u32_at(head, header::SCAN_REQUESTS_OFFSET)?,
        scan_begun: u32_at(head, header::SCAN_BEGUN_OFFSET)?,
        scan_done: u32_at(head, header::SCAN_DONE_OFFSET)?,
        scan_status: u32_at(head, header::SCAN_STATUS_OFFSET)?,
        accounts_wanted: u32_at(head, header::ACCOUNTS_WANTED_OFFSET)?,
        scan_pause_ns: u64_at(head, header::SCAN_PAUSE_NS_OFFSET)?,
        limit_bytes: u64_at(head, header::LIMIT_BYTES_OFFSET)?,
        refusals: u64_at(head, header::REFUSALS_OFFSET)?,
        refused_bytes: u64_at(head, header::REFUSED_BYTES_OFFSET)?,
        refused_held_bytes: u64_at(head, header::REFUSED_HELD_BYTES_OFFSET)?,
        refused_mapped_bytes: u64_at(head, header::REFUSED_MAPPED_BYTES_OFFSET)?,
    })
}
