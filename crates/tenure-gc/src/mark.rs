//! Marking: finds the old objects that are reached, with a stack of its own and never by recursion.
//!
//! An object is white without a mark, grey with a mark and on the stack, black with a mark and off
//! it. Young objects have no colour: they are roots, walked when a mark begins and when it ends.
//!
//! When the stack is full, grey objects are left out of it and the mark is said to have
//! overflowed; then all marked objects are looked through once more.

use alloc::vec::Vec;

use tenure_base::bits;

use crate::memory::Memory;
use crate::object::{HASHED, LARGE, MARKED, Object, WORD_BYTES, hash_bytes};
use crate::old::LINE_BYTES;
use crate::options::Barrier;
use crate::trace::{Edge, Visitor};

/// What another look at an object counts as.
const WRITTEN_COST_BYTES: usize = 256;
/// Elements of an array that are looked at in one go.
const RANGE_LEN: usize = 1024;

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
    /// Bytes of black objects.
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
            marked_bytes: 0,
            young_marks: None,
            young_bytes: 0,
        }
    }

    /// Nothing is grey.
    pub(crate) fn is_done(&self) -> bool {
        self.stack.is_empty() && self.again.is_empty() && self.ranges.is_empty() && !self.overflowed
    }

    /// Forgets what is grey.
    pub(crate) fn clear(&mut self) {
        self.stack.clear();
        self.again.clear();
        self.ranges.clear();
        self.overflowed = false;
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
            } else if !word.has(LARGE) {
                self.memory.marking.marked_bytes += bytes;
                if bytes > LINE_BYTES {
                    self.memory.old.note_span(object, bytes);
                }
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
                    let mut from = self.memory.is_marked(object).then_some(0);
                    while let Some(first) = from {
                        from = self.shade_written(object, first);
                    }
                }
            }
            Barrier::Snapshot | Barrier::Off => {}
        }
    }

    /// Blackens until nothing is grey, or `enough` says so, which is asked every 64 objects with
    /// the bytes done. Whether nothing is grey.
    pub(crate) fn drain(&mut self, mut enough: impl FnMut(usize) -> bool) -> bool {
        let (mut bytes, mut objects) = (0, 0usize);
        loop {
            while let Some(object) = self.memory.marking.stack.pop() {
                bytes += self.blacken(object);
                objects += 1;
                if objects.is_multiple_of(64) && enough(bytes) {
                    return false;
                }
            }
            if let Some((object, first)) = self.memory.marking.again.pop() {
                if let Some(next) = self.shade_written(object, first) {
                    self.memory.marking.again.push((object, next));
                }
                bytes += WRITTEN_COST_BYTES;
                if enough(bytes) {
                    return false;
                }
                continue;
            }
            if let Some((object, first)) = self.memory.marking.ranges.pop() {
                bytes += self.shade_range(object, first);
                if enough(bytes) {
                    return false;
                }
                continue;
            }
            if !self.memory.marking.overflowed {
                return true;
            }
            self.look_through_marked();
        }
    }

    /// Shades the children of every marked object: what was left out is made good by that, or some
    /// of it, and the stack overflows once more. Bytes are counted anew.
    fn look_through_marked(&mut self) {
        self.memory.marking.overflowed = false;
        self.memory.marking.overflows += 1;
        for region in 0..self.memory.old.regions.len() {
            let mut objects = Vec::new();
            self.memory
                .old
                .for_each_marked_in(region, &mut |object| objects.push(object));
            for object in objects {
                self.blacken(object);
                self.empty_stack();
            }
        }
        let large = &self.memory.large.objects;
        let large: Vec<Object> = large.iter().map(|entry| entry.object).collect();
        for object in large {
            // SAFETY: listed objects are live until they are swept.
            if unsafe { object.word() }.has(MARKED) {
                self.shade_children(object);
                self.empty_stack();
            }
        }
        if !self.memory.marking.overflowed {
            self.memory.marking.marked_bytes = 0;
            let mut marked = Vec::new();
            for region in 0..self.memory.old.regions.len() {
                self.memory
                    .old
                    .for_each_marked_in(region, &mut |object| marked.push(object));
                for object in marked.drain(..) {
                    // SAFETY: marked objects are live.
                    self.memory.marking.marked_bytes += unsafe { object.bytes() };
                }
            }
        }
    }

    /// Blackens what is grey, as far as the stack knows.
    fn empty_stack(&mut self) {
        loop {
            if let Some(object) = self.memory.marking.stack.pop() {
                self.blacken(object);
            } else if let Some((object, first)) = self.memory.marking.ranges.pop() {
                self.shade_range(object, first);
            } else {
                return;
            }
        }
    }
}

impl<'gc> Visitor<'gc> for Marker<'_> {
    #[inline]
    fn strong(&mut self, to: Edge<'gc>) {
        self.shade(Object::of(to));
    }
}
