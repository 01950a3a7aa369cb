//! Where references that do not keep their objects are looked at: after what is reached is known.
//!
//! There are none yet; the three places are called in their order.

use crate::compact::Fixer;
use crate::evacuate::Evacuator;
use crate::mark::Marker;

/// After an evacuation: [`Evacuator::follow`] says who lives and where; what is evacuated in
/// addition (by `Relocator::strong`) is looked through by the caller.
pub(crate) fn after_evacuation(evacuator: &mut Evacuator<'_>) {
    let _ = evacuator;
}

/// After a mark: `Memory::is_marked` says which old objects live; what is shaded in addition
/// ([`Marker::shade`]) is marked through by the caller, and the question is asked again.
pub(crate) fn after_mark(marker: &mut Marker<'_>) {
    let _ = marker;
}

/// After a compaction, all of whose objects live: what has moved is led to where it lies now by
/// `Relocator::strong` of the fixer.
pub(crate) fn after_compaction(fixer: &mut Fixer<'_>) {
    let _ = fixer;
}
