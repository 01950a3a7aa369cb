//! Nodes and modules kept in memory, and stacks read back from them as addresses.

use std::alloc::{Layout, alloc_zeroed};
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use tenure_record::stack::{
    Captured, FunctionFacts, ModuleFacts, ModuleSink, Modules, Node, NodeMemory, Registers,
    TRUNCATED, ThreadStacks, Trie,
};

/// A fixed array of nodes.
pub(crate) struct Pages {
    first: NonNull<Node>,
    room: u32,
    count: AtomicU64,
    lost: AtomicU64,
}

// SAFETY: the array is never freed, and the trie alone writes to it.
unsafe impl Sync for Pages {}
// SAFETY: as above.
unsafe impl Send for Pages {}

impl Pages {
    pub(crate) fn new(room: u32) -> Self {
        let layout = Layout::array::<Node>(room as usize).unwrap();
        // SAFETY: the layout is not empty.
        let first = unsafe { alloc_zeroed(layout) }.cast();
        Self {
            first: NonNull::new(first).unwrap(),
            room,
            count: AtomicU64::new(1),
            lost: AtomicU64::new(0),
        }
    }

    pub(crate) fn node(&self, id: u32) -> Node {
        assert!(u64::from(id) < self.count.load(std::sync::atomic::Ordering::SeqCst));
        // SAFETY: handed out, hence written.
        unsafe { *self.first.as_ptr().add(id as usize) }
    }
}

// SAFETY: the array stays where it is, is zeroed and has `room` nodes.
unsafe impl NodeMemory for Pages {
    fn first(&self) -> NonNull<Node> {
        self.first
    }
    fn grow(&self, count: u32) -> bool {
        count <= self.room
    }
    fn count(&self) -> &AtomicU64 {
        &self.count
    }
    fn lost(&self) -> &AtomicU64 {
        &self.lost
    }
}

/// A module as it was told.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) bias: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) path: String,
    pub(crate) build_id: Vec<u8>,
    pub(crate) retired: Option<u64>,
}

/// The modules that were told; the id is the index plus one.
#[derive(Default)]
pub(crate) struct Register(pub(crate) Mutex<Vec<Known>>);

impl ModuleSink for Register {
    fn add_function(&self, _: &FunctionFacts<'_>) -> Option<u32> {
        None
    }

    fn interpreter(&self, _: u64, _: u64) {}

    fn add(&self, module: &ModuleFacts<'_>) -> Option<u16> {
        let mut known = self.0.lock().unwrap();
        known.push(Known {
            bias: module.bias,
            start: module.start,
            end: module.end,
            path: String::from_utf8_lossy(module.path).into_owned(),
            build_id: module.build_id.to_vec(),
            retired: None,
        });
        u16::try_from(known.len()).ok()
    }
    fn retire(&self, id: u16, epoch: u64) {
        self.0.lock().unwrap()[usize::from(id) - 1].retired = Some(epoch);
    }
}

/// Everything a process has once.
pub(crate) struct Notebook {
    pub(crate) modules: Modules,
    pub(crate) trie: Trie<Pages>,
    pub(crate) register: &'static Register,
}

impl Notebook {
    pub(crate) fn new(room: u32) -> &'static Self {
        let register: &'static Register = Box::leak(Box::default());
        let notebook = Box::leak(Box::new(Self {
            modules: Modules::new(),
            trie: Trie::new(Pages::new(room)),
            register,
        }));
        notebook.modules.set_sink(register);
        notebook
    }

    /// The addresses of a stack, innermost first; without the mark of a truncated one.
    pub(crate) fn addresses(&self, leaf: u32) -> Vec<usize> {
        let known = self.register.0.lock().unwrap();
        let mut addresses = Vec::new();
        let mut id = leaf;
        while id != 0 {
            let node = self.trie.memory().node(id);
            assert!(node.parent < id);
            let (module, offset) = ((node.frame >> 48) as usize, node.frame & ((1 << 48) - 1));
            match module {
                0 => addresses.push(offset as usize),
                0xffff => assert_eq!((node.frame, node.parent), (TRUNCATED, 0)),
                id => addresses.push(offset.wrapping_add(known[id - 1].bias) as usize),
            }
            id = node.parent;
        }
        addresses
    }

    pub(crate) fn capture(&self, stacks: &mut ThreadStacks, from: &Registers) -> Captured {
        stacks.capture(from, &self.modules, &self.trie)
    }
}

/// A thread's fresh stacks, as the recorder makes them: zeroed memory.
pub(crate) fn fresh_stacks() -> Box<ThreadStacks> {
    let layout = Layout::new::<ThreadStacks>();
    // SAFETY: all-zero bytes are a valid value, and the layout is the box's own.
    unsafe { Box::from_raw(alloc_zeroed(layout).cast()) }
}
