//! Stacks: who called, frame by frame, as one number.
//!
//! ```text
//! registers ─ walk ─┬─ rule_cache ─ modules ─ unwind_table, image  (a place met first)
//!                   ├─ ground                                      (what may be read)
//!                   ├─ memo                                        (the frames of last time)
//!                   ├─ python                                      (interpreted frames)
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
//! **Limits:** on aarch64 frames are found by the frame pointer alone. Where a library is unmapped
//! and another one mapped in its place without [`Modules::changed`], a thread that knows rules of
//! the old one goes on using them until somebody meets a place in the new one that is not cached:
//! stacks may be wrong for so long, but nothing is read that is not there. Code without unwind
//! tables is passed by the frame pointer, which such code need not keep; a frame may be missed.

mod expression;
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "tables are followed on x86-64 only")
)]
mod full;
mod ground;
mod image;
mod memo;
mod modules;
mod python;
mod rule;
mod rule_cache;
mod spans;
mod trie;
mod unwind_table;
mod walk;

pub(crate) use image::{Image, image_at};
pub use modules::{ModuleFacts, ModuleKind, ModuleSink, Modules};
pub use python::FunctionFacts;
pub use tenure_os::registers::{Registers, here};
pub use trie::{Intern, Node, NodeMemory, Trie};

use ground::Ground;
use memo::{Memo, Outside};
use python::{Native, Python, Splice};
use rule::Rule;
use rule_cache::RuleCache;
use walk::{End, Fresh, FreshFrames, Walk};

/// The frame that stands at the outer end of a stack which could not be walked to its end.
pub const TRUNCATED: u64 = 0xffff << 48 | 1;

/// The bits of a frame without a module.
const ADDRESS_MASK: u64 = (1 << 48) - 1;

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
/// About 250 KiB, of which a thread touches what it needs. All-zero bytes are a valid fresh value,
/// so it may be placed in fresh memory as it is.
pub struct ThreadStacks {
    epoch: u64,
    ground: Ground,
    memo: Memo,
    fresh: FreshFrames,
    rules: RuleCache,
    /// The outermost remembered frame that is the interpreter's, counted from 1; 0: none.
    python_entry: usize,
    python: Python,
}

const _: () = assert!(size_of::<ThreadStacks>() <= 320 << 10);

impl ThreadStacks {
    /// Forgets the last stack and where it lay, as when another thread takes this over; rules stay.
    pub fn forget(&mut self) {
        self.forget_frames();
        self.python.forget();
        self.ground = Ground::default();
    }

    /// Forgets the last stack, so that the next capture walks every frame: for measurements.
    pub fn forget_frames(&mut self) {
        self.memo.clear();
    }

    /// The means of a walk.
    #[inline(always)]
    fn walk<'a>(&'a mut self, modules: &'a Modules) -> Walk<'a> {
        Walk {
            rules: &mut self.rules,
            ground: &mut self.ground,
            memo: &self.memo,
            fresh: &mut self.fresh,
            modules,
            is_memorable: true,
            left: Registers::default(),
        }
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
        let is_standing = self.ground.stand(from.sp);
        let mut walk = self.walk(modules);
        let visible = if is_standing {
            walk.skip_hidden(*from)
        } else {
            None
        };
        let end = visible.map(|visible| walk.run(visible));
        let is_memorable = walk.is_memorable;
        match end {
            Some(end) if end != End::NOWHERE || !self.fresh.all().is_empty() => {
                self.intern(end, is_memorable, modules, trie)
            }
            _ => self.stub(from, modules, trie),
        }
    }

    /// Walks the stack of the frame at `from`, of a thread that stands still, and tells each frame,
    /// innermost first; no frame is left out, nothing is remembered.
    ///
    /// A frame that only all registers could leave (see `full`) ends the walk.
    pub(crate) fn frames(
        &mut self,
        from: &Registers,
        modules: &Modules,
        mut tell: impl FnMut(Registers),
    ) {
        self.memo.clear();
        if !self.ground.stand(from.sp) {
            return;
        }
        self.walk(modules).run(*from);
        for frame in self.fresh.all() {
            let (pc, sp, fp) = (frame.pc, frame.sp, frame.fp);
            tell(Registers { pc, sp, fp });
        }
    }

    /// What can be said of registers from which no walk is possible: where the call came from.
    #[cold]
    fn stub(&mut self, from: &Registers, modules: &Modules, trie: &impl Intern) -> Captured {
        self.memo.clear();
        let sp = from.sp;
        let mut told = Captured {
            node: 0,
            frame_address: sp,
            sp,
            truncated: true,
        };
        let Some(cut) = trie.child(0, TRUNCATED) else {
            return told;
        };
        if modules.hides(from.pc) {
            told.node = cut;
            return told;
        }
        let frame = match self.rules.find(from.pc, modules) {
            Some(index) => self.rules.row(index).frame,
            None => from.pc as u64 & ADDRESS_MASK,
        };
        told.node = trie.child(cut, frame).unwrap_or(0);
        told
    }

    /// Walks the invariants of what is remembered.
    ///
    /// # Panics
    /// When one does not hold.
    #[cfg(any(test, feature = "check"))]
    pub fn check(&self) {
        self.memo.check();
    }

    /// Makes the rule for the return address `pc` wrong by a word, if there is one in the cache.
    #[cfg(any(test, feature = "check"))]
    pub fn spoil(&mut self, pc: usize) -> bool {
        self.rules.spoil(pc)
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
        is_memorable: bool,
        modules: &Modules,
        trie: &impl Intern,
    ) -> Captured {
        let mut node = 0;
        match end {
            End::Joined(remembered) => {
                self.memo.truncate(remembered);
                node = self.memo.all().last().map_or(0, |entry| entry.node);
            }
            End::Outermost(outside, sentinel) => {
                self.memo.begin(outside, sentinel);
                if outside != Outside::Whole {
                    match trie.child(0, TRUNCATED) {
                        Some(child) => node = child,
                        None => return self.no_room(),
                    }
                }
            }
        }
        let mut is_memorable = is_memorable;
        let leaf = if self.python.is_there(modules) {
            let leaf = self.extend_with_python(node, is_memorable, modules, trie);
            leaf.map(|(node, is_whole)| {
                is_memorable &= is_whole;
                node
            })
        } else {
            let rules = &mut self.rules;
            self.memo.extend(self.fresh.all(), node, |parent, fresh| {
                step(rules, parent, fresh, modules, trie)
            })
        };
        let Some(node) = leaf else {
            return self.no_room();
        };
        let (sp, frame_address) = match self.memo.all() {
            [.., caller, own] => (own.sp, caller.sp),
            [own] => (own.sp, own.sp),
            [] => (0, 0),
        };
        let truncated = self.memo.outside() != Outside::Whole;
        if !is_memorable {
            self.memo.clear();
        }
        Captured {
            node,
            frame_address,
            sp,
            truncated,
        }
    }

    /// Gives the fresh frames their nodes where Python may run: with its frames in their places.
    /// Also gives whether the stack may be remembered. `None` where there is no room.
    #[inline(never)]
    fn extend_with_python(
        &mut self,
        mut node: u32,
        is_memorable: bool,
        modules: &Modules,
        trie: &impl Intern,
    ) -> Option<(u32, bool)> {
        let remembered = self.memo.all().len();
        let mut splice = Splice::default();
        if is_memorable && self.is_python_on_stack() {
            let native = Native {
                entries: self.memo.all(),
                fresh: self.fresh.all(),
            };
            // SAFETY: the stack leads through the interpreter, and somebody is to return there.
            splice = unsafe { self.python.splice(&native, modules) };
        } else {
            self.python.forget_frames();
            splice.from = remembered;
        }
        let Self {
            memo,
            fresh,
            rules,
            python,
            ..
        } = self;
        if let Some(outer) = splice.from.checked_sub(1)
            && splice.from < remembered
        {
            node = memo.all()[outer].node;
        }
        for place in splice.from..remembered {
            let pc = memo.all()[place].pc();
            node = python.node(&mut splice, place, node, trie, || {
                let row = rules.find(pc, modules)?;
                child(rules, row, node, trie)
            })?;
            memo.set_node(place, node);
        }
        let mut place = remembered;
        let leaf = memo.extend(fresh.all(), node, |parent, fresh| {
            let row = if rules.serves(fresh.row, fresh.pc) {
                fresh.row
            } else {
                rules.find(fresh.pc, modules)?
            };
            let rule = rules.rule(row);
            let node = python.node(&mut splice, place, parent, trie, || {
                child(rules, row, parent, trie)
            })?;
            place += 1;
            Some((node, rule))
        })?;
        Some((leaf, !splice.is_cut))
    }

    /// Whether the walk that was just made leads through the interpreter. Notes where.
    fn is_python_on_stack(&mut self) -> bool {
        let entries = self.memo.all();
        if self.python_entry != 0 && self.python_entry <= entries.len() {
            return true;
        }
        let fresh = self.fresh.all().iter().rev();
        let place = fresh
            .map(|fresh| fresh.pc)
            .position(|pc| self.python.covers(pc));
        self.python_entry = place.map_or(0, |place| entries.len() + place + 1);
        place.is_some()
    }

    #[cold]
    fn no_room(&mut self) -> Captured {
        let at = self.fresh.all().first().map_or(0, |fresh| fresh.sp);
        self.memo.clear();
        Captured {
            node: 0,
            frame_address: at,
            sp: at,
            truncated: true,
        }
    }
}

/// The node of the frame of row `row` below `parent`; the row remembers it.
#[inline(always)]
fn child(rules: &mut RuleCache, row: usize, parent: u32, trie: &impl Intern) -> Option<u32> {
    let row = rules.row_mut(row);
    if row.parent != parent || row.child == 0 {
        row.child = trie.child(parent, row.frame)?;
        row.parent = parent;
    }
    Some(row.child)
}

/// The node of a fresh frame below `parent`, and the frame's rule.
#[inline(always)]
fn step(
    rules: &mut RuleCache,
    parent: u32,
    fresh: &Fresh,
    modules: &Modules,
    trie: &impl Intern,
) -> Option<(u32, Rule)> {
    if !rules.serves(fresh.row, fresh.pc) {
        // Its row went to another place meanwhile.
        let row = rules.find(fresh.pc, modules)?;
        return Some((trie.child(parent, rules.row(row).frame)?, rules.rule(row)));
    }
    let rule = rules.rule(fresh.row);
    Some((child(rules, fresh.row, parent, trie)?, rule))
}

#[cfg(test)]
mod tests;
