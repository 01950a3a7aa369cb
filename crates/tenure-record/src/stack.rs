//! Stacks: who called, frame by frame, as one number.
//!
//! ```text
//! registers ─ walk ─┬─ rule_cache ─ modules ─ unwind_table, image  (a place met first)
//!                   ├─ ground                                      (what may be read)
//!                   ├─ memo                                        (the frames of last time)
//!                   └─ trie                                        (the number)
//! ```
//!
//! [`ThreadStacks::capture`] walks from the innermost frame outwards until it meets the stack of
//! the capture before, checks in place that the rest of it still stands (`memo` says why that is
//! enough), and looks up the fresh frames in a [`Trie`]. No frame pointer is needed, no return
//! address is patched, nothing is allocated, and the loader is not called.
//!
//! **Cost:** see `examples/capture_bench.rs`; a place in the code that the thread has not met costs
//! about a microsecond once.
//!
//! **Limits:** on aarch64 frames are found by the frame pointer alone. A library that is unmapped
//! without [`Modules::changed`] leaves wrong rules behind for its addresses.

mod expression;
mod full;
mod ground;
mod image;
mod memo;
mod modules;
mod rule;
mod rule_cache;
mod spans;
mod trie;
mod unwind_table;
mod walk;

pub use modules::{ModuleFacts, ModuleKind, ModuleSink, Modules};
pub use tenure_os::registers::{Registers, here};
pub use trie::{Intern, Node, NodeMemory, Trie};

use ground::Ground;
use memo::{Memo, Outside};
use rule_cache::RuleCache;
use walk::{End, FreshFrames, Walk};

/// The frame that stands at the outer end of a stack which could not be walked to its end.
pub const TRUNCATED: u64 = 0xffff << 48 | 1;

/// A stack as it was captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The node of the innermost frame; 0 when there is no room for it, or no frame.
    pub node: u32,
    /// The canonical frame address of the innermost frame's function: the same in all of one
    /// activation of it, whatever it pushes meanwhile.
    pub frame_address: usize,
    /// The stack pointer of the innermost frame at its call.
    pub sp: usize,
    /// The outermost frames are missing, and [`TRUNCATED`] stands for them.
    pub truncated: bool,
}

/// What a thread keeps between its captures: rules, and its last stack.
///
/// About 150 KiB, of which a thread touches what it needs. All-zero bytes are a valid fresh value,
/// so it may be placed in fresh memory as it is.
pub struct ThreadStacks {
    epoch: u64,
    ground: Ground,
    memo: Memo,
    fresh: FreshFrames,
    rules: RuleCache,
}

const _: () = assert!(size_of::<ThreadStacks>() <= 256 << 10);

impl ThreadStacks {
    /// Forgets the last stack and where it lay, as when another thread takes this over; rules stay.
    pub fn forget(&mut self) {
        self.memo.clear();
        self.ground = Ground::default();
    }

    /// The stack of the frame at `from`, which belongs to the calling thread and has not returned.
    ///
    /// Frames of the module that is left out ([`Modules::hide_module_of`]) are skipped at the inner
    /// end. At most 256 frames are told; a deeper stack loses its outermost ones. Registers that
    /// are not those of a frame give a truncated stack.
    ///
    /// All captures between two changes of the epoch use the same `modules` and the same `trie`.
    pub fn capture(&mut self, from: &Registers, modules: &Modules, trie: &impl Intern) -> Captured {
        let epoch = modules.epoch();
        if self.epoch != epoch {
            self.enter_epoch(epoch);
        }
        let (is_standing, mut walk) = self.begin(from, modules);
        if !is_standing || !walk.skip_hidden() {
            return Captured {
                node: trie.child(0, TRUNCATED).unwrap_or(0),
                frame_address: walk.at.sp,
                sp: walk.at.sp,
                truncated: true,
            };
        }
        let end = walk.run();
        let (behind, is_memorable) = (walk.at, walk.is_memorable);
        self.intern(end, &behind, is_memorable, trie)
    }

    #[inline]
    fn begin<'a>(&'a mut self, from: &Registers, modules: &'a Modules) -> (bool, Walk<'a>) {
        let is_standing = self.ground.stand(from.sp);
        let walk = Walk {
            rules: &mut self.rules,
            ground: &mut self.ground,
            memo: &self.memo,
            fresh: &mut self.fresh,
            modules,
            is_memorable: true,
            at: *from,
        };
        (is_standing, walk)
    }

    #[cold]
    fn enter_epoch(&mut self, epoch: u64) {
        self.epoch = epoch;
        self.rules.enter_epoch(epoch);
        self.memo.clear();
    }

    /// Gives the fresh frames their nodes, outermost first, and remembers them.
    #[inline]
    fn intern(
        &mut self,
        end: End,
        behind: &Registers,
        is_memorable: bool,
        trie: &impl Intern,
    ) -> Captured {
        let mut node = 0;
        match end {
            End::Joined(remembered) => {
                self.memo.truncate(remembered);
                node = self.memo.last().map_or(0, |entry| entry.node);
            }
            End::Outermost(outside) => {
                let sentinel = (outside == Outside::Whole && behind.pc == 0).then_some(behind);
                self.memo.begin(outside, sentinel);
                if outside != Outside::Whole {
                    match trie.child(0, TRUNCATED) {
                        Some(child) => node = child,
                        None => return self.no_room(),
                    }
                }
            }
        }
        for fresh in self.fresh.all().iter().rev() {
            let row = self.rules.row_mut(fresh.row as usize);
            // The row may serve another place meanwhile: its frame tells.
            if row.frame == fresh.frame && row.parent == node && row.child != 0 {
                node = row.child;
            } else {
                let parent = node;
                match trie.child(parent, fresh.frame) {
                    Some(child) => node = child,
                    None => return self.no_room(),
                }
                if row.frame == fresh.frame {
                    row.parent = parent;
                    row.child = node;
                }
            }
            self.memo.push(&fresh.at, fresh.rule, node);
        }
        let captured = self.told(node);
        if !is_memorable {
            self.memo.clear();
        }
        captured
    }

    #[inline]
    fn told(&self, node: u32) -> Captured {
        let sp = self.memo.last().map_or(0, |entry| entry.sp);
        Captured {
            node,
            frame_address: self.memo.caller_of_last().map_or(sp, |entry| entry.sp),
            sp,
            truncated: self.memo.outside() != Outside::Whole,
        }
    }

    #[cold]
    fn no_room(&mut self) -> Captured {
        let at = self.fresh.all().first().map_or(0, |fresh| fresh.at.sp);
        self.memo.clear();
        Captured {
            node: 0,
            frame_address: at,
            sp: at,
            truncated: true,
        }
    }
}

#[cfg(test)]
mod tests;
