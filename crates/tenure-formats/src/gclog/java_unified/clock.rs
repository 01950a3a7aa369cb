//! The run's own clock, from uptimes, dates or both.

use tenure_model::timeline::Stamp;

/// Turns the stamps of lines into times of one clock that begins with the run.
///
/// Where a line has an uptime, that is the time. Where it has a date alone, the time is counted
/// from the start of the run if a line with both has told when that was, else from the first
/// date.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::gclog) struct Clock {
    origin_unix_ns: Option<i64>,
}

impl Clock {
    /// The time of a line; `None` if it has no stamp.
    pub(in crate::gclog) fn stamp(
        &mut self,
        uptime_ns: Option<u64>,
        unix_ns: Option<i64>,
    ) -> Option<Stamp> {
        let run_ns = match (uptime_ns, unix_ns) {
            (Some(uptime_ns), Some(unix_ns)) => {
                let up = i64::try_from(uptime_ns).unwrap_or(i64::MAX);
                self.origin_unix_ns = Some(unix_ns.saturating_sub(up));
                uptime_ns
            }
            (Some(uptime_ns), None) => uptime_ns,
            (None, Some(unix_ns)) => {
                let origin_unix_ns = *self.origin_unix_ns.get_or_insert(unix_ns);
                u64::try_from(unix_ns.saturating_sub(origin_unix_ns)).unwrap_or(0)
            }
            (None, None) => return None,
        };
        Some(Stamp {
            run_ns,
            unix_ns,
            heap: 0,
        })
    }

    /// A new run begins: what was known of the start of the one before is forgotten.
    pub(in crate::gclog) fn restart(&mut self) {
        *self = Self::default();
    }
}
