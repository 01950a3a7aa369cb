//! The stacks of this process: which modules there are, and the trie of all stacks, in the
//! profile's files.
//!
//! **Locks:** that of the modules, then that of the functions, then the profile's. The trie needs
//! none.

use crate::functions;
use crate::profile;
use crate::stack::{
    Captured, FunctionFacts, ModuleFacts, ModuleKind, ModuleSink, Modules, Node, NodeMemory,
    Registers, ThreadStacks, Trie,
};
use core::ptr::NonNull;
use core::sync::atomic::AtomicU64;
use tenure_trace::profile::FunctionRecord;
use tenure_trace::profile::module::{self, KIND_FILE, KIND_OTHER, KIND_VDSO};
use tenure_trace::profile::module::{BUILD_ID_CAPACITY, MODULE_BYTES, PATH_CAPACITY};
use tenure_trace::profile::node::MODULE_MAX;

static MODULES: Modules = Modules::new();
static TRIE: Trie<Nodes> = Trie::new(Nodes);
static SINK: Sink = Sink;

/// The nodes in their file.
struct Nodes;

// SAFETY: the profile's node file never moves, has room for what `make_room_for_nodes` has said
// yes to, is made of zeroes, and is written by the trie alone (or, in a copied process, replaced by
// the same bytes). The trie is used only while there is a profile.
unsafe impl NodeMemory for Nodes {
    fn first(&self) -> NonNull<Node> {
        profile::nodes().cast()
    }

    fn grow(&self, count: u32) -> bool {
        profile::make_room_for_nodes(count as usize)
    }

    fn count(&self) -> &AtomicU64 {
        &profile::nodes_head().count
    }

    fn lost(&self) -> &AtomicU64 {
        &profile::nodes_head().lost
    }
}

/// Writes modules into their file.
struct Sink;

impl ModuleSink for Sink {
    fn add(&self, facts: &ModuleFacts<'_>) -> Option<u16> {
        profile::with_new_module(|number, bytes| {
            let id = u16::try_from(number + 1)
                .ok()
                .filter(|id| *id <= MODULE_MAX)?;
            write_module(bytes, id, facts);
            Some(id)
        })
    }

    fn retire(&self, id: u16, epoch: u64) {
        profile::with_module(usize::from(id) - 1, |bytes| {
            put(bytes, module::UNLOADED_EPOCH_OFFSET, &epoch.to_le_bytes());
        });
    }

    fn add_function(&self, function: &FunctionFacts<'_>) -> Option<u32> {
        functions::number_of(&FunctionRecord {
            name: function.name,
            file: function.file,
            first_line: function.first_line,
        })
    }

    fn interpreter(&self, version: u64, state: u64) {
        profile::tell_interpreter(version, state);
    }
}

fn put(bytes: &mut [u8; MODULE_BYTES], at: usize, value: &[u8]) {
    if let Some(room) = bytes.get_mut(at..at + value.len()) {
        room.copy_from_slice(value);
    }
}

fn write_module(bytes: &mut [u8; MODULE_BYTES], id: u16, facts: &ModuleFacts<'_>) {
    let build_id = &facts.build_id[..facts.build_id.len().min(BUILD_ID_CAPACITY)];
    let path = &facts.path[..facts.path.len().min(PATH_CAPACITY)];
    let kind = match facts.kind {
        ModuleKind::File => KIND_FILE,
        ModuleKind::Vdso => KIND_VDSO,
        ModuleKind::Other => KIND_OTHER,
    };
    let path_len = (path.len() as u16).to_le_bytes();
    put(bytes, module::PATH_LENGTH_OFFSET, &path_len);
    put(
        bytes,
        module::BUILD_ID_LENGTH_OFFSET,
        &[build_id.len() as u8],
    );
    put(bytes, module::KIND_OFFSET, &[kind]);
    put(bytes, module::BIAS_OFFSET, &facts.bias.to_le_bytes());
    put(bytes, module::START_OFFSET, &facts.start.to_le_bytes());
    put(bytes, module::END_OFFSET, &facts.end.to_le_bytes());
    put(
        bytes,
        module::LOADED_EPOCH_OFFSET,
        &facts.epoch.to_le_bytes(),
    );
    put(bytes, module::BUILD_ID_OFFSET, build_id);
    put(bytes, module::PATH_OFFSET, path);
    // Last: a module whose id is zero is not whole.
    put(bytes, module::ID_OFFSET, &id.to_le_bytes());
}

/// Begins; the profile's files are there.
pub(crate) fn begin() {
    MODULES.set_sink(&SINK);
    MODULES.hide_module_of(begin as fn() as usize);
}

/// The stack of the frame at `from`, one of the calling thread, which owns `stacks`.
#[inline]
pub(crate) fn capture(stacks: &mut ThreadStacks, from: &Registers) -> Captured {
    stacks.capture(from, &MODULES, &TRIE)
}

/// A library was closed: what was known of its code is no longer so.
pub(crate) fn library_closed() {
    MODULES.changed();
}

/// Takes the lock for a fork; [`release_after_fork`] gives it back.
pub(crate) fn hold_for_fork() {
    MODULES.hold();
    functions::hold_for_fork();
}

/// Gives the lock back.
///
/// # Safety
/// * This thread holds it since [`hold_for_fork`], or is the only one of a copied process.
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: the caller's promise.
    unsafe {
        functions::release_after_fork();
        MODULES.release();
    }
}
