//! The trie of stacks: one node for each distinct stack, found by its parent and its frame.
//!
//! **Shape:** nodes of 16 bytes in an array that somebody else provides ([`NodeMemory`]; in a
//! recorded process a shared file), and a table of ids for finding them, in private memory. When
//! the table is half full, one of twice the size takes its place; the older ones stay, because ids
//! move to the new one only as they are looked up.
//! **Invariants:** (a) a node is written in full before its id is in a table, and never changes;
//! (b) a node's parent is smaller than the node; (c) an id is what a stack has only once the
//! *newest* table holds it, so that two threads never give one stack two ids.
//! **Cost:** a look-up is a multiplication and two loads, one of which may miss the cache. Nothing
//! waits: a thread that stops in the middle of an insertion delays nobody.

use core::ptr::NonNull;
use tenure_base::sync::atomic::Ordering::{Relaxed, SeqCst};
use tenure_base::sync::atomic::{AtomicPtr, AtomicU64};

mod table;
use table::Table;

/// What a stack is interned into.
pub trait Intern {
    /// The node for `frame` below `parent` (0: the root); `None` when there is no room for it.
    fn child(&self, parent: u32, frame: u64) -> Option<u32>;
}

/// A stack's innermost frame, and the node of the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Node {
    /// The return address: module and offset.
    pub frame: u64,
    /// The caller's node, 0 for none.
    pub parent: u32,
    /// Zero.
    pub flags: u32,
}

const _: () = assert!(size_of::<Node>() == 16);

/// Where a trie keeps its nodes.
///
/// # Safety
/// * [`NodeMemory::first`] always gives the same address, a multiple of 8.
/// * After [`NodeMemory::grow`] has said so for `count`, the first `count` nodes there may be read
///   and written for as long as the trie is used, and were zero when they were added.
/// * Nobody else writes to nodes.
pub unsafe trait NodeMemory: Sync {
    /// The address of the root, whose bytes are all zero.
    fn first(&self) -> NonNull<Node>;

    /// Makes at least the first `count` nodes usable; false when there is no room. Called often:
    /// is expected to be one comparison when nothing needs to be done. Several threads may call.
    fn grow(&self, count: u32) -> bool;

    /// How many nodes are handed out, the root included: 1 at the start. Kept beside the nodes,
    /// for whoever reads them.
    fn count(&self) -> &AtomicU64;

    /// How often there was no room for a node.
    fn lost(&self) -> &AtomicU64;
}

/// The trie; many threads may intern at once.
pub struct Trie<M> {
    memory: M,
    newest: AtomicPtr<Table>,
}

impl<M: NodeMemory> Trie<M> {
    /// A trie over `memory`, which holds nothing but the root.
    pub const fn new(memory: M) -> Self {
        Self {
            memory,
            newest: AtomicPtr::new(core::ptr::null_mut()),
        }
    }

    /// The memory.
    pub const fn memory(&self) -> &M {
        &self.memory
    }

    fn newest(&self) -> Option<&Table> {
        // SeqCst, with the exchange in `widen`: see `settle`.
        let table = self.newest.load(SeqCst);
        // SAFETY: null, or a table that `widen` made; tables are never unmapped.
        unsafe { table.as_ref() }
    }

    /// The node `id`.
    fn node(&self, id: u32) -> Node {
        // SAFETY: the id comes from a table, so the node was handed out after `grow` and written
        // before (a); the load that gave the id acquired that.
        unsafe { *self.memory.first().as_ptr().add(id as usize) }
    }

    fn is(&self, id: u32, wanted: Node) -> bool {
        let node = self.node(id);
        node.frame == wanted.frame && node.parent == wanted.parent
    }

    /// Finds or makes the id of `wanted` when the newest table does not hold it.
    #[cold]
    fn settle(&self, wanted: Node) -> Option<u32> {
        let mut candidate = None;
        loop {
            let Some(table) = self
                .newest()
                .filter(|table| table.has_room(self.handed_out()))
            else {
                self.widen()?;
                continue;
            };
            let id = self.place(table, wanted, &mut candidate)?;
            // Either this load still sees the table that now holds the id, and then whoever makes a
            // newer one finds the id in this one (the exchange that stored the id and the one that
            // stores the newer table are SeqCst, as are the loads after them). Or it does not, and
            // the newer table decides (c).
            if core::ptr::eq(self.newest.load(SeqCst), table) {
                return Some(id);
            }
            candidate = Some(id);
        }
    }

    /// Puts `candidate` (or what an older table holds, or a new node) into `table`, unless an equal
    /// node is there; gives the id that is in the table then.
    fn place(&self, table: &Table, wanted: Node, candidate: &mut Option<u32>) -> Option<u32> {
        for slot in table.slots_from(hash(wanted.parent, wanted.frame)) {
            let mut id = slot.load(SeqCst);
            if id == 0 {
                let own = match *candidate {
                    Some(own) => own,
                    None => self
                        .find_older(table, wanted)
                        .or_else(|| self.make(wanted))?,
                };
                *candidate = Some(own);
                // Publishes the node (a); pairs with the load in `child`.
                match slot.compare_exchange(0, own, SeqCst, SeqCst) {
                    Ok(_) => return Some(own),
                    Err(winner) => id = winner,
                }
            }
            if self.is(id, wanted) {
                return Some(id);
            }
        }
        None
    }

    fn find_older(&self, table: &Table, wanted: Node) -> Option<u32> {
        let mut older = table.older();
        while let Some(table) = older {
            for slot in table.slots_from(hash(wanted.parent, wanted.frame)) {
                match slot.load(SeqCst) {
                    0 => break,
                    id if self.is(id, wanted) => return Some(id),
                    _ => {}
                }
            }
            older = table.older();
        }
        None
    }

    /// Hands out a new node and writes it.
    fn make(&self, wanted: Node) -> Option<u32> {
        let count = self.memory.count();
        let mut id = count.load(Relaxed);
        loop {
            let next = u32::try_from(id + 1)
                .ok()
                .filter(|&next| self.memory.grow(next));
            let Some(next) = next else {
                self.memory.lost().fetch_add(1, Relaxed);
                return None;
            };
            match count.compare_exchange_weak(id, u64::from(next), Relaxed, Relaxed) {
                Ok(_) => break,
                Err(now) => id = now,
            }
        }
        // SAFETY: `grow` made it usable, and this thread alone was handed this id.
        unsafe { self.memory.first().as_ptr().add(id as usize).write(wanted) };
        Some(id as u32)
    }

    fn handed_out(&self) -> usize {
        self.memory.count().load(Relaxed) as usize
    }

    /// Makes a table of twice the size the newest; `None` without memory.
    #[cold]
    fn widen(&self) -> Option<()> {
        let old = self.newest.load(SeqCst);
        // SAFETY: as in `newest`.
        let made = Table::wider(unsafe { old.as_ref() })?;
        if self
            .newest
            .compare_exchange(old, made.as_ptr(), SeqCst, SeqCst)
            .is_err()
        {
            // SAFETY: made just now, and nobody has seen it.
            unsafe { Table::discard(made) };
        }
        Some(())
    }
}

impl<M: NodeMemory> Intern for Trie<M> {
    #[inline]
    fn child(&self, parent: u32, frame: u64) -> Option<u32> {
        let wanted = Node {
            frame,
            parent,
            flags: 0,
        };
        if let Some(table) = self.newest() {
            for slot in table.slots_from(hash(parent, frame)) {
                match slot.load(SeqCst) {
                    0 => break,
                    // Looked at once more, since only what the newest table holds counts (c).
                    id if self.is(id, wanted) => {
                        if core::ptr::eq(self.newest.load(SeqCst), table) {
                            return Some(id);
                        }
                        break;
                    }
                    _ => {}
                }
            }
        }
        self.settle(wanted)
    }
}

/// Spreads a step over the table. The parent comes in last: it is what a walk down the trie waits
/// for.
#[inline]
fn hash(parent: u32, frame: u64) -> u64 {
    const FRAME: u64 = 0x9e37_79b9_7f4a_7c15;
    const PARENT: u64 = 0xd6e8_feb8_6659_fd93;
    let mixed = frame.wrapping_mul(FRAME);
    (mixed ^ mixed >> 32).wrapping_add(u64::from(parent).wrapping_mul(PARENT))
}

#[cfg(test)]
pub(super) mod tests;
