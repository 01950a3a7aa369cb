//! Adding up the processes of a run: frames, modules and stacks become one table each.

use super::sums::Sums;
use super::{
    Frame, FrameId, Image, Mapping, Module, ModuleId, ModuleKind, Peak, ProcessSites, SITES_MAX,
    Sites, StackId,
};
use crate::profile::Run;
use crate::unit::saturating_sum;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use tenure_trace::profile::{Frame as Recorded, FrameKind, ModuleRecord, Modules, Nodes};

/// What two modules have in common that are the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum ModuleKey {
    BuildId(Vec<u8>),
    Path(String),
    /// The record has lost it; nothing else is known than who loaded it.
    Lost(u32, u16),
}

/// Adds up the processes of a run.
#[derive(Clone, Debug, Default)]
pub struct SitesBuilder {
    sites: Sites,
    /// The process that the supervisor started, and how long it ran.
    root: Option<(u32, u64)>,
    frames: HashMap<Frame, FrameId>,
    modules: HashMap<ModuleKey, ModuleId>,
    sums: BTreeMap<StackId, Sums>,
    /// Sites that were left out because there were too many.
    beyond: u64,
}

impl SitesBuilder {
    /// No process yet. `run` helps where a process was killed and could not tell when it ended.
    pub fn new(run: Option<&Run>) -> Self {
        let mut builder = Self::default();
        if let Some(run) = run {
            builder.set_run(run);
        }
        builder
    }

    /// Says what the supervisor saw, for the processes that are added from now on.
    pub fn set_run(&mut self, run: &Run) {
        let wall_ns = u64::try_from(run.wall.as_nanos()).unwrap_or(u64::MAX);
        self.root = Some((run.root_pid, wall_ns));
    }

    /// Adds a process. One that recorded no site adds only its notes.
    pub fn add(&mut self, process: ProcessSites) {
        self.add_with(process, &[]);
    }

    /// Adds a process, and gives the stacks of some of its nodes, in their order: those that
    /// another part of the record names. They need not have a site.
    pub fn add_with(&mut self, mut process: ProcessSites, nodes: &[u32]) -> Vec<StackId> {
        self.sites.notes.extend(process.take_notes());
        self.sites.mode = self.sites.mode.max(process.mode);
        if !process.has_sites() && nodes.iter().all(|&node| node == 0) {
            return nodes
                .iter()
                .map(|_| self.special(Frame::NotCaptured))
                .collect();
        }
        if process.sample_rate_bytes > 0 {
            self.sites.sample_rate_bytes = Some(process.sample_rate_bytes);
        }
        let mut image = std::mem::take(&mut process.image);
        let root_wall = self.root.filter(|root| root.0 == image.pid);
        let drawn = Some(image.live.end_ns()).filter(|&end| end > 0);
        image.wall_ns = image.wall_ns.or(root_wall.map(|root| root.1)).or(drawn);
        let end_ns = image.wall_ns;
        let at = self.sites.images.len() as u32;
        self.sites.images.push(image);
        let stacks = self.stacks(at, &process, nodes);
        let named = nodes.iter().map(|node| stacks.get(node).copied());
        let named = named.map(Option::unwrap_or_default).collect();
        let is_peak = self.take_peak(at, &process);
        // Each tally is gone when its sums are there, so that they are not in memory twice.
        for (site, tally) in std::mem::take(&mut process.tallies) {
            let peak = tally.peak();
            let mut sums = tally.sums(end_ns, process.sample_rate_bytes);
            if is_peak {
                (sums.peak_blocks, sums.peak_bytes) = peak;
            }
            let stack = stacks.get(&site).copied().unwrap_or_default();
            let is_full = self.sums.len() >= SITES_MAX;
            match self.sums.entry(stack) {
                Entry::Occupied(mut known) => known.get_mut().add(&sums),
                Entry::Vacant(_) if is_full => self.beyond += 1,
                Entry::Vacant(new) => {
                    new.insert(sums);
                }
            }
        }
        named
    }

    /// The sites of all processes.
    pub fn finish(mut self) -> Sites {
        if self.beyond > 0 {
            self.sites.notes.push(format!(
                "{} sites were left out: the run has more than {SITES_MAX} different call stacks",
                self.beyond
            ));
        }
        let sums = self.sums.into_iter();
        self.sites.sites = sums.map(|(stack, sums)| sums.site(stack)).collect();
        let unsaid = self.sites.peak.as_mut().filter(|peak| peak.live_bytes == 0);
        if let Some(peak) = unsaid {
            let bytes = self.sites.sites.iter().map(|site| site.peak_bytes.value);
            peak.live_bytes = saturating_sum(bytes);
        }
        self.sites
    }

    /// Whether this process has the largest peak so far; then those before it have none.
    fn take_peak(&mut self, image: u32, process: &ProcessSites) -> bool {
        let Some((epoch, live_bytes, since_start_ns)) = process.peak else {
            return false;
        };
        let is_larger = |peak: Peak| live_bytes > peak.live_bytes;
        if !self.sites.peak.is_none_or(is_larger) {
            return false;
        }
        self.sites.peak = Some(Peak {
            image,
            live_bytes,
            since_start_ns: (epoch != 0).then_some(since_start_ns),
        });
        for sums in self.sums.values_mut() {
            sums.peak_blocks = Default::default();
            sums.peak_bytes = Default::default();
        }
        true
    }

    /// The stack of each site of `process`, and of each of `others`, in the common tables.
    fn stacks(
        &mut self,
        image: u32,
        process: &ProcessSites,
        others: &[u32],
    ) -> HashMap<u32, StackId> {
        let wanted = || process.tallies.keys().chain(others);
        let nodes = Nodes::parse(&process.nodes).ok();
        let modules = Modules::parse(&process.modules).ok();
        let mut modules = ModuleMap::new(image, modules);
        let mut stack_of: BTreeMap<u32, StackId> = BTreeMap::new();
        if let Some(nodes) = nodes {
            for id in used(&nodes, wanted().copied()) {
                let Some(node) = nodes.node(id) else { continue };
                let parent = match (node.parent, stack_of.get(&node.parent)) {
                    (0, _) => StackId::ROOT,
                    (_, Some(&parent)) => parent,
                    (_, None) => self.special(Frame::Truncated),
                };
                let frame = self.frame(node.frame, &mut modules);
                stack_of.insert(id, self.sites.stacks.child(parent, frame));
            }
        }
        let stack = |&site: &u32| match (site, stack_of.get(&site)) {
            (0, _) => (site, self.special(Frame::NotCaptured)),
            (_, Some(&stack)) => (site, stack),
            (_, None) => (site, self.special(Frame::Truncated)),
        };
        wanted().map(stack).collect()
    }

    /// The stack that is nothing but `frame`.
    fn special(&mut self, frame: Frame) -> StackId {
        let frame = self.intern(frame);
        self.sites.stacks.child(StackId::ROOT, frame)
    }

    fn intern(&mut self, frame: Frame) -> FrameId {
        let frames = &mut self.sites.frames;
        *self.frames.entry(frame).or_insert_with(|| {
            frames.push(frame);
            FrameId((frames.len() - 1) as u32)
        })
    }

    /// The id of a recorded frame in the common table.
    fn frame(&mut self, recorded: Recorded, modules: &mut ModuleMap<'_>) -> FrameId {
        let frame = match recorded.kind() {
            FrameKind::Address(address) => Frame::Address(address),
            FrameKind::Module { module, offset } => Frame::Code {
                module: modules.of(module, self),
                offset,
            },
            FrameKind::Interpreted(index) => Frame::Interpreted {
                image: modules.image,
                index,
            },
            FrameKind::Truncated => Frame::Truncated,
            FrameKind::NotCaptured => Frame::NotCaptured,
            FrameKind::Unknown => Frame::Unknown,
        };
        self.intern(frame)
    }

    /// The common module that `found`, module `id` of process `image`, is.
    fn module(&mut self, image: u32, id: u16, found: Option<ModuleRecord<'_>>) -> ModuleId {
        let record = found.unwrap_or_default();
        let path = String::from_utf8_lossy(record.path).into_owned();
        let key = match (found, record.build_id) {
            (None, _) => ModuleKey::Lost(image, id),
            (Some(_), []) => ModuleKey::Path(path.clone()),
            (Some(_), build_id) => ModuleKey::BuildId(build_id.to_vec()),
        };
        let all = &mut self.sites.modules;
        let module = *self.modules.entry(key).or_insert_with(|| {
            all.push(Module {
                path,
                build_id: record.build_id.to_vec(),
                kind: ModuleKind::of(record.kind),
                mappings: Vec::new(),
            });
            ModuleId((all.len() - 1) as u32)
        });
        if found.is_some() {
            all[module.index()].mappings.push(Mapping {
                image,
                bias: record.bias,
                start: record.start,
                end: record.end,
                loaded: record.unloaded_epoch == 0,
            });
        }
        module
    }

    /// The images that were added so far.
    pub fn images(&self) -> &[Image] {
        &self.sites.images
    }
}

/// The modules of one process in the common table, as far as frames have asked for them.
struct ModuleMap<'a> {
    image: u32,
    file: Option<Modules<'a>>,
    known: HashMap<u16, ModuleId>,
}

impl<'a> ModuleMap<'a> {
    fn new(image: u32, file: Option<Modules<'a>>) -> Self {
        Self {
            image,
            file,
            known: HashMap::new(),
        }
    }

    fn of(&mut self, id: u16, builder: &mut SitesBuilder) -> ModuleId {
        let (image, file) = (self.image, self.file);
        *self.known.entry(id).or_insert_with(|| {
            let found = file.and_then(|file| file.module(id));
            builder.module(image, id, found)
        })
    }
}

/// The nodes on the paths of `sites`, ascending, so that parents come before their children.
fn used(nodes: &Nodes<'_>, sites: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
    let mut is_used = vec![false; nodes.array().len()];
    for site in sites {
        let mut next = site;
        while let Some(mark) = is_used.get_mut(next as usize) {
            if next == 0 || std::mem::replace(mark, true) {
                break;
            }
            next = nodes.node(next).map_or(0, |node| node.parent);
        }
    }
    (0..)
        .zip(is_used)
        .filter_map(|(id, used)| used.then_some(id))
}
