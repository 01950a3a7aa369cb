//! What is said below the table of a load, for who reads its figures.

/// How the figures are to be read; empty where their names say it.
pub(super) fn of(load: &str) -> &'static str {
    match load {
        "churn" => CHURN,
        "pace" => PACE,
        "limit" => LIMIT,
        "limit-close" => LIMIT_CLOSE,
        "limit-passed" => LIMIT_PASSED,
        "ephemerons" => EPHEMERONS,
        _ => "",
    }
}

const CHURN: &str = "\
How to read the longest step: `step_max_us` is by the clock, and so it contains what the machine
took away. `step_cpu_max_us` is the longest by the processor time of the thread, which leaves out
other threads, and of what a hypervisor takes only a part. `control_max_us` is the longest gap of a
loop that does nothing but read the clock, for as long as all steps took and a second at least, in
the same process right after. A step that is no longer than the control may be the machine's doing;
one that is much longer by the processor time is the collector's. The steps of the fill are among
them.

`gc-arena` holds as many objects of the same kind and is asked for its debt after each 64 replaced;
the calls that took more than 1 µs are its steps. It traces an object in one go, so its array is cut
into pieces of 64: a single one would be traced whole again after each write.
";

const PACE: &str = "\
The number is `Pacing::percent`; `stw` marks in one pause. `peak_over_aim` is the most bytes of
objects in the heap, dead and young ones included, over what lives and as many percent of it; the
program counts for itself what lives. `resident_times_live` is what the heap had in memory at the
most, with the holes between old objects that wait to be filled; it is told after two marks.
`cpu_percent` is the share of the time that pauses took: the program does nothing but replace
objects. `marks` counts those of the fill as well.
";

const LIMIT: &str = "\
Five eighths of the limit live, and `percent` is 100: by that alone the peak would be 125 percent
of it. `cpu_percent_max` is 50, and pauses of the young generation count towards it: between two
turns of 64 objects the program looks at 4,096. One that does nothing but replace objects collects
for more than half of its time without any limit, and so lets it go.
";

const LIMIT_CLOSE: &str = "\
The same with 25 thirty-seconds of the limit: what is left is young, slots and bit maps for the most
part, and objects are moved together again and again.
";

const LIMIT_PASSED: &str = "\
What lives is above the limit, which so cannot be kept to: `cpu_percent` is the share of the time
that pauses took, those of the young generation included, with `cpu_percent_max` at 50.
";

const EPHEMERONS: &str = "\
A chain of entries of a weak map, each value the key of the next, the last made first. `doubling`
is the time of a full collection of twice as many entries over that of once as many: the median of
five.
";
