//! What the tests share: counting into memory of this process, and running a test again counted.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::process::Command;
use std::sync::{Mutex, Once};
use tenure_heap::counters::{CounterSource, HeapCounters, count_into};

/// Set in a process whose heap is to count.
const COUNTED: &str = "TENURE_TEST_COUNTED";

/// Set in a process that runs one test.
const ALONE: &str = "TENURE_TEST_ALONE";

/// The counters of all heaps of this process, by address.
pub(crate) static COUNTERS: Mutex<Vec<usize>> = Mutex::new(Vec::new());
pub(crate) static PUBLISHED: AtomicI64 = AtomicI64::new(0);
pub(crate) static PEAK: AtomicI64 = AtomicI64::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);

fn acquire() -> Option<NonNull<HeapCounters>> {
    // SAFETY: counters are plain atomics: zeroed is a valid value.
    let fresh: Box<HeapCounters> = unsafe { Box::<HeapCounters>::new_zeroed().assume_init() };
    let fresh = NonNull::from(Box::leak(fresh));
    COUNTERS
        .lock()
        .unwrap()
        .push(fresh.as_ptr().expose_provenance());
    Some(fresh)
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

/// Whether this process counts; turns counting on before the first block if so.
pub(crate) fn start() -> bool {
    static START: Once = Once::new();
    let counted = std::env::var_os(COUNTED).is_some();
    START.call_once(|| {
        if counted {
            count_into(&SOURCE);
        }
        tenure_heap::lifecycle::install();
    });
    counted
}

/// Runs `test`, the body of the test called `name`, in a process of its own: for tests whose heap
/// nobody else may use meanwhile.
pub(crate) fn alone(name: &str, test: impl FnOnce()) {
    start();
    if cfg!(miri) || std::env::var_os(ALONE).is_some() {
        return test();
    }
    let output = Command::new(std::env::current_exe().unwrap())
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

/// Runs the tests whose names contain `filter` again, in a process that counts.
pub(crate) fn again_counted(filter: &str) {
    if cfg!(miri) || start() {
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .arg(filter)
        .env(COUNTED, "1")
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
