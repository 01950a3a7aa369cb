//! Frames of call stacks, and the programs and libraries they lie in.

use tenure_trace::profile::module;

/// Index of a [`Frame`] in [`super::Sites::frames`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub(super) u32);

impl FrameId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`Module`] in [`super::Sites::modules`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub(super) u32);

impl ModuleId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`Function`] in [`super::Sites::functions`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub(super) u32);

impl FunctionId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One place of a call stack. Equal places of different processes are one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frame {
    /// A return address in a program or library; its call stands before it.
    Code {
        /// Which.
        module: ModuleId,
        /// ELF virtual address of the return address.
        offset: u64,
    },
    /// A return address outside every file, such as in code made at run time.
    Address(u64),
    /// A line of an interpreted function.
    Interpreted {
        /// Which.
        function: FunctionId,
        /// Line in its file; 0 where it is not known.
        line: u32,
    },
    /// The outer end of a stack whose frames further out are not known: the walk stopped, or the
    /// record is torn.
    Truncated,
    /// Stands for a stack that was not captured: early in the process, or in a signal handler.
    NotCaptured,
    /// A frame of a kind that this version does not know.
    Unknown,
}

/// A program or library, as one over all processes: by build-id, without one by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Its path as recorded; empty where the record has lost it.
    pub path: String,
    /// Its build-id; empty where it has none.
    pub build_id: Vec<u8>,
    /// What it is.
    pub kind: ModuleKind,
    /// Where each process had it; at least one, unless the record has lost it.
    pub mappings: Vec<Mapping>,
}

impl Module {
    /// The last part of its path; `?` where the record has lost it.
    pub fn name(&self) -> &str {
        match self.path.rsplit('/').next() {
            None | Some("") => "?",
            Some(name) => name,
        }
    }

    /// The build-id in lower-case hexadecimal; empty where it has none.
    pub fn build_id_hex(&self) -> String {
        let digits = self.build_id.iter();
        digits.map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An interpreted function, as one over all processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function {
    /// Its qualified name; empty where the record has lost it.
    pub name: String,
    /// Path of its file, as the interpreter knows it.
    pub file: String,
    /// The line on which it begins; 0 where that is not known.
    pub first_line: u32,
}

/// What a [`Module`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModuleKind {
    /// A file: program or library.
    #[default]
    File,
    /// The code that the kernel maps into every process.
    Vdso,
    /// Something else.
    Other,
}

impl ModuleKind {
    pub(super) fn of(recorded: u8) -> Self {
        match recorded {
            module::KIND_FILE => Self::File,
            module::KIND_VDSO => Self::Vdso,
            _ => Self::Other,
        }
    }
}

/// Where one process had a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Index into [`super::Sites::images`].
    pub image: u32,
    /// What is subtracted from an address to give the ELF virtual address.
    pub bias: u64,
    /// First address that was mapped.
    pub start: u64,
    /// Behind the last address that was mapped.
    pub end: u64,
    /// Whether it was still loaded when the record ended.
    pub loaded: bool,
}
