//! Scratch frames: no fault, no frame in another's way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::{String, ToString};
use std::sync::Arc;
use std::thread;

use super::{ScratchFull, scratch, scratch_beside, trim_scratch};
use crate::{ArenaVec, Bump, Refused};

#[test]
fn sizes_that_no_stack_has_are_errors() {
    let asked = |n: usize| scratch(|s| Ok(s.slice::<u8>(n)?.len()));
    assert_eq!(asked(0), Ok(0));
    assert_eq!(asked(1_000_000 % 900_001), Ok(99_999));
    for n in [1_000_000_000, usize::MAX / 2, usize::MAX] {
        let full = asked(n).unwrap_err();
        assert_eq!(full.asked, n);
        assert!(full.left > 0 && full.left < n);
    }
    let full = scratch(|s| Ok(s.slice::<u64>(usize::MAX)?.len())).unwrap_err();
    assert_eq!(full.asked, usize::MAX);
    assert!(full.to_string().contains("left"));
}

#[test]
fn the_whole_stack_can_be_had_and_then_nothing() {
    scratch(|s| {
        let left = s.left_bytes();
        s.slice_uninit::<u8>(left)?;
        assert_eq!(s.slice::<u8>(1), Err(ScratchFull { asked: 1, left: 0 }));
        assert_eq!(s.slice::<u8>(0)?.len(), 0);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_loop_takes_no_more_than_one_turn() {
    let turns = if cfg!(miri) { 100 } else { 1_000_000 };
    let place = |n: u32| {
        scratch(|s| {
            let buffer = s.slice_uninit::<u32>(256)?;
            Ok(core::ptr::from_mut(buffer[0].write(n)).addr())
        })
    };
    let first = place(0).unwrap();
    assert!((1..turns).all(|n| place(n) == Ok(first)));
}

#[test]
fn a_callee_has_the_other_stack_than_its_caller() {
    fn callee(out: &mut ArenaVec<'_, u32>) -> Result<(), ScratchFull> {
        scratch(|s| {
            let terms = s.slice_copied(&[1, 2, 3])?;
            for term in terms.iter() {
                // Grows in place: the callee's own memory is not in the way.
                out.push(*term);
                s.alloc_plain(0u8);
            }
            Ok(())
        })
    }
    scratch(|s| {
        let mut sums = ArenaVec::new_in(&s);
        sums.push(0);
        let first = &raw const sums[0];
        for _ in 0..1000 {
            callee(&mut sums)?;
        }
        assert_eq!(first, &raw const sums[0]);
        assert_eq!(sums.len(), 3001);
        assert!(sums[1..].chunks(3).all(|turn| turn == [1, 2, 3]));
        Ok(())
    })
    .unwrap();
}

/// Odin's mistake: a frame whose stack is the one that the result grows on.
#[test]
fn a_frame_below_another_is_refused_and_never_served_on_top_of_it() {
    scratch(|outer| {
        let kept = outer.slice_copied(&[7u8; 100])?;
        scratch(|_| {
            scratch(|inner| {
                let mine = inner.slice_copied(&[9u8; 100])?;
                assert_eq!(outer.try_alloc_plain(1u8).unwrap_err(), Refused::Full);
                assert_eq!(outer.slice::<u8>(1).unwrap_err().left, 0);
                assert_eq!(mine, [9; 100]);
                Ok(())
            })?;
            scratch_beside(&outer, |inner| {
                let mine = inner.slice_copied(&[9u8; 100])?;
                assert_eq!(outer.slice::<u8>(100_000)?.len(), 100_000);
                assert_eq!(mine, [9; 100]);
                Ok(())
            })
        })?;
        assert_eq!(kept, [7; 100]);
        assert!(outer.slice::<u8>(1).is_ok());
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_panic_ends_its_frames() {
    let before = scratch(|s| Ok(s.left_bytes())).unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        scratch(|a| {
            a.slice::<u8>(100)?;
            scratch(|_| {
                scratch(|c| -> Result<(), ScratchFull> { panic!("{}", c.slice::<u8>(9)?[0]) })
            })
        })
    }));
    assert!(caught.is_err());
    assert_eq!(scratch(|s| Ok(s.left_bytes())), Ok(before));
}

#[test]
fn what_a_frame_adopted_goes_with_it() {
    let shared = Arc::new(());
    scratch(|s| {
        s.adopt(Arc::clone(&shared));
        assert_eq!(Arc::strong_count(&shared), 2);
        Ok(())
    })
    .unwrap();
    assert_eq!(Arc::strong_count(&shared), 1);
}

#[test]
fn threads_have_their_own_and_give_it_back() {
    for _ in 0..if cfg!(miri) { 2 } else { 300 } {
        thread::spawn(|| scratch(|s| Ok(s.slice::<u8>(10_000)?.len())).unwrap())
            .join()
            .unwrap();
    }
    #[cfg(not(any(miri, tenure_replaced_os)))]
    {
        let maps = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: usize = maps.split(' ').next().unwrap().parse().unwrap();
        // 300 threads would have left 37 GiB of address space.
        assert!(pages * 4096 < 16 << 30, "{pages} OS pages");
    }
}

#[test]
fn trimmed_memory_can_be_used_again() {
    let grown = |len: usize| scratch(|s| Ok(s.slice::<u8>(len)?.iter().all(|byte| *byte == 0)));
    assert_eq!(grown(500_000), Ok(true));
    scratch(|s| {
        let kept = s.slice_copied(&[3u8; 20_000])?;
        trim_scratch(0);
        assert_eq!(kept, [3; 20_000]);
        Ok(())
    })
    .unwrap();
    assert_eq!(grown(500_000), Ok(true));
}

#[test]
fn formatting_into_a_callers_frame() {
    fn label(n: u32, out: &Bump) -> &str {
        out.format(format_args!("n{n}"))
    }
    let text = scratch(|s| Ok(String::from(label(7, &s))));
    assert_eq!(text.as_deref(), Ok("n7"));
}

#[test]
#[cfg(not(any(miri, tenure_replaced_os)))]
fn the_threads_own_stack_is_measured() {
    #[inline(never)]
    fn deeper() -> usize {
        let frame = [1u8; 20_000];
        core::hint::black_box(&frame);
        super::stack_left().unwrap()
    }
    // Larger than the stacks of other tests, which libc would use again.
    let thread = thread::Builder::new().stack_size(16 << 20).spawn(|| {
        let before = super::stack_left().unwrap();
        assert!(before > 15 << 20 && before <= 16 << 20, "{before}");
        let less = before - deeper();
        assert!((20_000..100_000).contains(&less), "{less}");
    });
    thread.unwrap().join().unwrap();
}
