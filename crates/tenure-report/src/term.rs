//! What each printed figure means: the one table that summary, JSON and `explain` share.
//!
//! A figure is printed nowhere without its [`Term`]: the JSON field has the term's `name`, the
//! line of the summary has its `label`.

mod fragmentation;
mod gclog;
mod heaps;
mod holders;

pub use fragmentation::*;
pub use gclog::*;
pub use heaps::*;
pub use holders::*;

/// A figure that Tenure prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its name as a JSON field.
    pub name: &'static str,
    /// Its words in a summary; empty where no summary shows it.
    pub label: &'static str,
    /// The unit of the JSON field.
    pub unit: &'static str,
    /// What it is, how it is derived, and how exact it is.
    pub meaning: &'static str,
}

impl Term {
    /// Whether someone who asks for `asked` means this term: by its name or its label, without
    /// regard to case, blanks, `-` and `_`.
    pub fn is_called(&self, asked: &str) -> bool {
        let asked = plain(asked);
        asked == plain(self.name) || (!self.label.is_empty() && asked == plain(self.label))
    }
}

/// The term called `asked` by its name or label.
pub fn find(asked: &str) -> Option<&'static Term> {
    ALL.iter().find(|term| term.is_called(asked))
}

/// The terms called `asked`: one, or one of runs and one of logs.
pub fn all_called(asked: &str) -> impl Iterator<Item = &'static Term> {
    ALL.iter().filter(move |term| term.is_called(asked))
}

/// `words` in lower case, joined by `_`.
fn plain(words: &str) -> String {
    let words = words.split(|char: char| char == '_' || char == '-' || char.is_whitespace());
    let words: Vec<_> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("_")
}

/// Every term, in the order in which they are best read.
pub const ALL: &[Term] = &joined::<
    { OF_RUNS.len() + OF_HEAPS.len() + OF_HOLDERS.len() + OF_PAGES.len() + OF_LOGS.len() },
>([OF_RUNS, OF_HEAPS, OF_HOLDERS, OF_PAGES, OF_LOGS]);

/// The tables end to end.
const fn joined<const N: usize>(tables: [&[Term]; 5]) -> [Term; N] {
    let mut all = [OF_RUNS[0]; N];
    let (mut at, mut table) = (0, 0);
    while table < tables.len() {
        let mut row = 0;
        while row < tables[table].len() {
            all[at] = tables[table][row];
            (at, row) = (at + 1, row + 1);
        }
        table += 1;
    }
    all
}

macro_rules! terms {
    (
        $(#[$about:meta])* $table:ident
        $($constant:ident $name:literal $label:literal $unit:literal $meaning:literal)*
    ) => {
        $(
            #[doc = $meaning]
            pub const $constant: Term =
                Term { name: $name, label: $label, unit: $unit, meaning: $meaning };
        )*
        $(#[$about])*
        pub const $table: &[Term] = &[$($constant),*];
    };
}
use terms;

terms! {
    /// Figures of a run, as [`crate::summary`] and [`crate::stats`] have them.
    OF_RUNS
    PEAK_LIVE "peak_live_bytes" "peak live" "bytes"
        "The most requested bytes that were live (allocated and not yet freed) at one time, \
        inherited ones included. Exact with one thread; with more, to ± 64 KiB for each thread, \
        because a thread tells the others only when its own balance has moved by that much. Of \
        several processes the largest is shown: their peaks fall at different times."
    PEAK_HELD "peak_held_bytes" "held peak" "bytes"
        "The most bytes that were mapped for the heap at one time: live blocks, free blocks and \
        what pages waste. Of several processes the largest is shown."
    PEAK_RESIDENT "peak_resident_bytes" "resident peak" "bytes"
        "The most bytes of the whole process (heap, code, stacks, files) that were in RAM at one \
        time: VmHWM of the kernel, read by the process at its end or by the supervisor every \
        0.1 s. Absent where neither saw it. Of several processes the largest is shown."
    LIVE "live_bytes_at_exit" "live at exit" "bytes"
        "Requested bytes of the blocks that were not freed when the process ended, inherited \
        ones included. Not every such block is a leak: many programs leave the last cleaning to \
        the kernel. In a sum over processes a block shared through fork counts once, in the parent."
    LIVE_BLOCKS "live_blocks_at_exit" "" "blocks"
        "Number of the blocks that were not freed when the process ended."
    LIMIT "limit_bytes" "limit" "bytes"
        "The most that a process may hold, set by `run --limit` or `limit=` in TENURE: what the \
        heap holds, and private anonymous memory that the program maps for itself through libc. \
        Every process that is started has the same limit for itself. Absent without one."
    REFUSALS "refusals" "" "requests"
        "Requests for memory that have failed for the limit, after the heap had given back what it \
        kept free. Absent without a limit."
    FIRST_REFUSED "first_refused_bytes" "first refused" "bytes"
        "What the first request that failed for the limit had asked for. Absent where none has."
    FIRST_REFUSED_HELD "first_refused_held_bytes" "" "bytes"
        "What counted against the limit when the first request failed for it."
    FIRST_REFUSED_MAPPED "first_refused_mapped_bytes" "mapped then" "bytes"
        "Of that, what the program had mapped for itself beside malloc, as CPython does for its \
        small objects. No call stack is known of it; with PYTHONMALLOC=malloc in its environment \
        CPython takes them from malloc."
    ACCOUNTS "accounts" "manager" "list"
        "The ledger of a process: one row for each kind and name of manager of memory that has an \
        account, such as heaps that are values. As they were at the end, or at the last look of a \
        process that runs or was killed."
    ACCOUNTS_LEFT_OUT "accounts_left_out" "" "accounts"
        "Accounts that the record had no room for."
    ACCOUNT_KIND "account_kind" "" "word"
        "What manages the memory: heap, arena, pool, collected, mapped or budget. A budget holds \
        nothing itself: its bytes are in other accounts too."
    ACCOUNT_NAME "account_name" "" "text"
        "The name that the program has given, its first 32 bytes."
    ACCOUNT_MEMBERS "account_members" "" "accounts"
        "How many accounts of this kind and name there are."
    ACCOUNT_HELD "account_held_bytes" "" "bytes"
        "Bytes held: taken from the system or from another manager of memory."
    ACCOUNT_USED "account_used_bytes" "" "bytes"
        "Of the bytes held, those in use, as their manager last said."
    ACCOUNT_WASTE "account_waste_bytes" "" "bytes"
        "Bytes held and not in use."
    ACCOUNT_PEAK "account_peak_bytes" "" "bytes"
        "The most that one account of this kind and name has held."
    ACCOUNT_LIMIT "account_limit_bytes" "" "bytes"
        "The most that one of them may hold; null without a limit."
    ACCOUNT_REFUSALS "account_refusals" "" "requests"
        "Requests that a limit on the account has refused."
    FRAGMENTATION "internal_fragmentation" "fragmentation" "fraction of 1"
        "Internal fragmentation: (usable − requested) / usable over the blocks live at exit; the \
        part of these blocks that nobody asked for. 0 when nothing is live."
    USABLE_LIVE "usable_live_bytes_at_exit" "" "bytes"
        "Usable bytes of the blocks live at exit: what their size classes give, which is at least \
        what was requested."
    REQUESTED "requested_bytes_total" "requested" "bytes"
        "Bytes asked for over the whole run, summed over all allocations; a realloc in place adds \
        its growth. Inherited blocks do not count."
    ALLOCATIONS "allocations" "allocations" "blocks"
        "Blocks handed out by malloc, calloc, realloc that moved, aligned_alloc, operator new and \
        their kin. A realloc in place counts none."
    FREES "frees" "frees" "blocks"
        "Blocks given back by free, operator delete, or a realloc that moved."
    FREES_REMOTE "frees_remote" "remote frees" "blocks"
        "Frees by another thread than the one that owns the block's heap page. They cost an \
        atomic operation, the others none."
    ESTIMATED "estimated" "estimated" "true or false"
        "Whether what flowed and what is live was estimated from samples (`run --sample`, the \
        default) and not counted (`--every`, `--events`, `--stats`). `top` gives each site's \
        95 % interval."
    REALLOCS_IN_PLACE "reallocs_in_place" "reallocs in place" "calls"
        "Calls of realloc that kept the block where it was."
    REALLOCS_MOVED "reallocs_moved" "reallocs moved" "calls"
        "Calls of realloc that copied the contents to a new block; each counts as one allocation \
        and one free."
    REALLOCS "reallocs" "reallocs" "calls"
        "Calls of realloc on an existing block: those in place and those that moved, which JSON \
        gives apart."
    THREADS "threads" "threads" "threads"
        "Threads that allocated at least once, over the whole run."
    PEAK_THREADS "peak_threads" "" "threads"
        "The most threads that had allocated and were running at one time."
    INHERITED_BYTES "inherited_live_bytes" "inherited" "bytes"
        "Requested bytes that were live in the parent when it forked this process. They are \
        copies on write: they are live here too, but were not allocated here."
    INHERITED_BLOCKS "inherited_live_blocks" "" "blocks"
        "Number of the blocks that were live in the parent when it forked this process."
    HELD "held_bytes_at_exit" "" "bytes"
        "Bytes that were mapped for the heap when the process ended."
    CLASSES "classes" "size class" "list"
        "What happened in each size class that was used. A block is as large as the smallest \
        class that its request fits; a summary shows the ten with the most requested bytes."
    USABLE "usable_bytes" "" "bytes"
        "What a block of this size class can be used for; of a huge class, its upper bound."
    HUGE "huge" "" "true or absent"
        "The class is a range of huge blocks, each mapped on its own, not one exact size."
    FIRST_HUGE "first_huge_class_bytes" "" "bytes"
        "Upper bound of the smallest range of huge blocks; smaller blocks have exact size classes."
    CLASS_REQUESTED "requested_bytes" "" "bytes"
        "Bytes asked for in this size class over the whole run."
    CLASS_LIVE_BLOCKS "live_blocks" "" "blocks"
        "Blocks of this size class, or of this site, that were not freed when the process ended."
    CLASS_LIVE "live_bytes" "live" "bytes"
        "Requested bytes of this size class, or of this site, that were not freed when the process \
        ended."
    SITES "sites" "site" "list"
        "The call stacks that allocated. The same stack in several threads or processes is one \
        site; frames are the same by module (build-id, without one path) and offset."
    MODE "mode" "" "word"
        "What was recorded of each allocation: stats (by size class, no call stacks), sample (call \
        stacks of a part of them, by chance; figures are estimates), every (call stacks of all; \
        figures are exact), events (as every, and each event on its own)."
    STACK "stack" "" "list"
        "The functions of the call stack, innermost first, inlined ones included. A function \
        without a known name is shown as module+0xoffset. A word in brackets is no function: \
        truncated is where the walk of the stack ended, no stack stands for an allocation whose \
        stack was not captured, interpreted for a function of a script whose name is lost."
    FUNCTION "function" "" "text"
        "Name of the function, demangled."
    FILE "file" "" "text or null"
        "Path of the source file, as the compiler or the interpreter knows it."
    LINE "line" "" "number or null"
        "Of a frame: the line of the call in that file. Of a log: the number of the line. From 1."
    MODULE "module" "" "text or null"
        "Path of the program or library that the function lies in."
    SITE_ALLOCATED "allocated_bytes" "allocated" "bytes"
        "Of a site: bytes asked for over the whole run, without inherited blocks. In what a log \
        foretells: the median of the bytes allocated between collections."
    SITE_PEAK "peak_bytes" "live at peak" "bytes"
        "Requested bytes that were live when those of the whole process were highest. Of several \
        processes it is the moment of the one with the largest peak: peaks fall at different \
        times and are not added up."
    SITE_WASTE "waste_bytes" "waste" "bytes"
        "Usable minus requested bytes over all allocations: what size classes gave beyond what was \
        asked for. With samples estimated by the waste of the samples."
    SITE_LIFETIME "lifetime_ns" "median life" "nanoseconds"
        "How long blocks lived, by percentiles. Sites are put in order by the median, and where \
        the median block was still live at the end, by the mean age of those that were."
    P50 "p50" "" "nanoseconds or null"
        "The lifetime that half of the blocks do not exceed: nearest rank over all blocks, those \
        live at the end behind those freed. Null where the rank falls among live blocks: their \
        lifetimes are not over, and are at least live_mean_age on average. From a histogram by \
        powers of two, so exact to a factor of two, interpolated within it."
    P90 "p90" "" "nanoseconds or null"
        "The lifetime that nine in ten blocks do not exceed; see p50."
    P99 "p99" "" "nanoseconds or null"
        "The lifetime that 99 in 100 blocks do not exceed; see p50."
    LIVE_MEAN_AGE "live_mean_age" "" "nanoseconds or null"
        "The mean age of the blocks that were live at the end; null where none was, or where the \
        end of the process was not seen."
    INTERVAL "interval_95" "" "object or null"
        "For each estimated figure the lowest and the highest value that the samples make \
        plausible: nineteen in twenty such intervals contain the truth. A score interval from the \
        variance of the samples. Null where every allocation was recorded."
    BY "by" "" "word"
        "The figure that decides the order of the sites."
    BEFORE "before" "before" "object or bytes"
        "The figures of the first of two records; zeros for a site that it does not have."
    AFTER "after" "after" "object or bytes"
        "The figures of the second of two records; zeros for a site that it does not have."
    CHANGE "change" "change" "as the figure"
        "After minus before. Sites of two records are the same when the names of their functions \
        and modules are; lines may move."
    CERTAIN "certain" "" "true or false"
        "Whether chance alone would make so large a change less than once in twenty times. Always \
        true where every allocation was recorded, and nothing is left to chance."
    BROKEN "broken" "" "list"
        "The rules of --fail-on that do not hold."
    RULE "rule" "" "text"
        "A rule as it was typed, such as live:+10%."
    ALLOWED "allowed" "" "as the figure"
        "The most that the rule would have let pass in the second record."
    PROCESSES "processes" "process" "list"
        "One entry for each program image that recorded, in the order in which they began. A \
        process that replaces itself by exec appears once for each image, with the same pid."
    PID "pid" "pid" "number"
        "Process id."
    PPID "ppid" "" "number"
        "Process id of the parent when recording began."
    PROGRAM "program" "" "text"
        "Path of the program, as the process saw it."
    COMMAND "command" "" "list of text"
        "The arguments, the program's own name first."
    COMMAND_CUT "command_cut" "" "true or absent"
        "The arguments were longer than the record has room for (4,094 bytes); the end is missing."
    FORKED "forked" "" "true or false"
        "The process was forked and has not called exec, so it began with blocks of its parent."
    END "end" "end" "word"
        "How the image ended: exit (left through exit or the end of main), fault (stopped by a \
        fault in its use of the heap, such as a double free), exec (replaced itself by another \
        program that recorded), signal (killed; known of the program that was run), running \
        (when the record was made), unseen (killed, left by _exit, or replaced by a program that \
        did not record)."
    START "start_unix_ns" "" "nanoseconds since 1970"
        "When the program started, or recording of the process began; wall clock."
    WALL "wall_ns" "" "nanoseconds"
        "From start to end; null where the end was not seen."
    EXIT_CODE "exit_code" "exit" "number"
        "The program's exit code, 0 to 255; null where it was killed by a signal."
    EXIT_SIGNAL "exit_signal" "killed by" "number"
        "The signal that killed the program; null where it exited."
    RUN "run" "" "object or null"
        "What the supervisor saw of the run from outside; null for a state file that was read on \
        its own."
    VERSION "version" "" "text"
        "Version of the tenure that recorded."
    DIRECTORY "directory" "" "text"
        "The folder in which the program was started."
    ROOT_PID "root_pid" "" "number"
        "Process id of the program that was run."
    TOTALS "totals" "total" "object"
        "Sums over all processes. Peaks are not added up: each is that of the process that had \
        the largest."
    PEAK_LIVE_PID "peak_live_pid" "" "number"
        "The process with the largest peak_live_bytes."
    PEAK_HELD_PID "peak_held_pid" "" "number"
        "The process with the largest peak_held_bytes."
    PEAK_RESIDENT_PID "peak_resident_pid" "" "number"
        "The process with the largest peak_resident_bytes."
    LOST_SHARDS "lost_shards" "" "number"
        "Parts of the process's record that are missing, each with the counters of one thread; \
        0 for a whole record."
    LOSSES "losses" "" "list of text"
        "What of the record could not be read, one sentence each; empty for a whole record."
    TENURE "tenure" "" "text"
        "Name and version of the schema of this JSON, such as stats/1. Within a version fields \
        are added but neither removed nor given another meaning."
}

#[cfg(test)]
mod tests {
    //! The table is unambiguous and complete sentences.

    use super::*;

    #[test]
    fn terms_are_found_by_name_and_by_label_in_any_spelling() {
        assert_eq!(find("peak_live_bytes"), Some(&PEAK_LIVE));
        assert_eq!(find("Peak Live"), Some(&PEAK_LIVE));
        assert_eq!(find("peak-live"), Some(&PEAK_LIVE));
        assert_eq!(find("peek live"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn no_two_terms_are_called_the_same() {
        for family in [OF_RUNS, OF_HEAPS, OF_HOLDERS, OF_PAGES, OF_LOGS] {
            for term in family {
                let called =
                    |name: &str| family.iter().filter(|other| other.is_called(name)).count();
                assert_eq!(called(term.name), 1, "{}", term.name);
                if !term.label.is_empty() {
                    assert_eq!(called(term.label), 1, "{}", term.label);
                }
            }
        }
    }

    #[test]
    fn a_word_of_both_families_has_both_meanings() {
        assert_eq!(all_called("p50").count(), 2);
        assert_eq!(all_called("fragmentation").count(), 1);
    }

    #[test]
    fn every_term_is_told_in_sentences_with_a_unit() {
        for term in ALL {
            assert!(term.meaning.ends_with('.'), "{}", term.name);
            assert!(!term.meaning.contains("  "), "{}", term.name);
            assert!(!term.unit.is_empty(), "{}", term.name);
        }
    }
}
