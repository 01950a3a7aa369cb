//! The Python frames in their places among the native ones, and which nodes have to be found anew.
//!
//! **Shape:** native frames are counted from the outermost. The Python frames of the last capture
//! are remembered with their nodes; from the first one that is not the same, or from the first
//! native frame that is fresh, every node is found anew, inwards.
//! **Invariants:** (a) the places of frames never fall from the outermost frame inwards; (b) the
//! node of a remembered frame stands for it and all that is outside of it, as of the last capture.

use super::super::TRUNCATED;
use super::super::memo::Entry;
use super::super::modules::Modules;
use super::super::trie::Intern;
use super::super::walk::Fresh;
use super::chain::FRAMES_MAX;
use super::{Python, Told};

/// A native stack: the remembered part, which holds, and the fresh one.
pub(crate) struct Native<'a> {
    /// Outermost first.
    pub(crate) entries: &'a [Entry],
    /// Innermost first.
    pub(crate) fresh: &'a [Fresh],
}

impl Native<'_> {
    /// The frame in which `addr` lies, counted from the outermost, and its return address. None for
    /// the outermost, of which nobody knows where it ends.
    fn place_of(&self, addr: usize) -> Option<(usize, usize)> {
        let remembered = self.entries.len();
        let (place, pc) = match self.entries.last() {
            Some(last) if last.sp <= addr => {
                let place = self.entries.partition_point(|entry| entry.sp > addr);
                (place, self.entries.get(place)?.pc())
            }
            _ => {
                let above = self.fresh.partition_point(|fresh| fresh.sp <= addr);
                let at = above.checked_sub(1)?;
                (remembered + self.fresh.len() - above, self.fresh[at].pc)
            }
        };
        (place > 0).then_some((place, pc))
    }
}

/// Where the frames of one capture go, while nodes are found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Splice {
    /// The first native frame whose node has to be found anew.
    pub(crate) from: usize,
    /// Whether Python frames further out are not known, so that the stack begins with the first.
    pub(crate) is_cut: bool,
    /// The first Python frame that was not passed yet.
    next: usize,
    /// How many Python frames are those of the last capture, at the same places.
    kept: usize,
}

impl Python {
    /// Reads the Python frames of the calling thread, whose native stack is `native`, and finds
    /// their places.
    ///
    /// # Safety
    /// * The interpreter stays mapped during the call, as when `native` leads through it.
    pub(crate) unsafe fn splice(&mut self, native: &Native<'_>, modules: &Modules) -> Splice {
        // SAFETY: by contract.
        unsafe { self.read() };
        let remembered = native.entries.len();
        let (old_len, all) = (self.told_len, self.chain.all().len());
        let mut splice = Splice {
            from: remembered,
            ..Splice::default()
        };
        let (mut len, mut is_same) = (0, true);
        // The loop whose frames these are, and its place.
        let (mut activation, mut place) = (0, None);
        for index in 0..all {
            let Some(&raw) = self.chain.all().get(index) else {
                break;
            };
            let is_known = is_same && len < old_len && self.told[len].raw == raw;
            if raw.activation != activation {
                let outer = place;
                activation = raw.activation;
                place = match self.told[len.min(FRAMES_MAX - 1)].entry as usize {
                    known if is_known && known < remembered => Some(known),
                    _ => self
                        .place_of(activation, native)
                        .filter(|&at| outer < Some(at)),
                };
            }
            let Some(place) = place else { continue };
            if index == 0 {
                splice.is_cut = self.chain.is_cut();
            }
            if is_known && self.told[len].entry as usize == place {
                len += 1;
                continue;
            }
            if is_same {
                is_same = false;
                splice.kept = len;
                splice.from = splice.from.min(place).min(self.old_place(len));
            }
            let word = self.word(&raw, modules);
            self.told[len] = Told {
                raw,
                word,
                node: 0,
                // A stack has far fewer native frames.
                entry: place as u32,
            };
            len += 1;
        }
        if is_same {
            splice.kept = len;
            splice.from = splice.from.min(self.old_place(len));
        }
        self.told_len = len;
        splice.next = self.told[..len].partition_point(|told| (told.entry as usize) < splice.from);
        splice
    }

    /// The place of the frame of the last capture that was number `index`.
    fn old_place(&self, index: usize) -> usize {
        match self.told[..self.told_len].get(index) {
            Some(told) => told.entry as usize,
            None => usize::MAX,
        }
    }

    fn place_of(&self, activation: usize, native: &Native<'_>) -> Option<usize> {
        let (place, pc) = native.place_of(activation)?;
        self.covers(pc).then_some(place)
    }

    /// The node of native frame `place` below `parent`, and of the Python frames in its stead;
    /// `by_itself` gives it where there are none. To be called for each place from
    /// [`Splice::from`] on, in order. `None` where there is no room.
    #[inline]
    pub(crate) fn node(
        &mut self,
        splice: &mut Splice,
        place: usize,
        parent: u32,
        trie: &impl Intern,
        by_itself: impl FnOnce() -> Option<u32>,
    ) -> Option<u32> {
        let mut node = parent;
        if splice.is_cut && splice.next == 0 && self.is_at(0, place) {
            node = trie.child(0, TRUNCATED)?;
        }
        let mut is_told = false;
        while self.is_at(splice.next, place) {
            let told = &mut self.told[splice.next];
            if told.word != 0 {
                node = match told.node {
                    // What is outside of the first place is as it was.
                    known if place == splice.from && splice.next < splice.kept => known,
                    _ => trie.child(node, told.word)?,
                };
                is_told = true;
            }
            told.node = node;
            splice.next += 1;
        }
        if is_told { Some(node) } else { by_itself() }
    }

    #[inline(always)]
    fn is_at(&self, index: usize, place: usize) -> bool {
        let told = self.told[..self.told_len.min(FRAMES_MAX)].get(index);
        told.is_some_and(|told| told.entry as usize == place)
    }
}
