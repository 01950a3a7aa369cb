//! The invariants of a heap, walked: what [`crate::Heap::verify`] checks.
//!
//! 1. Young memory is objects and gaps, one behind the other; none has moved away.
//! 2. Old objects do not overlap, lie within their region, and take what its book says.
//! 3. Every pointer leads to the beginning of a live object: from the root, from handles, from each
//!    object of either generation. Weak ones too: they are cleared before their objects go.
//! 4. An old object that points to a young one is logged or remembered, or its card is dirty.
//! 5. What is remembered or logged is a live object.
//! 6. Outside of a mark no large object has a mark; outside of a collection nothing is forwarded.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

use crate::collector::Roots;
use crate::memory::{Memory, Phase, State};
use crate::object::{FORWARDED, LOGGED, MARKED, Object, REMEMBERED};
use crate::old::REGION_BYTES;
use crate::trace::{Edge, Visitor};

/// An invariant that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub what: &'static str,
    /// The address of the object, or 0 for a root.
    pub object: usize,
    /// The type of the object.
    pub type_name: &'static str,
    /// The address that it points to, or 0.
    pub target: usize,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            object,
            type_name,
            target,
        } = self;
        write!(f, "{what}: {type_name} at {object:#x}, target {target:#x}")
    }
}

impl core::error::Error for Broken {}

/// Looks at each pointer of one object.
struct Edges<'a> {
    young: &'a BTreeSet<usize>,
    large: &'a BTreeSet<usize>,
    memory: &'a Memory,
    young_seen: bool,
    lost: Option<usize>,
}

impl Edges<'_> {
    /// Notes what an edge leads to, if that is no object. Whether it is young.
    fn look(&mut self, to: Edge<'static>) -> bool {
        let object = Object::of(to);
        let addr = object.addr();
        let young = self.memory.young.contains(addr);
        let begins = if young {
            self.young.contains(&addr)
        } else if self.memory.old.contains(addr) {
            self.memory.old.begins(object)
        } else {
            self.large.contains(&addr)
        };
        if !begins && self.lost.is_none() {
            self.lost = Some(addr);
        }
        young
    }
}

impl Visitor<'static> for Edges<'_> {
    fn strong(&mut self, to: Edge<'static>) {
        self.young_seen |= self.look(to);
    }

    fn weak(&mut self, to: Edge<'static>) {
        self.look(to);
    }
}

/// Checks every invariant of a heap between two pauses.
pub(crate) fn verify(state: &mut State, roots: &Roots<'_>) -> Result<(), Broken> {
    let cursor = state.cursor.get();
    let memory = &*state.memory_mut();
    let mut young = Vec::new();
    memory.young.for_each_survivor(|object| young.push(object));
    // SAFETY: between pauses Eden is objects and gaps up to the cursor.
    unsafe {
        memory
            .young
            .for_each_in_eden(cursor, |object| young.push(object))
    };
    let young_set: BTreeSet<usize> = young.iter().map(|object| object.addr()).collect();
    let large_set: BTreeSet<usize> = memory
        .large
        .objects
        .iter()
        .map(|entry| entry.object.addr())
        .collect();
    let mut edges = Edges {
        young: &young_set,
        large: &large_set,
        memory,
        young_seen: false,
        lost: None,
    };
    roots.root.show(&mut edges);
    roots.handles.trace(&mut edges);
    if let Some(target) = edges.lost {
        return Err(Broken {
            what: "a root points to no object",
            object: 0,
            type_name: "",
            target,
        });
    }
    for &object in &young {
        check_object(object, &mut edges)?;
    }
    let mut fault = Ok(());
    let mut last_end = 0;
    memory.old.for_each(|object| {
        if fault.is_ok() {
            fault = check_old(object, &mut last_end, &mut edges);
        }
    });
    fault?;
    if let Some(region) = memory.old.miscounted_region() {
        return Err(Broken {
            what: "the bytes of a region's objects are not what is counted",
            object: memory.old.start() + region * REGION_BYTES,
            type_name: "",
            target: 0,
        });
    }
    check_lists(memory, &large_set)?;
    for entry in &memory.large.objects {
        check_object(entry.object, &mut edges)?;
        check_remembered(entry.object, &edges)?;
        // SAFETY: listed objects are live.
        if memory.phase == Phase::Idle && unsafe { entry.object.word() }.has(MARKED) {
            return Err(broken(
                "a large object is marked outside of a mark",
                entry.object,
                0,
            ));
        }
    }
    Ok(())
}

fn check_lists(memory: &Memory, large: &BTreeSet<usize>) -> Result<(), Broken> {
    for &object in memory.remembered.list.iter().chain(&memory.remembered.log) {
        let lives = if memory.old.contains(object.addr()) {
            memory.old.begins(object)
        } else {
            large.contains(&object.addr())
        };
        if !lives {
            return Err(Broken {
                what: "what is remembered is no object",
                object: object.addr(),
                type_name: "",
                target: 0,
            });
        }
    }
    Ok(())
}

fn check_old(object: Object, last_end: &mut usize, edges: &mut Edges<'_>) -> Result<(), Broken> {
    let old = &edges.memory.old;
    if object.addr() < *last_end {
        return Err(broken("an old object overlaps the one before", object, 0));
    }
    // SAFETY: a start bit is an object's.
    let bytes = unsafe { object.bytes() };
    *last_end = object.addr() + bytes;
    if (object.addr() - old.start()) % REGION_BYTES + bytes > REGION_BYTES {
        return Err(broken(
            "an old object crosses the end of its region",
            object,
            0,
        ));
    }
    check_object(object, edges)?;
    check_remembered(object, edges)
}

fn check_object(object: Object, edges: &mut Edges<'_>) -> Result<(), Broken> {
    // SAFETY: what was walked to is an object.
    unsafe {
        let word = object.word();
        if word.has(FORWARDED) {
            return Err(Broken {
                what: "an object has moved away outside of a collection",
                object: object.addr(),
                type_name: "",
                target: word.raw(),
            });
        }
        edges.young_seen = false;
        let descriptor = word.descriptor();
        if descriptor.needs_trace {
            (descriptor.show)(object.value(), edges);
        }
    }
    match edges.lost {
        Some(target) => Err(broken("an object points to no object", object, target)),
        None => Ok(()),
    }
}

fn check_remembered(object: Object, edges: &Edges<'_>) -> Result<(), Broken> {
    // SAFETY: what was walked to is an object.
    let word = unsafe { object.word() };
    let old = &edges.memory.old;
    let carded = old.contains(object.addr()) && old.card_is_dirty(object);
    if edges.young_seen && !carded && !word.has(LOGGED) && !word.has(REMEMBERED) {
        return Err(broken(
            "an old object points to a young one and is not remembered",
            object,
            0,
        ));
    }
    Ok(())
}

fn broken(what: &'static str, object: Object, target: usize) -> Broken {
    // SAFETY: the caller has walked to the object and found it one.
    let type_name = unsafe { (object.word().descriptor().name)() };
    Broken {
        what,
        object: object.addr(),
        type_name,
        target,
    }
}
