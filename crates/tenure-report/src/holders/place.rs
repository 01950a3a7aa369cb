//! What the words outside the heap stand in: variables, frames of threads, registers, mappings.

use crate::site_name;
use crate::visible::visible;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use tenure_model::graph::{Recorded, RootGroup, RootKind};
use tenure_model::profile::{
    FrameId, ModuleSymbols, NamedFrame, SourceFrame, SourceVariable, Symbols, Unnamed,
};

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlaceKind {
    /// A variable of a program or library.
    Global,
    /// Data of a program or library that has no name.
    UnnamedData,
    /// A frame of a thread's stack.
    Frame,
    /// A thread's stack whose frames are not known.
    Stack,
    /// The registers of a thread.
    Registers,
    /// The variables that a thread has of its own.
    ThreadLocal,
    /// Memory that the program has mapped itself.
    Mapping,
    /// A kind that this version does not know.
    Unknown,
}

impl PlaceKind {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UnnamedData => "unnamed_data",
            Self::Frame => "frame",
            Self::Stack => "stack",
            Self::Registers => "registers",
            Self::ThreadLocal => "thread_local",
            Self::Mapping => "mapping",
            Self::Unknown => "unknown",
        }
    }
}

/// A place outside the heap that holds blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is.
    pub kind: PlaceKind,
    /// What it is called, in one line.
    pub name: String,
    /// Of data the path of its program or library; of a mapping that of its file, if it has one.
    pub module: Option<String>,
    /// Of a frame: the source file.
    pub file: Option<String>,
    /// Of a frame: the line in it.
    pub line: Option<u32>,
    /// Of a thread's places: its number (`gettid`).
    pub thread: Option<u32>,
    /// The address that offsets are told from: where a variable or section begins.
    pub start: u64,
}

/// The places of a heap, and which of them each reference stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    places: Vec<Place>,
    of_references: Vec<u32>,
}

/// What of a heap's roots has no name in `symbols` yet: one for each module.
pub fn unnamed(recorded: &Recorded) -> Vec<Unnamed> {
    let mut all: BTreeMap<(&[u8], &str), Unnamed> = BTreeMap::new();
    let roots = recorded.roots();
    for root in roots.iter().filter(|root| !root.references.is_empty()) {
        let references = &recorded.references()[root.references.clone()];
        match root.kind {
            RootKind::Module => {
                let module = entry(&mut all, root);
                let addresses = references.iter().map(|reference| reference.address);
                module
                    .variables
                    .extend(addresses.map(|address| address.wrapping_sub(root.bias)));
            }
            RootKind::Stack => {
                for reference in references {
                    let frame = frame_of(root, reference.address);
                    let Some((_, pc)) = frame.and_then(|at| root.frames.get(at)).copied() else {
                        continue;
                    };
                    if let Some(module) = module_of(roots, pc) {
                        let offset = pc.wrapping_sub(module.bias);
                        entry(&mut all, module).frames.insert(offset);
                    }
                }
            }
            _ => {}
        }
    }
    all.into_values().collect()
}

fn entry<'a, 'r>(
    all: &'a mut BTreeMap<(&'r [u8], &'r str), Unnamed>,
    module: &'r RootGroup,
) -> &'a mut Unnamed {
    let key = (&*module.build_id, &*module.name);
    all.entry(key).or_insert_with(|| Unnamed {
        build_id: module.build_id.clone(),
        path: module.name.clone(),
        ..Unnamed::default()
    })
}

/// The frame that an address of a stack belongs to: the one with the greatest stack pointer not
/// above it. What lies below all of them is of the innermost.
fn frame_of(stack: &RootGroup, address: u64) -> Option<usize> {
    let above = stack.frames.partition_point(|&(sp, _)| sp <= address);
    (!stack.frames.is_empty()).then(|| above.saturating_sub(1))
}

/// The image that the call before a return address lies in.
fn module_of(roots: &[RootGroup], pc: u64) -> Option<&RootGroup> {
    let call = pc.checked_sub(1)?;
    let is_it = |root: &&RootGroup| root.kind == RootKind::Module && holds(root, call);
    roots.iter().find(is_it)
}

fn holds(root: &RootGroup, address: u64) -> bool {
    (root.start..root.end).contains(&address)
}

/// What tells two places apart.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key<'r> {
    /// Data of a module.
    Data(usize, Data),
    /// A frame, by the number of its stack; `None` where frames are not known.
    Frame(usize, Option<usize>),
    /// A root as a whole.
    Whole(RootKind, u32),
    /// Mappings of one file, or of none.
    Mapping(&'r str),
}

/// Where a piece of data begins.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Data {
    Variable(u64),
    Section(u64),
    /// Neither is known: all data of the module.
    All,
}

impl Data {
    fn at(address: u64, names: Option<&ModuleSymbols>) -> Self {
        let Some(names) = names else { return Self::All };
        match (names.variable(address), names.section(address)) {
            (Some((start, _)), _) => Self::Variable(start),
            (None, Some((start, _))) => Self::Section(start),
            (None, None) => Self::All,
        }
    }
}

impl Places {
    /// The places of a heap, called as `symbols` names them.
    pub fn of(recorded: &Recorded, symbols: &Symbols) -> Self {
        let mut places = Vec::new();
        let mut known = HashMap::new();
        let mut of_references = vec![0; recorded.references().len()];
        for (number, root) in recorded.roots().iter().enumerate() {
            let names = match root.kind {
                RootKind::Module => symbols.find(&root.build_id, &root.name),
                _ => None,
            };
            for at in root.references.clone() {
                let address = recorded.references()[at].address;
                let key = match root.kind {
                    RootKind::Module => {
                        Key::Data(number, Data::at(address.wrapping_sub(root.bias), names))
                    }
                    RootKind::Stack => Key::Frame(number, frame_of(root, address)),
                    RootKind::Mapping => Key::Mapping(&root.name),
                    kind => Key::Whole(kind, root.thread),
                };
                of_references[at] = *known.entry(key.clone()).or_insert_with(|| {
                    places.push(match key {
                        Key::Data(_, at) => data(root, names, at),
                        Key::Frame(_, frame) => stack(recorded, root, frame, symbols),
                        Key::Whole(..) | Key::Mapping(_) => whole(root),
                    });
                    (places.len() - 1) as u32
                });
            }
        }
        Self {
            places,
            of_references,
        }
    }

    /// The place with a number; roots of the divided graph have those.
    pub fn get(&self, number: u32) -> Option<&Place> {
        self.places.get(number as usize)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none: then all blocks are lost.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The place of each reference.
    pub(crate) fn of_references(&self) -> &[u32] {
        &self.of_references
    }
}

fn data(root: &RootGroup, names: Option<&ModuleSymbols>, at: Data) -> Place {
    let module = visible(file_name(&root.name));
    let name_of = |found: Option<(u64, &SourceVariable)>| {
        found.map_or(String::new(), |found| visible(&found.1.name))
    };
    let (kind, name, start) = match at {
        Data::Variable(start) => {
            let variable = name_of(names.and_then(|names| names.variable(start)));
            let name = format!("global `{variable}` in {module}");
            (PlaceKind::Global, name, Some(start))
        }
        Data::Section(start) => {
            let section = name_of(names.and_then(|names| names.section(start)));
            let name = format!("unnamed variables ({section}) of {module}");
            (PlaceKind::UnnamedData, name, Some(start))
        }
        Data::All => (PlaceKind::UnnamedData, format!("data of {module}"), None),
    };
    Place {
        kind,
        name,
        module: Some(root.name.clone()),
        file: None,
        line: None,
        thread: None,
        start: start.map_or(root.start, |start| start.wrapping_add(root.bias)),
    }
}

fn stack(recorded: &Recorded, root: &RootGroup, frame: Option<usize>, symbols: &Symbols) -> Place {
    let thread = thread(root);
    let Some((sp, pc)) = frame.and_then(|at| root.frames.get(at)).copied() else {
        return Place {
            kind: PlaceKind::Stack,
            name: format!("{thread}: stack"),
            ..whole(root)
        };
    };
    let module = module_of(recorded.roots(), pc);
    let offset = module.map(|module| pc.wrapping_sub(module.bias));
    let sources = module
        .and_then(|module| symbols.find(&module.build_id, &module.name))
        .and_then(|names| names.frames.get(&offset?));
    let source = sources.and_then(|sources| sources.first());
    let name = match (source, module, offset) {
        (Some(source), ..) => site_name::place(&named(source)),
        (None, Some(module), Some(offset)) => {
            format!("{}+{offset:#x}", visible(file_name(&module.name)))
        }
        _ => format!("{pc:#x}"),
    };
    Place {
        kind: PlaceKind::Frame,
        name: format!("{thread}: frame {name}"),
        module: module.map(|module| module.name.clone()),
        file: source.and_then(|source| source.file.clone()),
        line: source.and_then(|source| source.line),
        thread: Some(root.thread),
        start: sp,
    }
}

fn named(source: &SourceFrame) -> NamedFrame<'_> {
    NamedFrame {
        id: FrameId::default(),
        function: Cow::Borrowed(&source.function),
        file: source.file.as_deref(),
        line: source.line,
        module: None,
        mangled: None,
        inlined: source.inlined,
        is_named: true,
    }
}

/// A root that is told as it is.
fn whole(root: &RootGroup) -> Place {
    let (kind, name) = match root.kind {
        RootKind::Registers => (PlaceKind::Registers, format!("{}: registers", thread(root))),
        RootKind::ThreadLocal => (
            PlaceKind::ThreadLocal,
            format!("{}: thread-local storage", thread(root)),
        ),
        RootKind::Mapping if root.name.is_empty() => (
            PlaceKind::Mapping,
            "memory that the program has mapped itself".to_owned(),
        ),
        RootKind::Mapping => (
            PlaceKind::Mapping,
            format!("mapping of {}", visible(&root.name)),
        ),
        _ => (PlaceKind::Unknown, "root of an unknown kind".to_owned()),
    };
    Place {
        kind,
        name,
        module: Some(root.name.clone())
            .filter(|name| kind == PlaceKind::Mapping && !name.is_empty()),
        file: None,
        line: None,
        thread: Some(root.thread).filter(|&thread| thread > 0),
        start: root.start,
    }
}

fn thread(root: &RootGroup) -> String {
    match root.name.as_str() {
        "" => format!("thread {}", root.thread),
        name => format!("thread {} ({})", root.thread, visible(name)),
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or("?")
}
