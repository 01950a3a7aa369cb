//! A program whose every block comes from Tenure: checks for the ways of linking.
//!
//! Prints `all checks hold`, or panics. `tests/it/linked.rs` builds and runs it.

use std::alloc::{GlobalAlloc, Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use tenure_heap::Tenure;

#[global_allocator]
static HEAP: Tenure = Tenure::new();

unsafe extern "C" {
    fn fork() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn _exit(code: c_int) -> !;
    fn alarm(seconds: c_uint) -> c_uint;
    fn pthread_key_create(key: *mut c_uint, end: Option<extern "C" fn(*mut c_void)>) -> c_int;
    fn pthread_setspecific(key: c_uint, value: *const c_void) -> c_int;
}

fn main() {
    // SAFETY: no more than a timer; a hang ends the program.
    unsafe { alarm(60) };
    the_blocks_are_tenures();
    blocks_of_every_size_and_alignment();
    resized_blocks_keep_their_beginning();
    blocks_cross_threads();
    threads_free_in_their_last_words();
    keys_that_end_later_free();
    a_forked_child_goes_on();
    println!("all checks hold");
}

/// A box is in the heap's books: the right allocator was linked.
fn the_blocks_are_tenures() {
    let known = vec![7u8; 3 << 20];
    let address = known.as_ptr().addr();
    let mut found = false;
    tenure_heap::for_each_block(&mut |block| found |= block.address == address);
    assert!(found, "a block of the program is not in the heap");
    let before = tenure_heap::usage().live_bytes;
    drop(known);
    assert!(tenure_heap::usage().live_bytes + (3 << 20) <= before);
}

fn blocks_of_every_size_and_alignment() {
    for align_log2 in 0..=16 {
        for size in [1, 8, 24, 100, 1000, 5000, 70_000, 700_000] {
            let layout = Layout::from_size_align(size, 1 << align_log2).unwrap();
            // SAFETY: the size is not zero; each block is written within its size, read after it
            // was written or handed out zeroed, and given back once with its layout.
            unsafe {
                let (plain, zeroed) = (alloc(layout), alloc_zeroed(layout));
                for block in [plain, zeroed] {
                    assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
                }
                let zeros = std::slice::from_raw_parts(zeroed, size);
                assert!(zeros.iter().all(|&byte| byte == 0), "{layout:?}");
                plain.write_bytes(0xa5, size);
                zeroed.write_bytes(0x5a, size);
                assert_eq!((*plain, *plain.add(size - 1)), (0xa5, 0xa5));
                dealloc(plain, layout);
                dealloc(zeroed, layout);
            }
        }
    }
    let too_much = Layout::from_size_align(isize::MAX as usize - 4096, 16).unwrap();
    // SAFETY: the size is not zero; nothing is done with what is handed out.
    let block = unsafe { HEAP.alloc(too_much) };
    assert!(block.is_null(), "more than any machine has");
}

fn resized_blocks_keep_their_beginning() {
    for align in [1, 16, 64, 4096] {
        let mut size = 10;
        let layout = |size| Layout::from_size_align(size, align).unwrap();
        // SAFETY: each call is given the block and the layout that the last one made; what is read
        // was written.
        unsafe {
            let mut block = alloc(layout(size));
            block.write_bytes(1, size);
            for next in [100, 1000, 40_000, 3_000_000, 6_000_000, 50, 9] {
                block = realloc(block, layout(size), next);
                assert!(!block.is_null() && block.addr().is_multiple_of(align));
                let kept = std::slice::from_raw_parts(block, size.min(next));
                assert!(kept.iter().all(|&byte| byte == 1), "{size} to {next}");
                block.write_bytes(1, next);
                size = next;
            }
            dealloc(block, layout(size));
        }
    }
}

fn blocks_cross_threads() {
    let (sender, receiver) = channel::<Vec<u64>>();
    let makers: Vec<_> = (0..4u64)
        .map(|maker| {
            let sender = sender.clone();
            thread::spawn(move || {
                for length in 1..2000 {
                    sender.send(vec![maker; length % 300 + 1]).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let mut counted = BTreeMap::new();
    for numbers in receiver {
        assert!(numbers.iter().all(|number| *number == numbers[0]));
        *counted.entry(numbers[0]).or_insert(0) += 1;
    }
    makers.into_iter().for_each(|maker| maker.join().unwrap());
    assert!(counted.len() == 4 && counted.values().all(|&count| count == 1999));
}

struct LastWords(Vec<String>);

impl Drop for LastWords {
    fn drop(&mut self) {
        self.0.push("and at last".repeat(100));
        ENDED.fetch_add(self.0.len(), Ordering::Relaxed);
    }
}

static ENDED: AtomicUsize = AtomicUsize::new(0);

fn threads_free_in_their_last_words() {
    thread_local!(static WORDS: RefCell<LastWords> = const { RefCell::new(LastWords(Vec::new())) });
    for number in 0..200 {
        let speaker = thread::spawn(move || {
            WORDS.with_borrow_mut(|words| words.0.push(format!("number {number}")));
        });
        speaker.join().unwrap();
    }
    assert_eq!(ENDED.load(Ordering::Relaxed), 400);
}

/// A key made after the heap's own: its destructor runs later.
static KEY: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn free_late(kept: *mut c_void) {
    // SAFETY: the value of the key is a box that was given away below or here.
    drop(unsafe { Box::from_raw(kept.cast::<[u64; 20]>()) });
    CALLS.fetch_add(1, Ordering::Relaxed);
    give_away();
}

fn give_away() {
    let kept = Box::into_raw(Box::new([1u64; 20]));
    let key = KEY.load(Ordering::Relaxed) as c_uint;
    // SAFETY: the key was made; its destructor takes the box back.
    assert_eq!(unsafe { pthread_setspecific(key, kept.cast()) }, 0);
}

fn keys_that_end_later_free() {
    let mut key = 0;
    // SAFETY: the place is this function's; the destructor is a function of the right type.
    let refused = unsafe { pthread_key_create(&raw mut key, Some(free_late)) };
    assert_eq!(refused, 0);
    KEY.store(key as usize, Ordering::Relaxed);
    for _ in 0..50 {
        thread::spawn(give_away).join().unwrap();
    }
    // libc goes round four times; the last box of each thread is lost, which is the test's doing.
    assert_eq!(CALLS.load(Ordering::Relaxed), 200);
}

fn a_forked_child_goes_on() {
    let busy = thread::spawn(|| {
        for round in 0..20_000usize {
            drop(vec![round; round % 500 + 1]);
        }
    });
    for _ in 0..20 {
        let inherited = vec![1u8; 100_000];
        // SAFETY: the child does nothing but what is tested, and leaves without going back.
        let pid = unsafe { fork() };
        if pid == 0 {
            let good = child(inherited);
            // SAFETY: ends the child.
            unsafe { _exit(c_int::from(!good)) };
        }
        let mut status = -1;
        // SAFETY: the place is this function's.
        assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0, "a child failed");
    }
    busy.join().unwrap();
}

/// Frees what it inherited, allocates, and has a thread do so.
fn child(inherited: Vec<u8>) -> bool {
    let sum: usize = inherited.iter().map(|&byte| usize::from(byte)).sum();
    drop(inherited);
    let names: Vec<String> = (0..1000).map(|number| format!("name {number}")).collect();
    let lengths = thread::spawn(move || names.iter().map(String::len).sum::<usize>());
    sum == 100_000 && lengths.join().is_ok_and(|length| length > 7000)
}
