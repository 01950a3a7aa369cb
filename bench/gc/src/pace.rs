//! How much garbage waits, beside what `Pacing::percent` says.

use tenure_gc::Pacing;

use crate::mixed::Mixed;

/// Marks that have to end, those of the fill included.
const MARKS_MIN: u64 = 5;
/// And of them, while objects are replaced. The first follows a full collection, which leaves no
/// dead; the second an incremental mark, which leaves those that died while it was under way, as
/// all later ones do. The peaks of the next three were no more than 0.4 % higher, in 256 MiB, and
/// took three times as long to see. (The bytes in memory do grow from mark to mark.)
const STEADY_MARKS_MIN: u64 = 2;

/// The peak over what lives, with that `percent`.
pub(crate) fn run(live_mib: u64, percent: u32, incremental: bool) -> String {
    let pacing = Pacing {
        percent,
        initial_bytes: 1 << 20,
        incremental,
        ..Pacing::default()
    };
    let mut mixed = Mixed::new(live_mib as usize, pacing);
    let before = mixed.marks();
    let wanted = STEADY_MARKS_MIN.max(MARKS_MIN.saturating_sub(before));
    let steady = mixed.steady(|marks, _| marks >= wanted);
    let [peak, resident] =
        [steady.peak_bytes, steady.resident_bytes].map(|x| x as f64 / steady.live_bytes as f64);
    let aim = f64::from(100 + percent) / 100.0;
    format!(
        "peak_times_live {peak:.3} peak_over_aim {:.3} resident_times_live {resident:.3} \
         cpu_percent {:.1} marks {}",
        peak / aim,
        steady.cpu_percent,
        before + steady.marks
    )
}
