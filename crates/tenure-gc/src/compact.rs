//! Compaction: objects of sparse regions move together, and the regions go back to the kernel.
//!
//! **Shape:** nothing is young, and the last mark is swept. Regions of which less than
//! [`DENSE_PERCENT`] percent live are *leaving*: their objects are copied into holes of the others
//! and into fresh regions, and leave their new addresses behind. Then one pass over all slots leads
//! them there. So for a moment what leaves is there twice: the memory needed in addition is the
//! live bytes of sparse regions, never more than what lives. Under a soft limit no more leaves at
//! once than the limit has room for, half the holes of the others counted in.

use alloc::vec::Vec;

use crate::collector::{FREE_REGIONS_KEPT, Roots};
use crate::cycle::{Cycle, Kind, Stopwatch};
use crate::descriptor::ALIGN_MAX;
use crate::memory::Memory;
use crate::object::{HASH_KEPT, HASHED, Object, WORD_BYTES, hash_bytes};
use crate::old::{Old, REGION_BYTES, RegionBook};
use crate::references;
use crate::trace::{Edge, Relocator};

/// Regions with more live bytes stay as they are.
const DENSE_PERCENT: usize = 65;

/// The same where the soft limit calls for it.
const DENSE_PERCENT_AT_LIMIT: usize = 85;

/// Leads slots to where objects lie now.
pub(crate) struct Fixer<'a> {
    old: &'a Old,
}

impl<'gc> Relocator<'gc> for Fixer<'_> {
    fn strong(&mut self, slot: &mut Edge<'gc>) {
        if let Some(moved) = self.old.moved(Object::of(*slot)) {
            *slot = moved.edge();
        }
    }
}

/// Moves what lies in sparse regions. Nothing is young, and every drop has been called. If the old
/// generation has no room for that, what is moved so far stays moved.
pub(crate) fn compact(memory: &mut Memory, roots: &Roots<'_>, cycle: &mut Cycle) {
    let mut watch = Stopwatch::start();
    while let Some(region) = memory.old.unswept.pop() {
        memory.old.sweep(region);
    }
    memory.pacer.may_compact = false;
    memory.broken = true;
    let sparse = sparse_regions(memory);
    memory.old.begin_leaving(&sparse);
    for region in sparse {
        if !empty(memory, region) {
            break;
        }
    }
    fix(memory, roots);
    memory.old.end_leaving();
    memory.broken = false;
    while let Some(bytes) = memory.old.give_back_one(FREE_REGIONS_KEPT) {
        cycle.given_back_bytes += bytes;
    }
    cycle.kind = Kind::Compact;
    cycle.old_bytes.1 = memory.old.used_bytes;
    cycle.held_bytes = memory.old.held_bytes() + memory.large.held_bytes;
    let took = watch.lap();
    cycle.phases.sweep += took;
    cycle.pause_ns += took;
}

/// Regions of which little lives, the sparsest first. Near the soft limit no more of them leave
/// than half the holes of the others have room for: what leaves is there twice until the end.
fn sparse_regions(memory: &Memory) -> Vec<usize> {
    let of = |(region, book): (usize, &RegionBook)| (book.live_bytes, region);
    let mut sparse: Vec<_> = memory.old.regions.iter().enumerate().map(of).collect();
    sparse.retain(|&(bytes, _)| bytes > 0);
    sparse.sort_unstable();
    let mut holes: usize = sparse.iter().map(|(bytes, _)| REGION_BYTES - bytes).sum();
    let below_limit = memory.room_below_limit();
    let dense_percent = if below_limit == usize::MAX {
        DENSE_PERCENT
    } else {
        DENSE_PERCENT_AT_LIMIT
    };
    let mut leaving_bytes = 0;
    let leaves = |&&(bytes, _): &&(usize, usize)| {
        holes -= REGION_BYTES - bytes;
        leaving_bytes += bytes;
        bytes < REGION_BYTES / 100 * dense_percent
            && leaving_bytes <= below_limit.saturating_add(holes / 2)
    };
    sparse
        .iter()
        .take_while(leaves)
        .map(|&(_, region)| region)
        .collect()
}

/// Moves every object out of a region that is leaving, or none of it if there is no room. Whether
/// there was.
fn empty(memory: &mut Memory, region: usize) -> bool {
    // A hash that is kept makes the smallest object half as large again.
    let below_limit = memory.room_below_limit();
    if memory.old.prepare(2 * REGION_BYTES, below_limit).is_err() {
        return false;
    }
    memory.old.set_leaving(region);
    let mut objects = Vec::new();
    memory
        .old
        .for_each_in(region, &mut |object| objects.push(object));
    for object in objects {
        move_object(memory, object);
    }
    let drops = core::mem::take(&mut memory.old.regions[region].drops);
    for object in drops {
        if let Some(moved) = memory.old.moved(object) {
            let region = memory.old.region_of(moved);
            memory.old.regions[region].drops.push(moved);
        }
    }
    true
}

fn move_object(memory: &mut Memory, object: Object) {
    // SAFETY: the object is live and has not moved; the target is free memory of this heap.
    unsafe {
        let word = object.word();
        let descriptor = word.descriptor();
        let bytes = descriptor.bytes_of(object.value()) + hash_bytes(word);
        let grown = bytes
            + if word.has(HASHED) && !word.has(HASH_KEPT) {
                WORD_BYTES
            } else {
                0
            };
        let room = memory.old.alloc(grown, descriptor.align == ALIGN_MAX);
        let target = room.expect("room was made before the region was emptied");
        // It was counted where it was.
        memory.old.used_bytes -= bytes;
        let value = target.value();
        core::ptr::copy_nonoverlapping(object.value().as_ptr(), value.as_ptr(), bytes - WORD_BYTES);
        target.set_word(word);
        if grown > bytes {
            target.keep_hash(bytes, object.addr());
        }
        object.forward_to(value);
    }
}

/// Leads every slot of the heap to where objects lie now.
fn fix(memory: &mut Memory, roots: &Roots<'_>) {
    let mut fixer = Fixer { old: &memory.old };
    roots.root.fix(&mut fixer);
    roots.handles.relocate(&mut fixer);
    memory
        .old
        .for_each_staying(|object| fix_object(object, &mut fixer));
    for entry in &memory.large.objects {
        fix_object(entry.object, &mut fixer);
    }
    references::after_compaction(&mut memory.references, &mut fixer);
    for object in memory
        .remembered
        .list
        .iter_mut()
        .chain(&mut memory.remembered.log)
    {
        if let Some(moved) = fixer.old.moved(*object) {
            *object = moved;
        }
    }
}

fn fix_object(object: Object, fixer: &mut Fixer<'_>) {
    // SAFETY: the object is live, stays where it is, and is looked at by nobody else.
    unsafe {
        let descriptor = object.word().descriptor();
        if descriptor.needs_trace {
            (descriptor.fix)(object.value(), fixer);
        }
    }
}
