//! What the tests share: a recorder in memory of this process, and running a test again with it.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::process::Command;
use std::sync::{Mutex, Once};
use tenure_heap::counters::{CounterSource, HeapCounters, Shard, count_into};
use tenure_heap::watch::{Notebook, Watching, watch_into};

/// Set in a process whose heap is recorded: to how.
const RECORDED: &str = "TENURE_TEST_RECORDED";

/// Set in a process that runs one test.
const ALONE: &str = "TENURE_TEST_ALONE";

/// What runs programs of this processor.
const RUNNER: &str = "TENURE_TEST_RUNNER";

/// The counters of all heaps of this process, by address.
pub(crate) static COUNTERS: Mutex<Vec<usize>> = Mutex::new(Vec::new());
pub(crate) static PUBLISHED: AtomicI64 = AtomicI64::new(0);
pub(crate) static PEAK: AtomicI64 = AtomicI64::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);

fn acquire(_: Notebook) -> Option<Shard> {
    // SAFETY: counters are plain atomics: zeroed is a valid value.
    let fresh: Box<HeapCounters> = unsafe { Box::<HeapCounters>::new_zeroed().assume_init() };
    let fresh = NonNull::from(Box::leak(fresh));
    COUNTERS
        .lock()
        .unwrap()
        .push(fresh.as_ptr().expose_provenance());
    let notebook = crate::watching::notebook();
    Some(Shard {
        counters: fresh,
        notebook,
    })
}

fn publish(delta_bytes: i64, delta_max_bytes: i64) {
    let before = PUBLISHED.fetch_add(delta_bytes, Ordering::Relaxed);
    PEAK.fetch_max(before + delta_max_bytes, Ordering::Relaxed);
}

static SOURCE: CounterSource = CounterSource {
    acquire,
    publish,
    thread_started: || {},
    thread_finished: || {},
    held: |bytes| HELD.store(bytes as usize, Ordering::Relaxed),
};

/// How a process is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    Not,
    Counted,
    Every,
    Sampled,
}

impl Recorded {
    fn of_this_process() -> Self {
        match std::env::var(RECORDED).as_deref() {
            Ok("Counted") => Self::Counted,
            Ok("Every") => Self::Every,
            Ok("Sampled") => Self::Sampled,
            _ => Self::Not,
        }
    }
}

/// How this process is recorded; begins with it before the first block.
pub(crate) fn start() -> Recorded {
    static START: Once = Once::new();
    let recorded = Recorded::of_this_process();
    START.call_once(|| {
        let watcher = &crate::watching::WATCHER;
        match recorded {
            Recorded::Not => {}
            Recorded::Counted => count_into(&SOURCE),
            Recorded::Every => watch_into(&SOURCE, watcher, Watching::Every),
            Recorded::Sampled => watch_into(&SOURCE, watcher, Watching::Sampled),
        }
        tenure_heap::lifecycle::install();
    });
    recorded
}

/// A command that runs the tests again: through the program of `TENURE_TEST_RUNNER` with its
/// arguments where that is set, for tests of another processor.
fn this_program() -> Command {
    let program = std::env::current_exe().unwrap();
    let runner = std::env::var(RUNNER).unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(first) = words.next() else {
        return Command::new(program);
    };
    let mut command = Command::new(first);
    command.args(words).arg(program);
    command
}

/// Runs `test`, the body of the test called `name`, in a process of its own: for tests whose heap
/// nobody else may use meanwhile.
pub(crate) fn alone(name: &str, test: impl FnOnce()) {
    start();
    if cfg!(miri) || std::env::var_os(ALONE).is_some() {
        return test();
    }
    let output = this_program()
        .args([name, "--exact"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("1 passed"), "no test is called `{name}`");
}

/// Runs the tests whose names contain `filter` again, in processes that are recorded in each way.
pub(crate) fn again_recorded(filter: &str) {
    for recorded in [Recorded::Counted, Recorded::Every, Recorded::Sampled] {
        again(filter, recorded);
    }
}

fn again(filter: &str, recorded: Recorded) {
    if cfg!(miri) || start() != Recorded::Not {
        return;
    }
    let output = this_program()
        .arg(filter)
        .env(RECORDED, format!("{recorded:?}"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!text.contains(" 0 passed"), "no test matched `{filter}`");
}
