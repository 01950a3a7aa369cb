//! Marking: finds the old objects that are reached, with a stack of its own and never by recursion.
//!
//! An object is white without a mark, grey with a mark and on the stack, black with a mark and off
//! it. Young objects have no colour: they are roots, walked when a mark begins and when it ends.
//!
//! When the stack is full, grey objects are left out of it and the mark is said to have
//! overflowed; then all marked objects are looked through once more, by and by: a [`Look`].
//!
//! **Cost:** no piece between two questions for the budget follows more than a hundred or two
//! pointers, for each may be a miss, or meet a page of marks that is not there yet.

use alloc::vec::Vec;

use tenure_base::bits;

use crate::memory::Memory;
use crate::object::{HASHED, LARGE, MARKED, Object, WORD_BYTES, hash_bytes};
use crate::old::REGION_BYTES;
use crate::options::Barrier;
use crate::trace::{Edge, Visitor};

/// What another look at an object counts as.
const WRITTEN_COST_BYTES: usize = 256;
/// Elements of an array that are looked at in one go.
const RANGE_LEN: usize = 128;
/// Objects that are made black between two questions for the budget.
const OBJECTS_AT_ONCE: usize = 32;
/// What passing a region that holds nothing marked counts as.
const PASSED_COST_BYTES: usize = 1024;

/// Where another look at all marked objects is to go on.
#[derive(Clone, Copy)]
struct Look {
    /// The region, and the bit in it.
    region: usize,
    bit: usize,
    /// Then the large objects, from this on.
    large: usize,
}

/// What a mark keeps between its steps.
pub(crate) struct Marking {
    /// Grey objects.
    pub(crate) stack: Vec<Object>,
    /// Arrays of which the elements from an index on are still to be looked at.
    pub(crate) ranges: Vec<(Object, usize)>,
    /// Marked objects that were written to: what they point to is to be shaded once more; of arrays
    /// what cards written to from an index on point to.
    pub(crate) again: Vec<(Object, usize)>,
    /// Objects that the stack holds at most.
    pub(crate) stack_len_max: usize,
    /// Grey objects were left out.
    pub(crate) overflowed: bool,
    /// How often that happened.
    pub(crate) overflows: u64,
    /// The look that is under way.
    look: Option<Look>,
    /// The first address that it has not reached: objects from there on are counted when it does,
    /// not when they become black. Without a look, no address is as high.
    looked_to: usize,
    /// Bytes of black objects, as far as they are counted.
    pub(crate) marked_bytes: usize,
    /// In a mark that goes through young objects as well: a bit for each word of young memory.
    pub(crate) young_marks: Option<Vec<u64>>,
    /// Of such a mark: bytes of young objects that are reached.
    pub(crate) young_bytes: usize,
}

impl Marking {
    pub(crate) const fn new(stack_len_max: usize) -> Self {
        Self {
            stack: Vec::new(),
            ranges: Vec::new(),
            again: Vec::new(),
            stack_len_max,
            overflowed: false,
            overflows: 0,
            look: None,
            looked_to: usize::MAX,
            marked_bytes: 0,
            young_marks: None,
            young_bytes: 0,
        }
    }

    /// Nothing is grey.
    pub(crate) fn is_done(&self) -> bool {
        self.stack.is_empty()
            && self.again.is_empty()
            && self.ranges.is_empty()
            && self.look.is_none()
            && !self.overflowed
    }

    /// Forgets what is grey.
    pub(crate) fn clear(&mut self) {
        self.stack.clear();
        self.again.clear();
        self.ranges.clear();
        self.overflowed = false;
        self.look = None;
        self.looked_to = usize::MAX;
        self.marked_bytes = 0;
    }

    /// Greys an object that has its mark already.
    pub(crate) fn grey(&mut self, object: Object) {
        if self.stack.len() < self.stack_len_max {
            self.stack.push(object);
        } else {
            self.overflowed = true;
        }
    }
}

/// Who marks what is shown to it.
pub(crate) struct Marker<'h> {
    memory: &'h mut Memory,
}

impl<'h> Marker<'h> {
    pub(crate) fn new(memory: &'h mut Memory) -> Self {
        Self { memory }
    }

    /// The heap that is marked.
    pub(crate) fn memory(&mut self) -> &mut Memory {
        self.memory
    }

    /// Greys an object unless it is marked or young.
    #[inline]
    pub(crate) fn shade(&mut self, object: Object) {
        let old = &mut self.memory.old;
        if old.contains(object.addr()) {
            let bit = old.bit(object);
            if old.marks.set(bit) {
                self.memory.marking.grey(object);
            }
        } else if self.memory.young.contains(object.addr()) {
            if let Some(marks) = &mut self.memory.marking.young_marks {
                let bit = (object.addr() - self.memory.young.start()) / WORD_BYTES;
                if !bits::get(marks, bit) {
                    bits::set_range(marks, bit..bit + 1);
                    self.memory.marking.grey(object);
                }
            }
        } else {
            // SAFETY: what is in neither range is a large object, and live.
            unsafe {
                let word = object.word();
                if !word.has(MARKED) {
                    object.set_word(word.with(MARKED));
                    self.memory.marking.grey(object);
                }
            }
        }
    }

    /// Makes a grey object black. Gives its bytes.
    fn blacken(&mut self, object: Object) -> usize {
        // SAFETY: what is grey is a live old object.
        unsafe {
            let word = object.word();
            let descriptor = word.descriptor();
            let bytes = descriptor.bytes_of(object.value()) + hash_bytes(word);
            if self.memory.young.contains(object.addr()) {
                self.memory.marking.young_bytes += bytes;
            } else if !word.has(LARGE) && object.addr() < self.memory.marking.looked_to {
                self.memory.marking.marked_bytes += bytes;
                self.memory.old.count_marked(object, bytes);
            }
            if word.has(HASHED) {
                self.memory.ephemerons.reached(object.addr());
            }
            match &descriptor.array {
                _ if !descriptor.needs_trace => {}
                Some(array) if (array.len)(object.value()) > RANGE_LEN => {
                    self.memory.marking.ranges.push((object, 0));
                }
                _ => (descriptor.mark)(object.value(), self),
            }
            bytes
        }
    }

    /// Shades what the next elements of a long array point to. About how many bytes that were.
    fn shade_range(&mut self, object: Object, first: usize) -> usize {
        // SAFETY: only live arrays are on the list of ranges.
        unsafe {
            let Some(array) = &object.word().descriptor().array else {
                return 0;
            };
            let len = (array.len)(object.value());
            let end = len.min(first + RANGE_LEN);
            if end < len {
                self.memory.marking.ranges.push((object, end));
            }
            (array.mark_range)(object.value(), first, end, self);
        }
        RANGE_LEN * 8
    }

    /// Shades what a marked object that was written to points to now; of an array, some of that.
    /// Gives from where to go on.
    fn shade_written(&mut self, object: Object, first: usize) -> Option<usize> {
        // SAFETY: the caller's object is live.
        match unsafe { &object.word().descriptor().array } {
            // SAFETY: as above.
            Some(array) => unsafe { (array.mark_written)(object.value(), first, self) },
            None => {
                self.shade_children(object);
                None
            }
        }
    }

    /// Shades what a value points to, whatever its own colour.
    pub(crate) fn shade_children(&mut self, object: Object) {
        // SAFETY: the caller's object is live.
        unsafe {
            let word = object.word();
            if word.has(HASHED) {
                self.memory.ephemerons.reached(object.addr());
            }
            let descriptor = word.descriptor();
            if descriptor.needs_trace {
                (descriptor.mark)(object.value(), self);
            }
        }
    }

    /// Shades what survivors point to: they are roots of a mark.
    pub(crate) fn shade_from_survivors(&mut self) {
        let mut survivors = Vec::new();
        self.memory
            .young
            .for_each_survivor(|object| survivors.push(object));
        for object in survivors {
            self.shade_children(object);
        }
    }

    /// Makes good what was done to objects behind the mark's back: `logged` were written to.
    pub(crate) fn note_written(&mut self, logged: &[Object]) {
        match self.memory.options.barrier {
            Barrier::Backward => {
                for &object in logged {
                    if self.memory.is_marked(object) {
                        self.memory.marking.again.push((object, 0));
                    }
                }
            }
            Barrier::Forward => {
                for &object in logged {
                    // What a long array has beyond its first cards waits for a step.
                    if self.memory.is_marked(object)
                        && let Some(next) = self.shade_written(object, 0)
                    {
                        self.memory.marking.again.push((object, next));
                    }
                }
            }
            Barrier::Snapshot | Barrier::Off => {}
        }
    }

    /// Blackens until nothing is grey, or `enough` says so, which is asked every few objects with
    /// the bytes done. Whether nothing is grey.
    pub(crate) fn drain(&mut self, mut enough: impl FnMut(usize) -> bool) -> bool {
        let (mut bytes, mut objects) = (0, 0usize);
        loop {
            while let Some(object) = self.memory.marking.stack.pop() {
                bytes += self.blacken(object);
                objects += 1;
                if objects.is_multiple_of(OBJECTS_AT_ONCE) && enough(bytes) {
                    return false;
                }
            }
            if let Some((object, first)) = self.memory.marking.again.pop() {
                if let Some(next) = self.shade_written(object, first) {
                    self.memory.marking.again.push((object, next));
                }
                bytes += WRITTEN_COST_BYTES;
            } else if let Some((object, first)) = self.memory.marking.ranges.pop() {
                bytes += self.shade_range(object, first);
            } else if let Some(look) = self.memory.marking.look {
                bytes += self.look_further(look);
                objects += 1;
                if !objects.is_multiple_of(OBJECTS_AT_ONCE) {
                    continue;
                }
            } else if self.memory.marking.overflowed {
                self.begin_look();
            } else {
                return true;
            }
            if enough(bytes) {
                return false;
            }
        }
    }

    /// Nothing is grey but what was left out: all that is marked is to be looked through, and its
    /// bytes are counted anew. What the stack has no room for meanwhile is left to another look.
    fn begin_look(&mut self) {
        let start = self.memory.old.start();
        self.memory.old.forget_counts();
        let marking = &mut self.memory.marking;
        marking.overflowed = false;
        marking.overflows += 1;
        marking.marked_bytes = 0;
        marking.looked_to = start;
        marking.look = Some(Look {
            region: 0,
            bit: 0,
            large: 0,
        });
    }

    /// Looks through the next marked object, or passes a region that has no more. About how many
    /// bytes that were.
    fn look_further(&mut self, mut look: Look) -> usize {
        let Memory {
            old,
            large,
            marking,
            ..
        } = &mut *self.memory;
        if look.region < old.regions.len() {
            let next = old.next_marked_in(look.region, look.bit);
            if let Some((bit, object)) = next {
                look.bit = bit + 1;
                marking.looked_to = object.addr() + WORD_BYTES;
                marking.look = Some(look);
                return self.blacken(object);
            }
            (look.region, look.bit) = (look.region + 1, 0);
            marking.looked_to = old.start() + look.region * REGION_BYTES;
            marking.look = Some(look);
            return PASSED_COST_BYTES;
        }
        marking.looked_to = usize::MAX;
        let Some(entry) = large.objects.get(look.large) else {
            marking.look = None;
            return 0;
        };
        let object = entry.object;
        look.large += 1;
        marking.look = Some(look);
        // SAFETY: listed objects are live until they are swept.
        if unsafe { object.word() }.has(MARKED) {
            self.blacken(object)
        } else {
            PASSED_COST_BYTES
        }
    }
}

impl<'gc> Visitor<'gc> for Marker<'_> {
    #[inline]
    fn strong(&mut self, to: Edge<'gc>) {
        self.shade(Object::of(to));
    }
}
