//! The brackets that are read whole: times, sizes of G1, and what is passed over.

use tenure_model::timeline::{Change, Cpu, Event, Space};

use super::collection::Role;
use crate::gclog::cursor::{Cursor, SECOND_NS};

/// `Times: user=0.15 sys=0.01, real=0.09 secs`.
pub(super) fn cpu(text: &[u8]) -> Option<Cpu> {
    let mut cursor = Cursor::new(text);
    let mut part = |name: &[u8]| {
        cursor.until_text(name)?;
        cursor.scaled(SECOND_NS)
    };
    Some(Cpu {
        user_ns: part(b"user=")?,
        system_ns: part(b"sys=")?,
        real_ns: part(b"real=")?,
    })
}

/// `Eden: 24.0M(24.0M)->0.0B(13.0M) Survivors: 0.0B->3.0M Heap: 24.0M(256.0M)->21.9M(256.0M)`.
pub(super) fn g1_sizes(text: &[u8], event: &mut Event) -> bool {
    let mut cursor = Cursor::new(text);
    let mut part = |name: &[u8]| {
        cursor.skip_blanks();
        cursor.eat(name).then(|| cursor.change()).flatten()
    };
    let eden = part(b"Eden: ");
    let survivor = part(b"Survivors: ");
    let heap = part(b"Heap: ");
    let (Some(eden), Some(survivor), Some(heap)) = (eden, survivor, heap) else {
        return false;
    };
    event.sizes.set(Space::Eden, eden);
    event.sizes.set(Space::Survivor, survivor);
    event.sizes.set(Space::Heap, heap);
    let sum = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
    *event.sizes.at(Space::Young) = Change {
        before: sum(eden.before, survivor.before),
        after: sum(eden.after, survivor.after),
        capacity: None,
    };
    true
}

/// What the bracket `name` is about.
pub(super) fn role(name: &[u8]) -> Role {
    match name.trim_ascii() {
        b"ParNew" | b"ASParNew" | b"DefNew" | b"PSYoungGen" | b"PSNew" => Role::Young,
        b"CMS" | b"ASCMS" | b"Tenured" | b"PSOldGen" | b"ParOldGen" | b"Train" => Role::Old,
        b"Perm" | b"CMS Perm" | b"PSPermGen" | b"Metaspace" => Role::Metaspace,
        _ => Role::Part,
    }
}

/// True for a bracket without figures of a collection, which is passed over to its end.
pub(super) fn is_passed_over(text: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 3] = [b"G1Ergonomics", b"Unloading class ", b"Preclean "];
    BEGINNINGS.iter().any(|known| text.starts_with(known))
}
