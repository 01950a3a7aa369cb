//! Names of functions, files and lines for the frames of a record.
//!
//! The serde form of [`Symbols`] is the SYMS section of a record, schema `symbols/1`.

use super::{Frame, Module, Sites};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One function at a frame, as a person would name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceFrame {
    /// Name of the function, demangled.
    pub function: String,
    /// Its name as the linker knows it, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mangled: Option<String>,
    /// Path of the source file, as the compiler wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line in that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Whether the function was inlined into the next one of the list.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inlined: bool,
}

/// Names of frames: by module and offset, not by process, so that they outlive the record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbols {
    /// Name and version of the schema: [`Symbols::SCHEMA`].
    #[serde(default)]
    pub tenure: String,
    /// One for each module of which any frame is named.
    #[serde(default)]
    pub modules: Vec<ModuleSymbols>,
    /// Code outside every file, such as that of a just-in-time compiler: names by address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<u64, Vec<SourceFrame>>,
}

/// Names of the frames of one program or library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleSymbols {
    /// Its build-id in lower-case hexadecimal; empty where it has none.
    #[serde(default)]
    pub build_id: String,
    /// Its path as recorded; decides only where there is no build-id.
    #[serde(default)]
    pub path: String,
    /// By the offset as recorded (a return address): the functions there, innermost first.
    /// All but the last are inlined into the one that follows.
    #[serde(default)]
    pub frames: BTreeMap<u64, Vec<SourceFrame>>,
    /// By the ELF virtual address of its start: each variable that somebody asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<u64, SourceVariable>,
    /// The same of variables that each thread has of its own, by their place in the module's
    /// block.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub thread_locals: BTreeMap<u64, SourceVariable>,
    /// By start: the sections of data in which variables without a name lie.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sections: BTreeMap<u64, SourceVariable>,
}

/// Places of a module that somebody wants names for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unnamed {
    /// Its build-id; empty where it has none.
    pub build_id: Vec<u8>,
    /// Its path as recorded.
    pub path: String,
    /// Return addresses, as ELF virtual addresses.
    pub frames: BTreeSet<u64>,
    /// ELF virtual addresses of data.
    pub variables: BTreeSet<u64>,
    /// Places in the thread-local block of the module.
    pub thread_locals: BTreeSet<u64>,
}

/// A variable, or a section of variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceVariable {
    /// Its name, demangled.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Symbols {
    /// The schema of the serde form.
    pub const SCHEMA: &'static str = "symbols/1";

    /// No names yet.
    pub fn new() -> Self {
        Self {
            tenure: Self::SCHEMA.to_owned(),
            ..Self::default()
        }
    }

    /// The names for `module`, made where there are none yet.
    pub fn module_mut(&mut self, module: &Module) -> &mut ModuleSymbols {
        self.find_mut(&module.build_id, &module.path)
    }

    /// As [`Symbols::module_mut`], of a module that no call stack goes through.
    pub fn find_mut(&mut self, build_id: &[u8], path: &str) -> &mut ModuleSymbols {
        let build_id = hex(build_id);
        let is_it = |known: &ModuleSymbols| known.is_of(&build_id, path);
        let at = self.modules.iter().position(is_it).unwrap_or_else(|| {
            self.modules.push(ModuleSymbols {
                build_id: build_id.clone(),
                path: path.to_owned(),
                ..ModuleSymbols::default()
            });
            self.modules.len() - 1
        });
        &mut self.modules[at]
    }

    /// The names of the module with this build-id, or where it has none, this path. O(modules).
    pub fn find(&self, build_id: &[u8], path: &str) -> Option<&ModuleSymbols> {
        let build_id = hex(build_id);
        let mut modules = self.modules.iter();
        modules.find(|module| module.is_of(&build_id, path))
    }

    /// Whether nothing has a name.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.modules.iter().all(ModuleSymbols::is_empty)
    }
}

impl ModuleSymbols {
    /// Whether nothing has a name.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
            && self.variables.is_empty()
            && self.thread_locals.is_empty()
            && self.sections.is_empty()
    }

    /// The variable that contains `address`, and where it starts.
    pub fn variable(&self, address: u64) -> Option<(u64, &SourceVariable)> {
        containing(&self.variables, address)
    }

    /// The section that contains `address`, and where it starts.
    pub fn section(&self, address: u64) -> Option<(u64, &SourceVariable)> {
        containing(&self.sections, address)
    }

    /// The variable of each thread that contains `place`, and where it starts.
    pub fn thread_local(&self, place: u64) -> Option<(u64, &SourceVariable)> {
        containing(&self.thread_locals, place)
    }

    fn is_of(&self, build_id: &str, path: &str) -> bool {
        match (self.build_id.is_empty(), build_id.is_empty()) {
            (false, false) => self.build_id == build_id,
            (true, true) => self.path == path,
            _ => false,
        }
    }
}

/// The names of one record's frames, found without search.
#[derive(Clone, Debug)]
pub(super) struct Lookup<'a> {
    symbols: &'a Symbols,
    /// For each module of the record: where its names are.
    modules: Vec<Option<&'a ModuleSymbols>>,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(sites: &Sites, symbols: &'a Symbols) -> Self {
        let mut by_build_id = HashMap::new();
        let mut by_path = HashMap::new();
        for module in &symbols.modules {
            match module.build_id.as_str() {
                "" => by_path.entry(module.path.as_str()).or_insert(module),
                build_id => by_build_id.entry(build_id).or_insert(module),
            };
        }
        let of_module = |module: &Module| match module.build_id_hex().as_str() {
            "" => by_path.get(module.path.as_str()).copied(),
            build_id => by_build_id.get(build_id).copied(),
        };
        Self {
            symbols,
            modules: sites.modules.iter().map(of_module).collect(),
        }
    }

    /// The functions at `frame`, innermost first; empty where it has no name.
    pub(super) fn of(&self, frame: Frame) -> &'a [SourceFrame] {
        let names = match frame {
            Frame::Code { module, offset } => {
                let module = self.modules.get(module.index()).copied().flatten();
                module.and_then(|module| module.frames.get(&offset))
            }
            Frame::Address(address) => self.symbols.addresses.get(&address),
            // The record itself has their names.
            Frame::Interpreted { .. } => None,
            Frame::Truncated | Frame::NotCaptured | Frame::Unknown => None,
        };
        names.map(Vec::as_slice).unwrap_or_default()
    }
}

fn containing(all: &BTreeMap<u64, SourceVariable>, address: u64) -> Option<(u64, &SourceVariable)> {
    let (&start, found) = all.range(..=address).next_back()?;
    (address - start < found.bytes).then_some((start, found))
}

fn hex(build_id: &[u8]) -> String {
    build_id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// For fields that are written only where they are true.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_false(value: &bool) -> bool {
    !value
}
