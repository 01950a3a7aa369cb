//! The look-up of many addresses, one module after the other.

use super::cache::Kept;
use super::dwarf::{DebugData, Slice};
use super::locate::Sources;
use super::symbol_table::SymbolTable;
use super::variables::{Storage, Variable, VariableTable};
use super::{Cache, Module, ModuleKind, Note, demangle};
use addr2line::Context;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where distributions install debug data.
const DEBUG_FOLDER: &str = "/usr/lib/debug";
/// More inlined functions at one address than this are a loop in damaged data.
const INLINED_MAX: usize = 256;
/// No code lies beyond: the upper half belongs to kernels.
const ADDRESS_END: u64 = 1 << 63;
/// Addresses between two reports of progress.
const STEP: usize = 64;

/// One function at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its name, demangled.
    pub function: Option<Arc<str>>,
    /// Its name as the linker knows it, where that is another.
    pub mangled: Option<Arc<str>>,
    /// The source file, as the compiler was told.
    pub file: Option<Arc<str>>,
    /// The line in it, from 1.
    pub line: Option<u32>,
    /// Bytes from the start of the function, where only a symbol table knows the address.
    pub offset: Option<u64>,
}

/// How much the sources of a module tell; each step includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Quality {
    /// Nothing.
    #[default]
    Nothing,
    /// Names of exported functions.
    Exported,
    /// Names of all functions.
    Functions,
    /// Functions with files and lines.
    Lines,
}

/// Addresses in a module that somebody wants explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The module.
    pub module: Module,
    /// ELF virtual addresses, in any order. For a return address: minus one.
    pub addresses: Vec<u64>,
}

/// What was found for a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// Each wanted address once, in rising order, with its functions: the innermost inlined one
    /// first, none where nothing is known.
    pub frames: Vec<(u64, Vec<Frame>)>,
    /// What the sources could tell.
    pub quality: Quality,
    /// What the reader should know.
    pub notes: Vec<Note>,
}

impl Resolved {
    /// The functions at `address`; `None` where it was not asked for.
    pub fn at(&self, address: u64) -> Option<&[Frame]> {
        let at = self
            .frames
            .binary_search_by_key(&address, |(address, _)| *address)
            .ok()?;
        Some(&self.frames[at].1)
    }
}

/// How far a look-up is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Addresses that are done.
    pub done: usize,
    /// All addresses.
    pub total: usize,
    /// The module that is open.
    pub module: &'a Path,
}

/// Looks up addresses. It holds no file open between two look-ups.
///
/// ```no_run
/// use tenure_probe::symbols::{Module, ModuleKind, Symboliser};
/// let module = Module { path: "/bin/ls".into(), build_id: vec![], kind: ModuleKind::File };
/// let found = Symboliser::new().module(&module, &[0x4000], &mut |_| {});
/// for frame in found.at(0x4000).unwrap_or_default() {
///     println!("{:?} {:?}:{:?}", frame.function, frame.file, frame.line);
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Symboliser {
    debug_folder: PathBuf,
    cache: Option<Cache>,
}

impl Default for Symboliser {
    fn default() -> Self {
        Self::new()
    }
}

impl Symboliser {
    /// One that knows the distribution's debug folder and has no cache.
    pub fn new() -> Self {
        Self {
            debug_folder: DEBUG_FOLDER.into(),
            cache: None,
        }
    }

    /// Seeks debug data under `folder` instead of `/usr/lib/debug`.
    #[must_use]
    pub fn with_debug_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.debug_folder = folder.into();
        self
    }

    /// Asks `cache` first, and keeps there what is found.
    #[must_use]
    pub fn with_cache(mut self, cache: Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Explains every request, in order.
    pub fn all(
        &self,
        requests: &[Request],
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Vec<Resolved> {
        let total = requests.iter().map(|request| request.addresses.len()).sum();
        let mut before = 0;
        let mut explain = |request: &Request| {
            let module = &*request.module.path;
            let mut step = |done| {
                progress(Progress {
                    done: before + done,
                    total,
                    module,
                })
            };
            let resolved = self.module(&request.module, &request.addresses, &mut step);
            before += request.addresses.len();
            resolved
        };
        requests.iter().map(&mut explain).collect()
    }

    /// Explains `addresses` of one module; `progress` hears how many are done.
    pub fn module(
        &self,
        module: &Module,
        addresses: &[u64],
        progress: &mut dyn FnMut(usize),
    ) -> Resolved {
        let mut wanted = addresses.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        progress(0);
        let sources = Sources::of(module, &self.debug_folder);
        let cache = self
            .cache
            .as_ref()
            .filter(|_| module.kind == ModuleKind::File);
        let kept = cache
            .map(|cache| cache.read(&module.build_id))
            .unwrap_or_default();
        let mut resolved = Resolved {
            quality: kept.quality,
            notes: sources.notes.clone(),
            ..Resolved::default()
        };
        let is_known = wanted.iter().all(|address| kept.at(*address).is_some());
        if is_known && kept.quality == Quality::Lines {
            // There is no more to be had: the files need not be parsed.
            resolved.frames = kept.merged(&wanted, Vec::new());
        } else {
            look_up(
                &sources,
                module,
                &wanted,
                (cache, kept),
                &mut resolved,
                progress,
            );
        }
        progress(addresses.len());
        resolved
    }

    /// Names the variables of one module at `addresses`, in the same order, and gives what the
    /// reader should know. `None` stands for an address outside of all data.
    ///
    /// O(symbols of the module) and what a search takes for each address; nothing is cached.
    pub fn variables(
        &self,
        module: &Module,
        storage: Storage,
        addresses: &[u64],
    ) -> (Vec<Option<Variable>>, Vec<Note>) {
        let sources = Sources::of(module, &self.debug_folder);
        let files = [&sources.debug, &sources.own].map(|file| {
            let file = file.as_ref()?;
            file.elf().ok()
        });
        let files: Vec<_> = files.iter().flatten().collect();
        let table = VariableTable::of(&files, storage);
        let found = addresses.iter().map(|&address| table.find(address));
        (found.collect(), sources.notes)
    }
}

/// Fills `resolved` from the files of a module, and from what is kept where that is as good.
fn look_up(
    sources: &Sources,
    module: &Module,
    wanted: &[u64],
    (cache, kept): (Option<&Cache>, Kept),
    resolved: &mut Resolved,
    progress: &mut dyn FnMut(usize),
) {
    let mut files = Files::of(sources);
    let quality = files.quality();
    // What was found when more was installed than now is still true: the build is the same.
    let is_good = kept.quality >= quality;
    resolved.quality = quality.max(kept.quality);
    let unknown = |address: &&u64| !is_good || kept.at(**address).is_none();
    let missing: Vec<u64> = wanted.iter().filter(unknown).copied().collect();
    let found = files.resolve(&missing, progress);
    if let Some(cache) = cache.filter(|_| !found.is_empty() && files.notes.is_empty()) {
        // A cache that cannot be written costs time, nothing else.
        let _ = cache.add(&module.build_id, quality, &found);
    }
    resolved.notes.append(&mut files.notes);
    resolved.frames = match is_good {
        true => kept.merged(wanted, found),
        false => found,
    };
}

/// The parsed files of a module.
struct Files<'a> {
    debug: Option<DebugData<'a>>,
    table: SymbolTable<'a>,
    path: PathBuf,
    notes: Vec<Note>,
}

impl<'a> Files<'a> {
    fn of(sources: &'a Sources) -> Self {
        let own = sources.own.as_ref().and_then(|file| file.elf().ok());
        let apart = sources.debug.as_ref().and_then(|file| file.elf().ok());
        let supplement = sources.supplement.as_ref().and_then(|file| file.elf().ok());
        let with_data = sources.debug.as_ref().or(sources.own.as_ref());
        let path = with_data
            .map(|file| file.path().to_owned())
            .unwrap_or_default();
        let mut notes = Vec::new();
        let debug = apart.as_ref().or(own.as_ref()).and_then(|elf| {
            let data = DebugData::of(elf, supplement.as_ref());
            data.map_err(|error| notes.push(damaged(&path, &error)))
                .ok()
        });
        let files: Vec<_> = apart.iter().chain(own.iter()).collect();
        let table = SymbolTable::of(&files);
        let debug = debug.filter(|data| !data.is_empty());
        Self {
            debug,
            table,
            path,
            notes,
        }
    }

    fn quality(&self) -> Quality {
        match (&self.debug, self.table.is_full, self.table.is_empty()) {
            (Some(_), ..) => Quality::Lines,
            (None, true, _) => Quality::Functions,
            (None, false, false) => Quality::Exported,
            (None, false, true) => Quality::Nothing,
        }
    }

    fn resolve(
        &mut self,
        addresses: &[u64],
        progress: &mut dyn FnMut(usize),
    ) -> Vec<(u64, Vec<Frame>)> {
        if addresses.is_empty() {
            return Vec::new();
        }
        let context = self.debug.as_ref().map(DebugData::context);
        let context = match context.transpose() {
            Ok(context) => context,
            Err(error) => {
                self.notes.push(damaged(&self.path, &error));
                None
            }
        };
        let mut words = Words::default();
        let mut first_error = None;
        let mut found = Vec::with_capacity(addresses.len());
        for (done, address) in addresses.iter().enumerate() {
            if done % STEP == 0 {
                progress(done);
            }
            let mut frames = Vec::new();
            if let Some(context) = &context
                && *address < ADDRESS_END
                && let Err(error) = words.frames(context, *address, &mut frames)
            {
                first_error.get_or_insert(error);
            }
            self.complete(*address, &mut frames, &mut words);
            found.push((*address, frames));
        }
        if let Some(error) = first_error {
            self.notes.push(damaged(&self.path, &error));
        }
        found
    }

    /// Names the outermost function from the symbol table where DWARF did not. Of functions that
    /// only their file can see, DWARF often leaves out the mangled name.
    fn complete(&self, address: u64, frames: &mut Vec<Frame>, words: &mut Words) {
        let is_known = |frame: &Frame| frame.function.is_some() && frame.mangled.is_some();
        if frames.last().is_some_and(is_known) {
            return;
        }
        let Some((name, offset)) = self.table.find(address) else {
            return;
        };
        let named = frames
            .last_mut()
            .and_then(|frame| Some((frame.function.clone()?, frame)));
        if let Some((function, frame)) = named {
            let linked = words.linked(name);
            frame.mangled = Some(linked).filter(|linked| *linked != function);
            return;
        }
        let (function, mangled) = words.function(name);
        let function = Some(function);
        match frames.last_mut() {
            Some(frame) => (frame.function, frame.mangled) = (function, mangled),
            None => {
                let offset = Some(offset);
                frames.push(Frame {
                    function,
                    mangled,
                    file: None,
                    line: None,
                    offset,
                });
            }
        }
    }
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> Note {
    Note::Damaged {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

/// The names and paths of a module, each kept once.
#[derive(Default)]
struct Words {
    functions: HashMap<Vec<u8>, Names>,
    files: HashMap<String, Arc<str>>,
}

/// A name as a person writes it, and as the linker knows it where that is another.
type Names = (Arc<str>, Option<Arc<str>>);

impl Words {
    fn function(&mut self, name: &[u8]) -> Names {
        if let Some(known) = self.functions.get(name) {
            return known.clone();
        }
        let plain = String::from_utf8_lossy(name);
        let written: Arc<str> = demangle(&plain).into();
        let mangled = (*written != *plain).then(|| Arc::from(&*plain));
        let names = (written, mangled);
        self.functions.insert(name.to_owned(), names.clone());
        names
    }

    /// A name as the linker knows it.
    fn linked(&mut self, name: &[u8]) -> Arc<str> {
        let (written, mangled) = self.function(name);
        mangled.unwrap_or(written)
    }

    fn file(&mut self, path: &str) -> Arc<str> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let written: Arc<str> = path.replace("/./", "/").into();
        self.files.insert(path.to_owned(), written.clone());
        written
    }

    /// Adds the functions at `address`, the innermost first.
    fn frames(
        &mut self,
        context: &Context<Slice<'_>>,
        address: u64,
        frames: &mut Vec<Frame>,
    ) -> Result<(), gimli::Error> {
        let mut found = context.find_frames(address).skip_all_loads()?;
        while frames.len() < INLINED_MAX
            && let Some(frame) = found.next()?
        {
            let names = frame.function.map(|name| self.function(name.name.slice()));
            let (function, mangled) = names.unzip();
            let location = frame.location;
            let file = location.as_ref().and_then(|place| place.file);
            frames.push(Frame {
                function,
                mangled: mangled.flatten(),
                file: file.map(|path| self.file(path)),
                line: location
                    .and_then(|place| place.line)
                    .filter(|line| *line > 0),
                offset: None,
            });
        }
        Ok(())
    }
}
