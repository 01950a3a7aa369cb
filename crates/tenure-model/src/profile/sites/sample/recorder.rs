//! A recorder for tests: it is told events and makes the files that a recorded process leaves.
//!
//! It follows the definitions of the record step by step and keeps no secret: what it writes can
//! be worked out by hand from the events.

use std::collections::BTreeMap;
use tenure_trace::profile::{
    ArrayHeader, Frame, FunctionRecord, Kind, ModuleRecord, Node, Point, SiteRecord, code,
    histogram, node, site,
};
use tenure_trace::state::{ClassCounts, Header, StateImage, header, shard};

/// What the allocator holds is a multiple of this.
const HELD_STEP_BYTES: u64 = 64 << 10;
/// Width of an interval of the timeline in nanoseconds.
const WIDTH_NS: u64 = 1_000_000;

/// What a block of this many requested bytes can be used for: the next multiple of 16.
fn usable(bytes: u64) -> u64 {
    bytes.next_multiple_of(16).max(16)
}

/// A block that a [`Recorder`] handed out.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    site: u32,
    shard: u32,
    bytes: u64,
    birth_ns: u64,
    birth_bytes: u64,
    /// Probability with which it was sampled; `None` for one that was not.
    sampled: Option<f64>,
}

/// The files of one process.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Process id.
    pub pid: u32,
    /// Number of the image.
    pub seq: u32,
    /// The state file.
    pub state: Vec<u8>,
    /// The nodes file.
    pub nodes: Vec<u8>,
    /// The sites file.
    pub sites: Vec<u8>,
    /// The modules file.
    pub modules: Vec<u8>,
    /// The code file.
    pub code: Vec<u8>,
    /// The timeline file.
    pub timeline: Vec<u8>,
}

/// Makes the files of one process from the events that it is told.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// The fields of the state file.
    pub header: Header,
    /// Number of the image.
    pub seq: u32,
    /// Path of the program.
    pub program: String,
    /// Nanoseconds since the start of recording; events happen at this time.
    pub now_ns: u64,
    /// The thread that acts; its slot in the state file.
    pub shard: u32,
    /// Version and state of the interpreter, as in the header of the code file.
    pub interpreter: (u64, u64),
    modules: Vec<(String, Vec<u8>)>,
    functions: Vec<Vec<u8>>,
    nodes: Vec<Node>,
    records: BTreeMap<(u32, u32), SiteRecord>,
    points: Vec<Point>,
    clock_bytes: u64,
    live_bytes: i64,
    held_bytes: u64,
    /// Mean gap between two samples; 0 where every event is recorded.
    rate_bytes: u64,
    gap_bytes: f64,
    random: u64,
}

impl Recorder {
    /// A recorder of every event.
    pub fn every(pid: u32, program: &str) -> Self {
        Self {
            header: Header {
                pid,
                ppid: 1,
                start_unix_ns: 1_700_000_000_000_000_000,
                start_mono_ns: 5_000_000_000,
                mode: header::MODE_EVERY,
                threads_started: 1,
                threads_peak: 1,
                first_huge_class: 1,
                ..Header::default()
            },
            seq: 0,
            program: program.to_owned(),
            now_ns: 0,
            shard: 1,
            interpreter: (0, code::STATE_NONE),
            modules: Vec::new(),
            functions: Vec::new(),
            nodes: vec![Node::default()],
            records: BTreeMap::new(),
            points: Vec::new(),
            clock_bytes: 0,
            live_bytes: 0,
            held_bytes: 0,
            rate_bytes: 0,
            gap_bytes: 0.0,
            random: 0,
        }
    }

    /// A recorder of samples, one for each `rate_bytes` on average; `seed` decides which.
    pub fn sample(pid: u32, program: &str, rate_bytes: u64, seed: u64) -> Self {
        let mut recorder = Self::every(pid, program);
        recorder.header.mode = header::MODE_SAMPLE;
        recorder.header.sample_rate_bytes = rate_bytes;
        recorder.rate_bytes = rate_bytes;
        recorder.random = seed;
        recorder.gap_bytes = recorder.next_gap();
        recorder
    }

    /// Loads a program or library; gives its module number.
    pub fn load(&mut self, path: &str, build_id: &[u8]) -> u16 {
        self.modules.push((path.to_owned(), build_id.to_vec()));
        self.modules.len() as u16
    }

    /// Meets an interpreted function; gives the frame of `line` in it.
    pub fn interpret(&mut self, function: &FunctionRecord<'_>, line: u32) -> Frame {
        self.functions.push(function.encode().to_vec());
        let index = self.functions.len() as u32 - 1;
        Frame::new(node::MODULE_INTERPRETED, code::offset_of(index, line))
    }

    /// The site of a stack, given from the outermost frame to the innermost.
    pub fn site(&mut self, frames: &[Frame]) -> u32 {
        frames.iter().fold(0, |parent, &frame| {
            let node = Node { frame, parent };
            let known = self.nodes.iter().skip(1).position(|known| *known == node);
            let at = known.map(|at| at + 1).unwrap_or_else(|| {
                self.nodes.push(node);
                self.nodes.len() - 1
            });
            at as u32
        })
    }

    /// Allocates `bytes` at `site`.
    pub fn allocate(&mut self, site: u32, bytes: u64) -> Block {
        self.clock_bytes += bytes;
        let mut block = Block {
            site,
            shard: self.shard,
            bytes,
            birth_ns: self.now_ns,
            birth_bytes: self.clock_bytes,
            sampled: None,
        };
        if self.takes(bytes) {
            block.sampled = Some(self.chance(bytes));
            self.count_allocation(&block);
        }
        self.moved(bytes.cast_signed());
        block
    }

    /// Frees `block`.
    pub fn free(&mut self, block: Block) {
        if let Some(chance) = block.sampled {
            self.count_free(&block, chance);
        }
        self.moved(-block.bytes.cast_signed());
    }

    /// The record of `site` in the acting thread, for counters that no event here counts.
    pub fn record(&mut self, site: u32) -> &mut SiteRecord {
        let (shard, epoch) = (self.shard, self.header.peak_epoch as u32);
        let sampled = self.rate_bytes > 0;
        let fresh = || SiteRecord {
            site,
            shard,
            flags: site::FLAG_IN_USE | if sampled { site::FLAG_SAMPLED } else { 0 },
            peak_epoch: epoch,
            ..SiteRecord::default()
        };
        let record = self.records.entry((site, shard)).or_insert_with(fresh);
        if record.peak_epoch != epoch {
            // The first change since the peak: what is live now was live then.
            record.peak_epoch = epoch;
            record.live_blocks_at_peak =
                record.allocations.cast_signed() - record.frees.cast_signed();
            record.live_bytes_at_peak =
                record.allocated_bytes.cast_signed() - record.freed_bytes.cast_signed();
            record.est_live_blocks_at_peak = record.est_allocations - record.est_frees;
            record.est_live_bytes_at_peak = record.est_allocated_bytes - record.est_freed_bytes;
            record.var_live_bytes_at_peak = record.var_allocated_bytes - record.var_freed_bytes;
        }
        record
    }

    /// The files as they are now. With `ended` the process has left through `exit`.
    pub fn files(&self, ended: bool) -> Files {
        let (pid, seq) = (self.header.pid, self.seq);
        let array = |kind: Kind, elements: Vec<Vec<u8>>| {
            let head = ArrayHeader {
                pid,
                seq,
                count: elements.len() as u64,
                width_ns: WIDTH_NS,
                start_mono_ns: self.header.start_mono_ns,
                ..ArrayHeader::default()
            };
            [head.encode(kind).to_vec(), elements.concat()].concat()
        };
        let nodes = self.nodes.iter().map(|node| node.encode().to_vec());
        let records = self.records.values().map(|record| record.encode().to_vec());
        let points = self.points.iter().map(|point| point.encode().to_vec());
        Files {
            pid,
            seq,
            state: self.state(ended),
            nodes: array(Kind::Nodes, nodes.collect()),
            sites: array(Kind::Sites, records.collect()),
            modules: array(Kind::Modules, self.module_elements()),
            code: self.code(array(Kind::Code, self.functions.clone())),
            timeline: array(Kind::Timeline, points.collect()),
        }
    }

    /// The code file, with what its header says of the interpreter.
    fn code(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let (version, state) = self.interpreter;
        for (offset, value) in [(code::VERSION_OFFSET, version), (code::STATE_OFFSET, state)] {
            bytes[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
        }
        bytes
    }

    fn module_elements(&self) -> Vec<Vec<u8>> {
        let element = |(id, (path, build_id)): (u16, &(String, Vec<u8>))| {
            let start = 0x5500_0000_0000 + u64::from(id) * 0x1000_0000;
            let module = ModuleRecord {
                id,
                bias: start,
                start,
                end: start + 0x10_0000,
                build_id,
                path: path.as_bytes(),
                ..ModuleRecord::default()
            };
            module.encode().to_vec()
        };
        (1..).zip(&self.modules).map(element).collect()
    }

    fn state(&self, ended: bool) -> Vec<u8> {
        let shards = self.records.keys().map(|key| key.1).max().unwrap_or(1) + 1;
        let mut fields = Header {
            shard_count: shards,
            shard_capacity: shards,
            allocated_clock_bytes: self.clock_bytes,
            live_published_bytes: self.live_bytes,
            live_peak_bytes: self.header.peak_live_bytes,
            held_bytes: self.live_bytes.unsigned_abs().next_multiple_of(4096),
            held_peak_bytes: self.header.peak_live_bytes.next_multiple_of(4096),
            ..self.header
        };
        if ended {
            fields.end = header::END_EXIT;
            fields.end_mono_ns = fields.start_mono_ns + self.now_ns;
        }
        let mut bytes = vec![0; header::HEADER_BYTES + shards as usize * shard::bytes_for(2)];
        let image = StateImage::format(&mut bytes, &fields, &[1 << 20, 1 << 40]);
        // The bytes were measured for it.
        let Ok(mut image) = image else { return bytes };
        let name = self.program.rsplit('/').next().unwrap_or_default();
        let _ = image.set_program(self.program.as_bytes());
        let _ = image.set_command(name.as_bytes());
        let mut counts: BTreeMap<u32, ClassCounts> = BTreeMap::new();
        for ((_, slot), record) in &self.records {
            let sum = counts.entry(*slot).or_default();
            sum.allocations += record.allocations;
            sum.frees += record.frees;
            sum.requested_bytes += record.allocated_bytes;
            sum.requested_freed_bytes += record.freed_bytes;
        }
        for (slot, counts) in counts {
            let _ = image.set_class(slot as usize, 0, &counts);
        }
        bytes
    }

    /// Whether the sampler takes an allocation of this size.
    fn takes(&mut self, bytes: u64) -> bool {
        if self.rate_bytes == 0 {
            return true;
        }
        self.gap_bytes -= bytes as f64;
        if self.gap_bytes > 0.0 {
            return false;
        }
        // Gaps have no memory, so the next one begins anew behind this block.
        self.gap_bytes = self.next_gap();
        true
    }

    /// With which probability an allocation of this size is taken.
    fn chance(&self, bytes: u64) -> f64 {
        match self.rate_bytes {
            0 => 1.0,
            rate => -(-(bytes as f64) / rate as f64).exp_m1(),
        }
    }

    fn next_gap(&mut self) -> f64 {
        // SplitMix64, of which the upper 53 bits make a number in (0, 1].
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let uniform = ((mixed >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
        -uniform.ln() * self.rate_bytes as f64
    }

    fn count_allocation(&mut self, block: &Block) {
        let Block {
            bytes, birth_ns, ..
        } = *block;
        let chance = block.sampled.unwrap_or(1.0);
        let weight = (1.0 / chance).round() as u32;
        let sampled = self.rate_bytes > 0;
        let record = self.record(block.site);
        record.allocations += 1;
        record.allocated_bytes += bytes;
        record.allocated_usable_bytes += usable(bytes);
        record.birth_sum = record.birth_sum.wrapping_add(birth_ns);
        record.sizes[histogram::size_bucket(bytes)] += weight;
        let is_it = |top: &&mut (u64, u64)| top.1 > 0 && top.0 == bytes;
        if let Some(top) = record.top_sizes.iter_mut().find(is_it) {
            top.1 += u64::from(weight);
        } else if let Some(free) = record.top_sizes.iter_mut().find(|top| top.1 == 0) {
            *free = (bytes, u64::from(weight));
        }
        if sampled {
            let size = bytes as f64;
            record.est_allocations += 1.0 / chance;
            record.est_allocated_bytes += size / chance;
            record.var_allocations += (1.0 - chance) / (chance * chance);
            record.var_allocated_bytes += size * size * (1.0 - chance) / (chance * chance);
        }
    }

    fn count_free(&mut self, block: &Block, chance: f64) {
        let lived_ns = self.now_ns - block.birth_ns;
        let lived_bytes = self.clock_bytes - block.birth_bytes;
        let weight = (1.0 / chance).round() as u32;
        let (sampled, is_remote) = (self.rate_bytes > 0, block.shard != self.shard);
        let bytes = block.bytes;
        let record = self.record(block.site);
        record.frees_remote += u64::from(is_remote);
        record.frees += 1;
        record.freed_bytes += bytes;
        record.freed_usable_bytes += usable(bytes);
        record.freed_birth_sum = record.freed_birth_sum.wrapping_add(block.birth_ns);
        record.lifetime_ns_sum += lived_ns;
        record.lifetime_bytes_sum += lived_bytes;
        record.lifetimes_ns[histogram::lifetime_bucket(lived_ns)] += weight;
        record.lifetimes_bytes[histogram::lifetime_bucket(lived_bytes)] += weight;
        if sampled {
            let size = bytes as f64;
            record.est_frees += 1.0 / chance;
            record.est_freed_bytes += size / chance;
            record.var_frees += (1.0 - chance) / (chance * chance);
            record.var_freed_bytes += size * size * (1.0 - chance) / (chance * chance);
        }
    }

    /// The live bytes have changed: timeline and peak.
    fn moved(&mut self, bytes: i64) {
        self.live_bytes += bytes;
        let live = self.live_bytes.unsigned_abs();
        let at = (self.now_ns / WIDTH_NS) as usize;
        if self.points.len() <= at {
            self.points.resize(at + 1, Point::default());
        }
        let point = &mut self.points[at];
        point.max_live_bytes = point.max_live_bytes.max(live);
        point.last_live_bytes = live;
        // An allocator holds whole pages, and lets none go.
        let held = live.next_multiple_of(HELD_STEP_BYTES);
        self.held_bytes = self.held_bytes.max(held);
        point.max_held_bytes = self.held_bytes;
        point.last_held_bytes = self.held_bytes;
        if live > self.header.peak_live_bytes {
            self.header.peak_live_bytes = live;
            self.header.peak_epoch += 1;
            self.header.peak_mono_ns = self.header.start_mono_ns + self.now_ns;
        }
    }
}
