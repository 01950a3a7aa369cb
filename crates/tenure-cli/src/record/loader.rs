//! Putting a recording together from its parts, in whatever order and state they come.

use super::from_json;
use std::io::{self, Read};
use tenure_model::fragmentation;
use tenure_model::graph::{Heuristics, Recorded};
use tenure_model::profile::{
    Process, ProcessSites, Profile, Run, Sites, SitesBuilder, StackId, Symbols,
};
use tenure_trace::graph::GraphView;
use tenure_trace::pages::PagesView;
use tenure_trace::profile::{ArrayHeader, Kind, ProfileError, SiteRecord, array, site};
use tenure_trace::state::{StateView, header};

/// The most that is read of a file into memory, in bytes: 64 million call stack nodes. Site
/// records and events are streamed and have no such end.
pub(crate) const WHOLE_BYTES_MAX: u64 = 1 << 30;
/// Site records that are read at once.
const RECORDS_AT_ONCE: usize = 1024;

/// How much of a record is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What each process did, and what its pages held, by size class.
    Counters,
    /// Counters, and which call stacks allocated.
    Sites,
    /// That, and which of them pin pages.
    Pages,
    /// That, the same of each process alone, and the heaps that were looked at.
    Each,
    /// Counters, call stacks, and the heap of each process that was looked at.
    Heaps(Heuristics),
}

/// The heap of a process as it was looked at.
#[derive(Debug)]
pub(crate) struct Heap {
    /// Its blocks and roots.
    pub(crate) recorded: Recorded,
    /// The call stacks of [`Recorded::sites`], in their order, among those of the recording.
    pub(crate) stacks: Vec<StackId>,
}

/// What the pages of a process held when they were counted.
#[derive(Debug)]
pub(crate) struct Pages {
    /// By size class and site.
    pub(crate) recorded: fragmentation::Recorded,
    /// The call stacks of [`fragmentation::Recorded::sites`], in their order, among those of the
    /// recording; empty where call stacks are not wanted.
    pub(crate) stacks: Vec<StackId>,
}

/// All that a record says.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    /// Its processes, and what could not be read of it.
    pub(crate) profile: Profile,
    /// Its call stacks; empty where none were recorded or wanted.
    pub(crate) sites: Sites,
    /// Those of each image of [`Self::sites`] alone, in the same order; empty where they are not
    /// wanted, or there is one image.
    pub(crate) each: Vec<Sites>,
    /// The heaps that were looked at, where they are wanted.
    pub(crate) heaps: Vec<Heap>,
    /// What the pages of its processes held, where that is wanted.
    pub(crate) pages: Vec<Pages>,
    /// The names that it carries.
    pub(crate) symbols: Symbols,
}

/// Why an array file was not taken in.
#[derive(Debug)]
pub(crate) enum ArrayFailure {
    /// It cannot be read.
    Input(io::Error),
    /// It is no such file.
    Format(ProfileError),
    /// It is larger than [`WHOLE_BYTES_MAX`].
    Large,
}

impl From<io::Error> for ArrayFailure {
    fn from(error: io::Error) -> Self {
        Self::Input(error)
    }
}

/// Takes in the parts of a record, process after process.
#[derive(Debug)]
pub(crate) struct Loader {
    depth: Depth,
    run: Option<Run>,
    processes: Vec<Process>,
    losses: Vec<String>,
    symbols: Symbols,
    builder: SitesBuilder,
    each: Vec<Sites>,
    heaps: Vec<Heap>,
    /// The process whose files come at present, and whether one has told its number.
    current: Option<(ProcessSites, bool)>,
    /// The heap of that process.
    heap: Option<Recorded>,
    /// What its pages held.
    held: Option<fragmentation::Recorded>,
    pages: Vec<Pages>,
}

impl Loader {
    pub(crate) fn new(depth: Depth) -> Self {
        Self {
            depth,
            run: None,
            processes: Vec::new(),
            losses: Vec::new(),
            symbols: Symbols::new(),
            builder: SitesBuilder::new(None),
            each: Vec::new(),
            heaps: Vec::new(),
            current: None,
            heap: None,
            held: None,
            pages: Vec::new(),
        }
    }

    /// Whether call stacks are wanted.
    pub(crate) fn wants_sites(&self) -> bool {
        self.depth != Depth::Counters
    }

    /// Whether heaps are wanted.
    pub(crate) fn wants_heaps(&self) -> bool {
        self.heuristics().is_some()
    }

    /// Whether it is wanted what pages held.
    pub(crate) fn wants_pages(&self) -> bool {
        matches!(self.depth, Depth::Counters | Depth::Pages | Depth::Each)
    }

    /// How the pointers of heaps are taken, where heaps are wanted.
    fn heuristics(&self) -> Option<Heuristics> {
        match self.depth {
            Depth::Counters | Depth::Sites | Depth::Pages => None,
            Depth::Each => Some(Heuristics::default()),
            Depth::Heaps(heuristics) => Some(heuristics),
        }
    }

    /// Notes something that could not be read.
    pub(crate) fn lost(&mut self, sentence: String) {
        self.losses.push(sentence);
    }

    /// Takes in what the supervisor saw.
    pub(crate) fn run(&mut self, run: Run) {
        self.builder.set_run(&run);
        self.run = Some(run);
    }

    /// Takes in the facts of a META section at byte `offset`.
    pub(crate) fn facts(&mut self, text: &[u8], offset: u64) {
        match from_json(text) {
            Ok(run) => self.run(run),
            Err(why) => self.lost(format!(
                "the facts about the run, at byte {offset}, cannot be read: {why}"
            )),
        }
    }

    /// Takes in the names of a SYMS section at byte `offset`.
    pub(crate) fn names(&mut self, text: &[u8], offset: u64) {
        match serde_json::from_slice::<Symbols>(text) {
            Ok(symbols) if symbols.tenure == Symbols::SCHEMA => self.symbols = symbols,
            Ok(other) => self.lost(format!(
                "the names of functions, at byte {offset}, are of schema \"{}\", not {}",
                other.tenure.escape_debug(),
                Symbols::SCHEMA
            )),
            Err(why) => self.lost(format!(
                "the names of functions, at byte {offset}, cannot be read: {why}"
            )),
        }
    }

    /// Takes in a state file; the files that follow are of its process.
    pub(crate) fn state(&mut self, bytes: &[u8], seq: Option<u32>) {
        self.end_of_process();
        let state = match StateView::parse(bytes) {
            Ok(state) => state,
            Err(error) => return self.lost(error.to_string()),
        };
        let process = Process::from_state(&state);
        if process.missing_shards > 0 {
            self.lost(format!(
                "process {}: the state file is cut short, the counters of {} of its {} threads \
                 are missing",
                process.pid,
                process.missing_shards,
                state.header().shard_count
            ));
        }
        self.processes.push(process);
        let mut sites = ProcessSites::of_state(&state);
        sites.set_seq(seq.unwrap_or(0));
        self.current = Some((sites, seq.is_some()));
    }

    /// Takes in an array file of `kind` from `input` up to its end, and shows every byte to
    /// `tee` on the way.
    ///
    /// Nothing of it is taken in when this fails. A sites file that is found to be damaged later
    /// is dropped by [`Self::forget_sites`].
    pub(crate) fn array(
        &mut self,
        kind: Kind,
        input: &mut dyn Read,
        tee: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), ArrayFailure> {
        let mut bytes = Vec::new();
        let head = array::HEADER_BYTES as u64;
        (&mut *input).take(head).read_to_end(&mut bytes)?;
        tee(&bytes)?;
        let header = ArrayHeader::parse(kind, &bytes).map_err(ArrayFailure::Format)?;
        if kind == Kind::Sites {
            return self.records(&header, input, tee);
        }
        while read_step(input, &mut bytes, tee)? > 0 {
            if bytes.len() as u64 > WHOLE_BYTES_MAX {
                return Err(ArrayFailure::Large);
            }
        }
        let process = self.process(header.pid, header.seq);
        let taken = match kind {
            Kind::Nodes => process.set_nodes(bytes),
            Kind::Modules => process.set_modules(bytes),
            Kind::Code => process.set_code(bytes),
            Kind::Timeline => process.set_timeline(&bytes),
            Kind::Sites | Kind::Events => Ok(()),
        };
        taken.map_err(ArrayFailure::Format)
    }

    /// Takes in site records up to the end of `input`.
    fn records(
        &mut self,
        header: &ArrayHeader,
        input: &mut dyn Read,
        tee: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), ArrayFailure> {
        let mut seen = 0;
        loop {
            let mut bytes = Vec::new();
            let step = (RECORDS_AT_ONCE * site::SITE_BYTES) as u64;
            (&mut *input).take(step).read_to_end(&mut bytes)?;
            tee(&bytes)?;
            let left = usize::try_from(header.count - seen).unwrap_or(usize::MAX);
            let process = self.process(header.pid, header.seq);
            for record in bytes.chunks_exact(site::SITE_BYTES).take(left) {
                seen += 1;
                if let Some(record) = SiteRecord::decode(record) {
                    process.add_record(&record);
                }
            }
            if bytes.is_empty() {
                process.note_sites(header, header.count - seen);
                return Ok(());
            }
        }
    }

    /// Drops the site records of the process at hand, because they turned out to be damaged.
    pub(crate) fn forget_sites(&mut self) {
        if let Some((process, _)) = &mut self.current {
            process.forget_sites();
        }
    }

    /// Takes in the graph of a heap, as its file has it. `is_cut`: that its end is missing is told
    /// already.
    ///
    /// # Errors
    ///
    /// If it is no graph, or one that is too large.
    pub(crate) fn graph(&mut self, bytes: &[u8], is_cut: bool) -> Result<(), String> {
        let Some(heuristics) = self.heuristics() else {
            return Ok(());
        };
        let view = GraphView::parse(bytes).map_err(|error| error.to_string())?;
        let header = *view.header();
        let heap = Recorded::read(&view, heuristics).map_err(|error| error.to_string())?;
        self.process(header.pid, header.seq);
        let torn = heap.torn().filter(|_| !is_cut);
        for loss in torn
            .into_iter()
            .chain(heap.losses().iter().map(String::as_str))
        {
            self.losses.push(format!("process {}: {loss}", header.pid));
        }
        self.heap = Some(heap);
        Ok(())
    }

    /// Takes in the census of pages, as its file has it.
    ///
    /// # Errors
    ///
    /// If it is none, or so much of it is cut or damaged that nothing is left.
    pub(crate) fn pages(&mut self, bytes: &[u8]) -> Result<(), String> {
        let view = PagesView::parse(bytes).map_err(|error| error.to_string())?;
        let held = fragmentation::Recorded::read(&view)?;
        let (pid, seq) = (view.header().pid, view.header().seq);
        self.process(pid, seq);
        for loss in held.losses() {
            self.losses.push(format!("process {pid}: {loss}"));
        }
        self.held = Some(held);
        Ok(())
    }

    /// The process with these numbers: that at hand, or a new one whose state file is lost.
    fn process(&mut self, pid: u32, seq: u32) -> &mut ProcessSites {
        let is_it = |(process, known): &(ProcessSites, bool)| {
            process.pid() == pid && (!known || process.seq() == seq)
        };
        if !self.current.as_ref().is_some_and(is_it) {
            self.end_of_process();
        }
        let fresh = || (ProcessSites::without_state(pid, seq), true);
        let (process, known) = self.current.get_or_insert_with(fresh);
        process.set_seq(seq);
        *known = true;
        process
    }

    /// The files of the process at hand are all there.
    pub(crate) fn end_of_process(&mut self) {
        let Some((process, _)) = self.current.take() else {
            return;
        };
        if self.depth == Depth::Each && process.has_sites() {
            let mut alone = SitesBuilder::new(self.run.as_ref());
            alone.add(process.clone());
            self.each.push(alone.finish());
        }
        let (heap, held) = (self.heap.take(), self.held.take());
        let with_stacks = held.as_ref().filter(|_| self.depth != Depth::Counters);
        let of_heap = heap.as_ref().map(Recorded::sites).unwrap_or_default();
        let of_pages = with_stacks.map(fragmentation::Recorded::sites);
        let nodes = [of_heap, of_pages.unwrap_or_default()].concat();
        let heap_nodes = of_heap.len();
        let mut stacks = self.builder.add_with(process, &nodes);
        let of_pages = stacks.split_off(heap_nodes.min(stacks.len()));
        self.heaps
            .extend(heap.map(|recorded| Heap { recorded, stacks }));
        self.pages.extend(held.map(|recorded| Pages {
            recorded,
            stacks: of_pages,
        }));
    }

    /// The recording.
    pub(crate) fn finish(mut self) -> Recording {
        self.end_of_process();
        let mut sites = self.builder.finish();
        self.losses.append(&mut sites.notes);
        if self.each.len() < 2 {
            self.each.clear();
        }
        Recording {
            profile: Profile::new(self.run, self.processes, self.losses),
            sites,
            each: self.each,
            heaps: self.heaps,
            pages: self.pages,
            symbols: self.symbols,
        }
    }
}

/// Reads the next bytes into `bytes`, and shows them to `tee`.
fn read_step(
    input: &mut dyn Read,
    bytes: &mut Vec<u8>,
    tee: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<usize> {
    let before = bytes.len();
    let step = super::input::STEP_BYTES as u64;
    let read = input.take(step).read_to_end(bytes)?;
    tee(&bytes[before..])?;
    Ok(read)
}

/// The used part of a state file, read from its beginning: the header, and no more shards than it
/// names.
///
/// # Errors
///
/// Those of reading. A header that cannot be read gives what is there of it.
pub(crate) fn read_state(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let head = header::HEADER_BYTES as u64;
    (&mut *input).take(head).read_to_end(&mut bytes)?;
    let Ok(state) = StateView::parse(&bytes) else {
        return Ok(bytes);
    };
    let shards = u64::from(state.header().shard_count);
    let shard_bytes = tenure_trace::state::shard::bytes_for(state.class_count()) as u64;
    let rest = (shards * shard_bytes).min(WHOLE_BYTES_MAX);
    input.take(rest).read_to_end(&mut bytes)?;
    let used = StateView::parse(&bytes).map_or(bytes.len(), |state| state.used_bytes().len());
    // A torn shard at the end stays, so that it is told as missing.
    bytes.truncate(used);
    Ok(bytes)
}
