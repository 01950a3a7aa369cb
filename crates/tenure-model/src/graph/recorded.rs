//! The heap of a process as its recorder has written it down: the graph, and what its blocks and
//! roots are.
//!
//! Any bytes may come. What is whole is used; what is missing or damaged is told by
//! [`Recorded::torn`] and [`Recorded::losses`].

use super::scan::Scan;
use super::{
    Builder, EdgeKind, Graph, GraphError, Heuristic, Heuristics, Kind, KindFigures, Kinds, Label,
    Limits, Root, RootKind,
};
use std::collections::HashMap;
use std::ops::Range;
use tenure_trace::graph::{GraphView, Group, Record, Way};

/// The heap of a process at one moment.
///
/// # Shape
///
/// Node `n` of the graph is block `n` of the file; addresses ascend with the numbers. A group of
/// the graph is a site: [`Recorded::sites`] has its number in the record. A root of the graph is a
/// place in [`Recorded::roots`].
///
/// # Cost
///
/// Two walks over the file. Beside the graph, whose edges keep their offsets, 12 bytes for a block
/// and 24 for a reference stay.
#[derive(Clone, Debug)]
pub struct Recorded {
    graph: Graph,
    scan: Scan,
    addresses: Vec<u64>,
    threads: Vec<u32>,
    sites: Vec<u32>,
    roots: Vec<RootGroup>,
    references: Vec<Reference>,
    /// Blocks that a heuristic points to.
    by_heuristic: Vec<(u32, Heuristic)>,
    torn: Option<String>,
    losses: Vec<String>,
}

/// A place outside the heap that points into it: a piece of memory, or the registers of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootGroup {
    /// What it is.
    pub kind: RootKind,
    /// First address; of a module that of the whole image, code included; 0 for registers.
    pub start: u64,
    /// The address behind the last.
    pub end: u64,
    /// The thread's number (`gettid`), 0 where it is no thread's.
    pub thread: u32,
    /// Of a module: what is subtracted from an address to give the ELF virtual address.
    pub bias: u64,
    /// Of a module or mapping the path, of a thread its name; may be empty.
    pub name: String,
    /// Of a module.
    pub build_id: Vec<u8>,
    /// Of a stack: stack pointer and return address of its frames, innermost first.
    pub frames: Vec<(u64, u64)>,
    /// Its references, as places in [`Recorded::references`].
    pub references: Range<usize>,
}

/// A word outside the heap that points into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands; of registers 8 times the number of the register.
    pub address: u64,
    /// The block that it points to.
    pub node: u32,
    /// The root that it stands in.
    pub root: u32,
    /// Where it points.
    pub kind: EdgeKind,
}

impl Recorded {
    /// Reads a graph file. `heuristics` says which interior pointers count as start pointers.
    ///
    /// # Errors
    ///
    /// If there are no ids for so many blocks and roots.
    pub fn read(view: &GraphView<'_>, heuristics: Heuristics) -> Result<Self, GraphError> {
        let mut reader = Reader::new(view, heuristics);
        reader.read_all(view);
        let mut builder = reader.nodes()?;
        reader.edges(view, &mut builder)?;
        reader.tell(view);
        Ok(Self {
            graph: builder.build()?,
            scan: Scan::of(view.header()),
            addresses: reader.addresses,
            threads: reader.threads,
            sites: reader.sites,
            roots: reader.roots,
            references: reader.references,
            by_heuristic: reader.by_heuristic,
            torn: reader.torn,
            losses: reader.losses,
        })
    }

    /// The blocks and the pointers between them.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// When, why and how the heap was looked at.
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// Where a block starts.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn address(&self, node: u32) -> u64 {
        self.addresses[node as usize]
    }

    /// The slot of the thread that allocated a block, 0 where it is not known.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn thread(&self, node: u32) -> u32 {
        self.threads[node as usize]
    }

    /// The call stack that allocated a block: a node of the process's nodes, 0 where it is not
    /// known.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn site(&self, node: u32) -> u32 {
        self.sites[self.graph.group(node) as usize]
    }

    /// The sites by the groups of the graph, each of them once.
    pub fn sites(&self) -> &[u32] {
        &self.sites
    }

    /// The roots, by the numbers that the graph has them under.
    pub fn roots(&self) -> &[RootGroup] {
        &self.roots
    }

    /// All references, in the order of their roots, and of their addresses in each.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Where the file ends too early or is damaged, as a sentence. What came before is there, and
    /// a block that only the rest held is called lost.
    pub fn torn(&self) -> Option<&str> {
        self.torn.as_deref()
    }

    /// What else a reader must know of what is missing, one sentence each.
    pub fn losses(&self) -> &[String] {
        &self.losses
    }

    /// Tells roots apart otherwise: `part_of` has the number of each reference's root, in the order
    /// of [`Recorded::references`]. The graph has those numbers from then on; which blocks are
    /// reachable stays the same. References without a number are left out.
    ///
    /// # Errors
    ///
    /// If there are no numbers for so many roots; then all stays as it is.
    pub fn set_parts(&mut self, part_of: &[u32]) -> Result<(), GraphError> {
        let pairs = self.references.iter().zip(part_of);
        let roots = pairs.map(|(reference, &root)| Root {
            root,
            node: reference.node,
            label: label(reference.kind),
        });
        self.graph.set_roots(roots.collect())
    }

    /// The block that `address` lies in, as far as it was asked for; one of no bytes has its first.
    /// O(log blocks).
    pub fn containing(&self, address: u64) -> Option<u32> {
        let behind = self.addresses.partition_point(|&start| start <= address);
        let node = u32::try_from(behind.checked_sub(1)?).ok()?;
        let within = address - self.address(node);
        (within < self.graph.size(node).max(1)).then_some(node)
    }

    /// What is reachable only because a heuristic takes an interior pointer for one to the start,
    /// by heuristic, largest first. The heuristic is that of the block that it leads to; what that
    /// block holds in turn is not counted. O(nodes + edges) if there is any.
    ///
    /// # Panics
    ///
    /// If `kinds` are of another graph.
    pub fn held_by_heuristics(&self, kinds: &Kinds) -> Vec<(Heuristic, KindFigures)> {
        let is_reachable = |node: u32| kinds.kind(node) == Kind::StillReachable;
        if self.by_heuristic.is_empty() {
            return Vec::new();
        }
        let mut is_held = vec![false; self.addresses.len()];
        for reference in &self.references {
            is_held[reference.node as usize] |= reference.kind == EdgeKind::Start;
        }
        for node in (0..self.graph.nodes()).filter(|&node| is_reachable(node)) {
            for edge in self.graph.edges_of(node) {
                is_held[edge.target as usize] |= edge.label.kind == EdgeKind::Start;
            }
        }
        let mut sums = HashMap::<Heuristic, KindFigures>::new();
        for &(node, heuristic) in &self.by_heuristic {
            if is_reachable(node) && !is_held[node as usize] {
                // Once, however many point to it.
                is_held[node as usize] = true;
                let sum = sums.entry(heuristic).or_default();
                sum.blocks += 1;
                sum.bytes = sum.bytes.saturating_add(self.graph.size(node));
            }
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|&(heuristic, sum)| (std::cmp::Reverse(sum.bytes), heuristic));
        sums
    }

    /// Walks the invariants.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    pub fn check(&self) {
        let nodes = self.graph.nodes() as usize;
        self.graph.check();
        assert_eq!(self.addresses.len(), nodes, "an address for each block");
        assert_eq!(self.threads.len(), nodes, "a thread for each block");
        let groups = self.graph.group_count() as usize;
        assert_eq!(self.sites.len().max(1), groups, "a site for each group");
        assert!(self.addresses.is_sorted(), "addresses ascend");
        let mut end = 0;
        for (number, root) in self.roots.iter().enumerate() {
            assert_eq!(root.references.start, end, "no reference is left out");
            end = root.references.end;
            for reference in &self.references[root.references.clone()] {
                assert_eq!(reference.root as usize, number, "its own references");
                assert!((reference.node as usize) < nodes, "a block that is there");
            }
        }
        assert_eq!(end, self.references.len(), "every reference is of a root");
    }
}

/// What is read so far.
struct Reader {
    heuristics: Heuristics,
    addresses: Vec<u64>,
    threads: Vec<u32>,
    sites: Vec<u32>,
    roots: Vec<RootGroup>,
    references: Vec<Reference>,
    by_heuristic: Vec<(u32, Heuristic)>,
    torn: Option<String>,
    losses: Vec<String>,
    /// Of each block, until the graph has them.
    sizes: Vec<u64>,
    groups: Vec<u32>,
    edges: u64,
    /// Pointers to blocks that are not there.
    astray: u64,
}

impl Reader {
    fn new(view: &GraphView<'_>, heuristics: Heuristics) -> Self {
        Self {
            heuristics,
            addresses: Vec::new(),
            threads: Vec::new(),
            sites: Vec::new(),
            roots: Vec::new(),
            references: Vec::new(),
            by_heuristic: Vec::new(),
            torn: None,
            losses: Scan::of(view.header()).limits(),
            sizes: Vec::new(),
            groups: Vec::new(),
            edges: 0,
            astray: 0,
        }
    }

    /// The first walk: roots, references, blocks.
    fn read_all(&mut self, view: &GraphView<'_>) {
        let mut groups = HashMap::new();
        // Reference numbers are checked when the blocks are known.
        let mut targets = Vec::new();
        for record in view.records() {
            match record {
                Ok(Record::Group(group)) => self.root(&group),
                Ok(Record::Reference(edge)) => {
                    let Some((number, root)) = self.last_root() else {
                        continue;
                    };
                    targets.push((root.start.wrapping_add(edge.offset), number, edge));
                }
                Ok(Record::Block(block)) => {
                    if self.addresses.len() >= Limits::default().nodes as usize {
                        break;
                    }
                    let sites = &mut self.sites;
                    let group = *groups.entry(block.site).or_insert_with(|| {
                        sites.push(block.site);
                        (sites.len() - 1) as u32
                    });
                    self.addresses.push(block.address);
                    self.threads.push(block.thread);
                    self.sizes.push(block.bytes);
                    self.groups.push(group);
                }
                Ok(Record::Edge(_)) => self.edges += 1,
                Err(error) => self.torn = Some(error.to_string()),
            }
        }
        for (address, root, edge) in targets {
            let Some(node) = self.known(edge.target) else {
                continue;
            };
            let kind = self.kind(node, edge.way);
            self.references.push(Reference {
                address,
                node,
                root,
                kind,
            });
        }
        self.settle_references();
    }

    fn root(&mut self, group: &Group<'_>) {
        self.roots.push(RootGroup {
            kind: RootKind::of(group.kind),
            start: group.start,
            end: group.end,
            thread: group.thread,
            bias: group.bias,
            name: String::from_utf8_lossy(group.name).into_owned(),
            build_id: group.build_id.to_vec(),
            frames: group.frames.collect(),
            references: 0..0,
        });
    }

    fn last_root(&self) -> Option<(u32, &RootGroup)> {
        let root = self.roots.last()?;
        Some((u32::try_from(self.roots.len() - 1).ok()?, root))
    }

    /// Tells each root which references are its own.
    fn settle_references(&mut self) {
        let mut place = 0;
        for (number, root) in self.roots.iter_mut().enumerate() {
            let start = place;
            let is_own = |reference: &&Reference| reference.root as usize == number;
            place += self.references[start..].iter().take_while(is_own).count();
            root.references = start..place;
        }
    }

    /// The node of a target; counts those that are not there.
    fn known(&mut self, target: u64) -> Option<u32> {
        if target < self.addresses.len() as u64 {
            return u32::try_from(target).ok();
        }
        self.astray += 1;
        None
    }

    fn kind(&mut self, node: u32, way: Way) -> EdgeKind {
        let kind = self.heuristics.kind(way);
        if kind == EdgeKind::Heuristic
            && let Some(heuristic) = Heuristic::of(way)
        {
            self.by_heuristic.push((node, heuristic));
        }
        kind
    }

    /// Hands the blocks and references to a builder.
    fn nodes(&mut self) -> Result<Builder, GraphError> {
        let mut builder = Builder::new(self.sites.len() as u32);
        let edges = u32::try_from(self.edges).unwrap_or(u32::MAX);
        // Where there is no room at once, it is made bit by bit.
        let _ = builder.reserve(self.addresses.len() as u32, edges);
        let sizes = std::mem::take(&mut self.sizes);
        for (bytes, group) in sizes.into_iter().zip(std::mem::take(&mut self.groups)) {
            builder.node(bytes, group)?;
        }
        for reference in &self.references {
            builder.root(reference.root, reference.node, label(reference.kind))?;
        }
        Ok(builder)
    }

    /// The second walk: edges.
    fn edges(&mut self, view: &GraphView<'_>, builder: &mut Builder) -> Result<(), GraphError> {
        let mut blocks = 0;
        for record in view.records() {
            match record {
                Ok(Record::Block(_)) => blocks += 1,
                Ok(Record::Edge(edge)) => {
                    let source = self.known(blocks - 1);
                    let (Some(source), Some(target)) = (source, self.known(edge.target)) else {
                        continue;
                    };
                    let kind = self.kind(target, edge.way);
                    // An offset beyond 4 GiB is left out.
                    let offset = u32::try_from(edge.offset).unwrap_or(u32::MAX);
                    builder.edge_at(source, target, label(kind), offset)?;
                }
                Ok(Record::Group(_) | Record::Reference(_)) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Says what of the file was not used.
    fn tell(&mut self, view: &GraphView<'_>) {
        // What is torn is told, and that pointers lead behind the end follows from it.
        if self.torn.is_some() {
            return;
        }
        let header = view.header();
        if self.astray > 0 {
            self.losses.push(format!(
                "{} pointers of the graph were dropped: they name blocks that are not there",
                self.astray
            ));
        }
        let counted = [
            ("blocks", header.blocks, self.addresses.len() as u64),
            ("edges", header.edges, self.edges),
        ];
        for (name, promised, found) in counted {
            if header.is_complete() && promised != found {
                self.losses.push(format!(
                    "the graph has {found} {name}, but its header says {promised}"
                ));
            }
        }
    }
}

fn label(kind: EdgeKind) -> Label {
    Label {
        kind,
        ..Label::default()
    }
}
