//! One thread, its own thread pointer, its end; all in one test, since the thread is one a process.
use super::*;

static POINTER: AtomicUsize = AtomicUsize::new(0);
static OWN_NUMBER: AtomicU32 = AtomicU32::new(0);
static MAY_END: AtomicBool = AtomicBool::new(false);
static RUNS: AtomicU32 = AtomicU32::new(0);

extern "C" fn look() {
    POINTER.store(crate::thread::id(), Ordering::Relaxed);
    OWN_NUMBER.store(crate::signal::thread_number(), Ordering::Relaxed);
    RUNS.fetch_add(1, Ordering::Release);
    while !MAY_END.load(Ordering::Acquire) {
        crate::thread::wait(&NUMBER, NUMBER.load(Ordering::Relaxed), Some(1_000_000));
    }
}

fn until(is_so: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed().as_secs() < 20);
        std::thread::yield_now();
    }
}

#[test]
fn a_thread_has_its_own_pointer_holds_back_signals_and_is_gone_at_its_end() {
    assert_eq!(number(), None);
    assert_eq!(start(look), Ok(()));
    until(|| RUNS.load(Ordering::Acquire) == 1);
    let own = OWN_NUMBER.load(Ordering::Relaxed);
    assert_eq!(number(), Some(own));
    assert_ne!(own, crate::signal::thread_number());
    assert_ne!(POINTER.load(Ordering::Relaxed), crate::thread::id());
    assert!(crate::tasks::holds_back(own, crate::signal::URGENT));
    assert!(!crate::tasks::holds_back(
        crate::signal::thread_number(),
        crate::signal::URGENT
    ));
    let mut name = [0; 16];
    let len = crate::tasks::name(own, &mut name).unwrap();
    assert_eq!(&name[..len], b"tenure-scavenge");
    let descriptors = std::fs::read_dir(std::format!("/proc/self/task/{own}/fd")).unwrap();
    assert_eq!(descriptors.count(), 0);
    assert!(has_own_descriptors());
    assert_eq!(start(look), Err(Refusal::Busy));
    MAY_END.store(true, Ordering::Release);
    until(|| number().is_none());
    // The stack serves again, and a thousand times.
    let stack = STACK.load(Ordering::Relaxed);
    for run in 2..1000 {
        until(|| start(look).is_ok());
        until(|| RUNS.load(Ordering::Acquire) == run);
    }
    assert_eq!(STACK.load(Ordering::Relaxed), stack);
    until(|| number().is_none());
}
