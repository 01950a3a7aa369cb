//! Evacuation: what is reached of the young generation moves to the other half, or is promoted.
//!
//! **Shape:** each young object that a slot leads to is copied once, leaves its new address behind,
//! and is put on a stack until its own slots have been looked through. Old objects are not
//! followed: those that may point to young ones are remembered.
//!
//! **Invariants:** (a) a slot that was looked through points into no emptied memory; (b) an old
//! object that points to a survivor is remembered when the evacuation ends.

use alloc::vec::Vec;
use core::ops::Range;
use core::ptr::NonNull;

use crate::cycle::Cycle;
use crate::descriptor::ALIGN_MAX;
use crate::mark::Marker;
use crate::memory::{Memory, Phase};
use crate::object::{
    AGE_MASK, HASH_KEPT, HASHED, LOGGED, Object, REMEMBERED, WORD_BYTES, Word, hash_bytes,
};
use crate::trace::{Edge, Relocator, Trace};

/// Who moves what slots lead to.
pub(crate) struct Evacuator<'h> {
    memory: &'h mut Memory,
    young_start: usize,
    young_bytes: usize,
    emptied_start: usize,
    emptied_bytes: usize,
    /// Where the next survivor goes, and the end of its half.
    to: *mut u8,
    to_end: *mut u8,
    /// Survivors of this age are promoted.
    tenure_age: usize,
    /// A slot that was looked through points to a survivor.
    kept_young: bool,
    promoted_bytes: usize,
    survived_bytes_by_age: [usize; 16],
    remembered: usize,
    cards: usize,
}

impl<'h> Evacuator<'h> {
    /// Begins. With a `tenure_age` of 0 all that is reached is promoted. There is room for it: see
    /// [`crate::old::Old::prepare`].
    pub(crate) fn new(memory: &'h mut Memory, tenure_age: usize) -> Self {
        let Range { start, end } = memory.young.emptied();
        let to = memory.young.other_half();
        Self {
            young_start: memory.young.start(),
            young_bytes: memory.young.len(),
            emptied_start: start,
            emptied_bytes: end - start,
            to,
            to_end: to.wrapping_add(memory.young.half_bytes()),
            tenure_age,
            kept_young: false,
            promoted_bytes: 0,
            survived_bytes_by_age: [0; 16],
            remembered: 0,
            cards: 0,
            memory,
        }
    }

    /// The heap that is evacuated.
    pub(crate) fn memory(&mut self) -> &mut Memory {
        self.memory
    }

    #[inline]
    pub(crate) fn is_young(&self, addr: usize) -> bool {
        addr.wrapping_sub(self.young_start) < self.young_bytes
    }

    #[inline]
    fn is_emptied(&self, addr: usize) -> bool {
        addr.wrapping_sub(self.emptied_start) < self.emptied_bytes
    }

    /// Where a young value is that a slot leads to, once it has moved out of emptied memory.
    #[inline(never)]
    fn lead_on(&mut self, value: NonNull<u8>) -> NonNull<u8> {
        if !self.is_emptied(value.addr().get()) {
            self.kept_young = true;
            return value;
        }
        let object = Object::of_value(value);
        // SAFETY: a slot leads to an object that is live, or that has moved in this evacuation.
        let word = unsafe { object.word() };
        let moved = match word.forwarded() {
            Some(moved) => moved,
            None => self.evacuate(object, word),
        };
        self.kept_young |= self.is_young(moved.addr().get());
        moved
    }

    /// Copies an object and leaves its new address behind. Gives where its value lies now.
    #[inline]
    fn evacuate(&mut self, object: Object, word: Word) -> NonNull<u8> {
        // SAFETY: a slot leads to live objects only, and this one has not moved yet; so its word is
        // a type's, and `bytes` are initialised. The target is free memory of this heap.
        unsafe {
            let descriptor = word.descriptor();
            let bytes = descriptor.bytes_of(object.value()) + hash_bytes(word);
            // A hash that somebody knows is kept from the first move on.
            let grown = bytes
                + if word.has(HASHED) && !word.has(HASH_KEPT) {
                    WORD_BYTES
                } else {
                    0
                };
            let align_16 = descriptor.align == ALIGN_MAX;
            let age = word.age() + 1;
            let survivor = if age <= self.tenure_age {
                self.survivor(grown, align_16)
            } else {
                None
            };
            let (target, new_word) = match survivor {
                Some(target) => {
                    self.survived_bytes_by_age[age.min(15)] += grown;
                    (target, word.aged(age))
                }
                None => (self.promoted(grown, align_16), word.without(AGE_MASK)),
            };
            let value = target.value();
            core::ptr::copy_nonoverlapping(
                object.value().as_ptr(),
                value.as_ptr(),
                bytes - WORD_BYTES,
            );
            target.set_word(new_word);
            if grown > bytes {
                let salt = self.memory.young.salt;
                target.keep_hash(bytes, object.addr().wrapping_add(salt));
            }
            object.forward_to(value);
            if word.has(HASHED) {
                self.memory.ephemerons.reached(object.addr());
            }
            if descriptor.needs_trace {
                self.memory.evacuating.push(target);
            }
            if survivor.is_none() && self.memory.phase == Phase::Marking {
                // It has its mark from birth; what it points to is not marked yet.
                self.memory.marking.grey(target);
            }
            value
        }
    }

    /// Room for a survivor.
    #[inline]
    fn survivor(&mut self, bytes: usize, align_16: bool) -> Option<Object> {
        let mut start = self.to;
        let gap = align_16 && start.addr().is_multiple_of(ALIGN_MAX);
        if gap {
            start = start.wrapping_add(WORD_BYTES);
        }
        let end = start.wrapping_add(bytes);
        if end.addr() > self.to_end.addr() {
            return None;
        }
        if gap {
            // SAFETY: the word is free memory of the half; `to` is not null.
            unsafe { Object::at(NonNull::new_unchecked(self.to)).make_gap(WORD_BYTES) };
        }
        self.to = end;
        NonNull::new(start).map(Object::at)
    }

    /// Room for what is promoted.
    #[inline]
    fn promoted(&mut self, bytes: usize, align_16: bool) -> Object {
        self.promoted_bytes += bytes;
        let room = self.memory.old.alloc(bytes, align_16);
        // The old generation was prepared for all that is young.
        room.expect("room was made before the evacuation began")
    }

    /// Looks through the slots of a value that was moved or remembered. Whether it points to young
    /// objects now.
    fn look_through(&mut self, object: Object) -> bool {
        self.kept_young = false;
        // SAFETY: the caller's object is live and lies where it stays.
        unsafe {
            let descriptor = object.word().descriptor();
            (descriptor.evacuate)(object.value(), self);
        }
        self.kept_young
    }

    /// As [`Evacuator::look_through`], of an object that was looked through when it became old or
    /// when it was last remembered: of an array, only dirty cards.
    fn look_through_again(&mut self, object: Object) -> bool {
        // SAFETY: the caller's object is live and lies where it stays.
        match unsafe { &object.word().descriptor().array } {
            None => self.look_through(object),
            Some(array) => {
                self.kept_young = false;
                // SAFETY: as above.
                unsafe { (array.evacuate_dirty)(object.value(), self) };
                self.kept_young
            }
        }
    }

    /// Whether a slot looked through since the last call points to a survivor.
    pub(crate) fn take_kept_young(&mut self) -> bool {
        core::mem::take(&mut self.kept_young)
    }

    /// Says that a slot looked through points to a survivor.
    pub(crate) fn keep_young(&mut self, kept: bool) {
        self.kept_young |= kept;
    }

    /// Counts dirty cards that were looked through.
    pub(crate) fn note_cards(&mut self, cards: usize) {
        self.cards += cards;
    }

    /// Looks through what is remembered; what points to nothing young is forgotten.
    pub(crate) fn look_through_remembered(&mut self) {
        if self.memory.phase == Phase::Marking {
            let log = core::mem::take(&mut self.memory.remembered.log);
            Marker::new(self.memory).note_written(&log);
            self.memory.remembered.log = log;
        }
        self.memory.remembered.drain_log();
        let mut list = core::mem::take(&mut self.memory.remembered.list);
        self.remembered += list.len();
        list.retain(|&object| {
            let keep = self.look_through_again(object);
            if !keep {
                // SAFETY: remembered objects are live: see `Memory::forget_unmarked`.
                unsafe { object.set_word(object.word().without(REMEMBERED)) };
            }
            keep
        });
        self.memory.remembered.list = list;
        self.look_through_cards();
    }

    /// Looks through the objects of dirty cards. A card stays dirty while one of them points to a
    /// survivor.
    fn look_through_cards(&mut self) {
        let dirty = self.memory.old.take_dirty_cards();
        self.cards += dirty.len();
        let mut objects = Vec::new();
        for card in dirty {
            self.memory.old.objects_in_card(card, &mut objects);
            for object in objects.drain(..) {
                // SAFETY: what begins in a card is a live object.
                let word = unsafe { object.word() };
                if word.has(LOGGED) {
                    // SAFETY: as above.
                    unsafe { object.set_word(word.without(LOGGED)) };
                    if self.memory.phase == Phase::Marking {
                        Marker::new(self.memory).note_written(&[object]);
                    }
                }
                self.remembered += 1;
                // SAFETY: as above.
                let traced = unsafe { word.descriptor() }.needs_trace;
                if traced && self.look_through_again(object) {
                    self.memory.old.dirty_card(object);
                }
            }
        }
    }

    /// Looks through all that has been moved, until nothing moves any more.
    pub(crate) fn drain(&mut self) {
        while let Some(object) = self.memory.evacuating.pop() {
            let points_to_young = self.look_through(object);
            if points_to_young && !self.is_young(object.addr()) {
                self.memory.remember(object);
            }
        }
    }

    /// Where a value is now, if its object lives: old ones do, as far as a minor collection knows.
    pub(crate) fn moved(&self, value: NonNull<u8>) -> Option<NonNull<u8>> {
        if !self.is_emptied(value.addr().get()) {
            return Some(value);
        }
        // SAFETY: emptied memory is still as it was, with the addresses left behind.
        unsafe { Object::of_value(value).word() }.forwarded()
    }

    /// Moves what a value points to, unless it has moved. Whether it points to young objects now.
    pub(crate) fn leads_to_young<'gc>(&mut self, value: &mut impl Trace<'gc>) -> bool {
        self.kept_young = false;
        value.relocate(self);
        self.kept_young
    }

    /// Notes that an old object points to young ones.
    pub(crate) fn remember(&mut self, object: Object) {
        self.memory.remembered.remember(object);
    }

    /// Ends: the dead are handed over to be dropped, the halves turn.
    pub(crate) fn finish(self, cycle: &mut Cycle) {
        let memory = self.memory;
        let drops = core::mem::take(&mut memory.young.drops);
        for object in drops {
            // SAFETY: emptied memory is still as it was.
            let word = unsafe { object.word() };
            match word.forwarded().map(Object::of_value) {
                None => {
                    // SAFETY: it has not moved, so its word is a type's.
                    let descriptor = unsafe { word.descriptor() };
                    memory.corpses.add(object.value(), descriptor.drop);
                }
                Some(moved) if memory.young.contains(moved.addr()) => {
                    memory.young.drops.push(moved)
                }
                Some(moved) => {
                    let region = memory.old.region_of(moved);
                    memory.old.regions[region].drops.push(moved);
                }
            }
        }
        memory.young.turn(self.to);
        cycle.promoted_bytes += self.promoted_bytes;
        cycle.survived_bytes_by_age = self.survived_bytes_by_age;
        cycle.remembered += self.remembered;
        cycle.cards += self.cards;
    }
}

impl<'gc> Relocator<'gc> for Evacuator<'_> {
    // Most slots lead to old objects: that much is decided where the slot is.
    #[inline(always)]
    fn strong(&mut self, slot: &mut Edge<'gc>) {
        if self.is_young(slot.value().addr().get()) {
            *slot = Edge::new(self.lead_on(slot.value()));
        }
    }
}

impl Memory {
    /// Forgets old objects that a mark has not reached, before they are swept.
    pub(crate) fn forget_unmarked(&mut self) {
        let mut list = core::mem::take(&mut self.remembered.list);
        list.retain(|&object| self.is_marked(object));
        self.remembered.list = list;
        debug_assert!(self.remembered.log.is_empty());
    }

    /// Whether a mark has reached an old object.
    pub(crate) fn is_marked(&self, object: Object) -> bool {
        if self.old.contains(object.addr()) {
            self.old.marks.get(self.old.bit(object))
        } else {
            // SAFETY: large objects are initialised until they are swept.
            unsafe { object.word() }.has(crate::object::MARKED)
        }
    }
}
