//! What is noted when the limit of the process refuses memory: how often, and of the first time
//! what was asked for, how much was held, and by whom.
//!
//! **Cost:** an add for each refusal; at the first a walk over the site records, which other
//! threads go on writing meanwhile: each figure is whole, together they are near the truth. Nothing
//! is allocated.

use crate::head::Head;
use crate::{profile, recorder};
use core::sync::atomic::Ordering::Relaxed;
use tenure_heap::limit::{self, Refusal, mappings};

/// Has refusals noted, where there is a limit.
pub(crate) fn listen() {
    if limit::is_on() {
        limit::set_refusal_listener(refused);
    }
}

/// Writes down which limit the process has.
pub(crate) fn write_limit(head: &Head) {
    if let Some(reading) = limit::limit() {
        head.limit_bytes.store(reading.limit_bytes as u64, Relaxed);
    }
}

fn refused(refusal: Refusal) {
    recorder::settle();
    let Some(head) = recorder::head() else { return };
    if head.refusals.fetch_add(1, Relaxed) > 0 {
        return;
    }
    head.refused_bytes
        .store(refusal.requested_bytes as u64, Relaxed);
    head.refused_held_bytes
        .store(refusal.held_bytes as u64, Relaxed);
    head.refused_mapped_bytes
        .store(mappings::total_bytes() as u64, Relaxed);
    profile::keep_refusal();
}
