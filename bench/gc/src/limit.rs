//! A soft limit: whether it is kept to where there is room below it, and what it costs where not.

use std::time::Duration;

use tenure_gc::Pacing;

use crate::mixed::{Mixed, Steady};

/// Marks that have to end, however long that takes: before, the peak may be still to come.
const MARKS_MIN: u64 = 2;

/// Objects that the program looks at for 64 that it replaces.
const LOOKS: usize = 4096;

/// What lives is five eighths of the limit, so that the pace alone would take five quarters.
pub(crate) fn below(live_mib: u64) -> String {
    kept(live_mib, ((live_mib as usize) << 20) / 5 * 8)
}

/// What lives is 25 thirty-seconds of the limit: three quarters of the rest are young, slots and
/// bit maps.
pub(crate) fn close(live_mib: u64) -> String {
    kept(live_mib, ((live_mib as usize) << 20) / 25 * 32)
}

fn kept(live_mib: u64, limit: usize) -> String {
    let steady = run(live_mib, limit, Duration::from_millis(live_mib * 40));
    let [peak, resident] =
        [steady.peak_bytes, steady.resident_bytes].map(|x| 100.0 * x as f64 / limit as f64);
    format!(
        "peak_percent_of_limit {peak:.1} resident_percent_of_limit {resident:.1} {}",
        told(&steady)
    )
}

/// What lives is 75 sixty-fourths of the limit, which nothing can keep to.
pub(crate) fn above(live_mib: u64) -> String {
    let limit = ((live_mib as usize) << 20) / 75 * 64;
    told(&run(live_mib, limit, Duration::from_millis(live_mib * 20)))
}

fn run(live_mib: u64, soft_limit_bytes: usize, span: Duration) -> Steady {
    let pacing = Pacing {
        percent: 100,
        initial_bytes: 1 << 20,
        soft_limit_bytes,
        cpu_percent_max: 50,
        ..Pacing::default()
    };
    let mut mixed = Mixed::new(live_mib as usize, pacing).looking(LOOKS);
    mixed.steady(|marks, now| marks >= MARKS_MIN && now >= span)
}

fn told(steady: &Steady) -> String {
    format!(
        "cpu_percent {:.1} marks {} replaced_per_s {:.0}",
        steady.cpu_percent, steady.marks, steady.replaced_per_s
    )
}
