//! The names of pauses and concurrent phases, as kinds.

use tenure_model::timeline::Kind;

/// The kind of what follows `Pause `, and the rest of the text behind the name.
///
/// For a name that is not known the kind is [`Kind::Other`], and the rest is the whole text.
pub(in crate::gclog) fn pause_kind(text: &[u8]) -> (Kind, &[u8]) {
    const NAMES: [(&[u8], Kind); 23] = [
        (b"Young (Normal)", Kind::Young),
        (b"Young (Concurrent Start)", Kind::YoungConcurrentStart),
        (b"Young (Prepare Mixed)", Kind::YoungPrepareMixed),
        (b"Young (Mixed)", Kind::Mixed),
        (b"Young", Kind::Young),
        (b"Mixed", Kind::Mixed),
        (b"Full GC", Kind::Full),
        (b"Full", Kind::Full),
        (b"Remark", Kind::Remark),
        (b"Cleanup", Kind::Cleanup),
        (b"Initial Mark (", Kind::YoungConcurrentStart),
        (b"Initial Mark", Kind::InitialMark),
        (b"Mark Start", Kind::MarkStart),
        (b"Mark End", Kind::MarkEnd),
        (b"Mark Step", Kind::IncrementalSteps),
        (b"Relocate Start", Kind::RelocateStart),
        (b"Init Mark", Kind::InitMark),
        (b"Final Mark", Kind::FinalMark),
        (b"Final Roots", Kind::FinalRoots),
        (b"Final Evac", Kind::FinalRoots),
        (b"Init Update Refs", Kind::InitUpdateRefs),
        (b"Final Update Refs", Kind::FinalUpdateRefs),
        (b"Degenerated GC", Kind::Degenerated),
    ];
    for &(name, kind) in &NAMES {
        if let Some(rest) = text.strip_prefix(name) {
            // The bracket belongs to the cause.
            let from = usize::from(name.ends_with(b" ("));
            let rest = text.get(name.len() - from..).unwrap_or(rest);
            return (kind, rest);
        }
    }
    (Kind::Other, text)
}

/// The kind of what follows `Concurrent `, without sizes and durations.
///
/// [`Kind::ConcurrentOther`] for a name that is not known.
pub(in crate::gclog) fn concurrent_kind(name: &[u8]) -> Kind {
    const NAMES: [(&[u8], Kind); 15] = [
        (b"Mark Free", Kind::ConcurrentOther),
        (b"Mark From", Kind::ConcurrentOther),
        (b"Mark Roots", Kind::ConcurrentOther),
        (b"marking roots", Kind::ConcurrentOther),
        (b"Mark", Kind::ConcurrentMark),
        (b"marking", Kind::ConcurrentMark),
        (b"Scan Root Regions", Kind::RootRegionScan),
        (b"Preclean", Kind::ConcurrentPreclean),
        (b"Abortable Preclean", Kind::ConcurrentAbortablePreclean),
        (b"Sweep", Kind::ConcurrentSweep),
        (b"cleanup", Kind::ConcurrentCleanup),
        (b"Relocate", Kind::ConcurrentRelocate),
        (b"evacuation", Kind::ConcurrentRelocate),
        (b"update references", Kind::ConcurrentUpdateRefs),
        (b"precleaning", Kind::ConcurrentPreclean),
    ];
    if name == b"Reset" || name.starts_with(b"reset") {
        return Kind::ConcurrentReset;
    }
    if name.starts_with(b"Process Non-Strong") || name.starts_with(b"weak references") {
        return Kind::ConcurrentReferences;
    }
    NAMES
        .iter()
        .find(|(known, _)| name.starts_with(known))
        .map_or(Kind::ConcurrentOther, |(_, kind)| *kind)
}
