//! Functions, files and modules, each once, over all views of a page.

use serde::Serialize;
use std::collections::{HashMap, HashSet};
use tenure_model::profile::{FrameId, NamedFrame, Names};

/// What a place is, as its number in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Code of the program.
    Own = 0,
    /// Code of a library that the system brings.
    Library = 1,
    /// The C or C++ runtime, an allocation wrapper, a container, an interpreter whose functions
    /// are told: it allocates for its caller.
    Runtime = 2,
    /// No place in the program: a stack that ends too early, or is none.
    Mark = 3,
}

/// Folders in which a system keeps the libraries that it brings.
const SYSTEM: [&str; 8] = [
    "/lib/",
    "/lib32/",
    "/lib64/",
    "/usr/lib/",
    "/usr/lib32/",
    "/usr/lib64/",
    "/usr/libexec/",
    "/nix/store/",
];

/// The tables that all views of a page refer to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Places {
    text: Vec<String>,
    modules: ModuleColumns,
    places: PlaceColumns,
    /// For each frame its places, innermost first; more than one where functions are inlined.
    frames: Vec<Vec<u32>>,
    #[serde(skip)]
    programs: HashSet<String>,
    #[serde(skip)]
    known: Known,
}

#[derive(Debug, Default, Serialize)]
struct ModuleColumns {
    path: Vec<u32>,
}

#[derive(Debug, Default, Serialize)]
struct PlaceColumns {
    function: Vec<u32>,
    /// -1 where it is not known.
    file: Vec<i64>,
    /// 0 where it is not known.
    line: Vec<u32>,
    /// -1 for what lies in none.
    module: Vec<i64>,
    kind: Vec<u8>,
    inlined: Vec<u8>,
}

#[derive(Debug, Default)]
struct Known {
    text: HashMap<String, u32>,
    modules: HashMap<u32, u32>,
    places: HashMap<(u32, i64, u32, i64, u8, u8), u32>,
    frames: HashMap<Vec<u32>, u32>,
}

impl Places {
    /// No place yet. `programs` are the paths of the recorded programs: what lies in one is its
    /// own code, wherever it stands.
    pub(super) fn new<'a>(programs: impl Iterator<Item = &'a str>) -> Self {
        Self {
            programs: programs.map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    fn text(&mut self, text: &str) -> u32 {
        if let Some(&known) = self.known.text.get(text) {
            return known;
        }
        let at = self.text.len() as u32;
        self.text.push(text.to_owned());
        self.known.text.insert(text.to_owned(), at);
        at
    }

    fn module(&mut self, path: &str) -> u32 {
        let path = self.text(path);
        let columns = &mut self.modules;
        *self.known.modules.entry(path).or_insert_with(|| {
            columns.path.push(path);
            (columns.path.len() - 1) as u32
        })
    }

    /// The place of a named frame.
    pub(super) fn place(&mut self, names: &Names<'_>, frame: &NamedFrame<'_>) -> u32 {
        let kind = self.kind(names, frame);
        let function = self.text(&frame.function);
        let file = frame.file.map_or(-1, |file| i64::from(self.text(file)));
        let module = frame.module.filter(|module| !module.is_empty());
        let module = module.map_or(-1, |module| i64::from(self.module(module)));
        let line = frame.line.unwrap_or(0);
        self.entry((
            function,
            file,
            line,
            module,
            kind as u8,
            u8::from(frame.inlined),
        ))
    }

    /// A place that is none, called `words`.
    pub(super) fn mark(&mut self, words: &str) -> u32 {
        let function = self.text(words);
        self.entry((function, -1, 0, -1, Kind::Mark as u8, 0))
    }

    fn entry(&mut self, place: (u32, i64, u32, i64, u8, u8)) -> u32 {
        let columns = &mut self.places;
        *self.known.places.entry(place).or_insert_with(|| {
            let (function, file, line, module, kind, inlined) = place;
            columns.function.push(function);
            columns.file.push(file);
            columns.line.push(line);
            columns.module.push(module);
            columns.kind.push(kind);
            columns.inlined.push(inlined);
            (columns.function.len() - 1) as u32
        })
    }

    /// The frame that stands for `id` of `names`.
    pub(super) fn frame(&mut self, names: &Names<'_>, id: FrameId) -> u32 {
        let named = names.frame(id);
        let places = named.iter().map(|frame| self.place(names, frame)).collect();
        self.frame_of(places)
    }

    /// The frame of these places, innermost first.
    pub(super) fn frame_of(&mut self, places: Vec<u32>) -> u32 {
        let frames = &mut self.frames;
        match self.known.frames.get(&places) {
            Some(&known) => known,
            None => {
                let at = frames.len() as u32;
                frames.push(places.clone());
                self.known.frames.insert(places, at);
                at
            }
        }
    }

    fn kind(&self, names: &Names<'_>, frame: &NamedFrame<'_>) -> Kind {
        let is_mark = !frame.is_named && frame.function.starts_with('[');
        if is_mark && frame.function != "[interpreted]" {
            return Kind::Mark;
        }
        let is_loop = !names.sites().functions.is_empty() && names.is_interpreter(frame);
        if is_loop || names.is_plumbing(frame) {
            return Kind::Runtime;
        }
        match frame.module {
            Some(path) if self.is_library(path) => Kind::Library,
            _ => Kind::Own,
        }
    }

    fn is_library(&self, path: &str) -> bool {
        let is_system = SYSTEM.iter().any(|folder| path.starts_with(folder));
        (is_system || path.starts_with('[')) && !self.programs.contains(path)
    }
}
