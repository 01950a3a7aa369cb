//! Chains made by hand, as each version keeps them, and such as lead nowhere.

use super::super::code::tests::{Made, made};
use super::super::layout::{tests_layout, tests_layouts};
use super::*;
use std::boxed::Box;
use std::vec::Vec;

fn chain() -> Box<Chain> {
    // SAFETY: all-zero bytes are a valid chain.
    unsafe { Box::new_zeroed().assume_init() }
}

fn code() -> Made {
    let text = || std::vec![0; 12];
    made(text(), text(), &[0x80, 0])
}

fn address(words: &[usize]) -> usize {
    words.as_ptr().expose_provenance()
}

fn set_byte(words: &mut [usize], offset: usize, value: u8) {
    words[offset / 8] |= usize::from(value) << (offset % 8 * 8);
}

/// A frame at instruction `at`; its caller is set by [`link`].
fn frame(layout: &Layout, code: usize, at: usize) -> Vec<usize> {
    let mut words = std::vec![0; 10];
    words[layout.frame_code / 8] = code;
    words[layout.frame_instruction / 8] = at;
    words
}

fn link(layout: &Layout, frames: &mut [Vec<usize>]) {
    for index in 1..frames.len() {
        let outer = address(&frames[index]);
        frames[index - 1][layout.frame_previous / 8] = outer;
    }
}

fn read(chain: &mut Chain, layout: &Layout, thread: &[usize]) -> Vec<(usize, usize)> {
    chain.read(address(thread), layout, &mut Pages::new());
    let frames = chain.all().iter();
    frames
        .map(|raw| (raw.instruction, raw.activation))
        .collect()
}

#[test]
fn frames_belong_to_the_loop_that_runs_them() {
    let code = code();
    let [layout, ..] = tests_layouts();
    // Innermost first: 1 and 2 run in one loop, 3 in another.
    let mut frames: Vec<_> = (1..=3)
        .map(|at| frame(&layout, code.address(), at))
        .collect();
    link(&layout, &mut frames);
    set_byte(&mut frames[1], layout.frame_is_entry, 1);
    set_byte(&mut frames[2], layout.frame_is_entry, 1);
    let mut loops = [[0; 4]; 3];
    for index in 0..2 {
        loops[index][layout.c_frame_previous / 8] = address(&loops[index + 1]);
    }
    loops[0][layout.c_frame_current / 8] = address(&frames[0]);
    let mut thread = std::vec![0; 32];
    thread[layout.thread_frame / 8] = address(&loops[0]);
    let (inner, outer) = (address(&loops[0]), address(&loops[1]));
    let expected = [(3, outer), (2, inner), (1, inner)];
    assert_eq!(read(&mut chain(), &layout, &thread), expected);
}

#[test]
fn marks_tell_the_loop_of_the_frames_before_them() {
    let code = code();
    for layout in &tests_layouts()[1..] {
        let mut frames: Vec<_> = (1..=6)
            .map(|at| frame(layout, code.address(), at))
            .collect();
        link(layout, &mut frames);
        for mark in [2, 4] {
            set_byte(&mut frames[mark], layout.frame_owner, OWNED_BY_STACK);
        }
        let c_frame = [address(&frames[0]), 0];
        let mut thread = std::vec![0; 32];
        thread[layout.thread_frame / 8] = if layout.has_c_frames {
            address(&c_frame)
        } else {
            address(&frames[0])
        };
        let (inner, outer) = (address(&frames[2]), address(&frames[4]));
        // The last one has no mark, so nobody knows its loop.
        let expected = [(4, outer), (2, inner), (1, inner)];
        assert_eq!(read(&mut chain(), layout, &thread), expected);
    }
}

#[test]
fn a_long_chain_is_cut_and_an_endless_one_ends() {
    let code = code();
    for layout in tests_layouts() {
        let mut frames: Vec<_> = (0..1000)
            .map(|at| frame(&layout, code.address(), at))
            .collect();
        link(&layout, &mut frames);
        set_byte(
            &mut frames[999],
            layout.frame_is_entry.max(layout.frame_owner),
            OWNED_BY_STACK,
        );
        let mut c_frame = [0; 4];
        c_frame[layout.c_frame_current / 8] = address(&frames[0]);
        let mut thread = std::vec![0; 32];
        thread[layout.thread_frame / 8] = if layout.has_c_frames {
            address(&c_frame)
        } else {
            address(&frames[0])
        };
        let mut chain = chain();
        let told = read(&mut chain, &layout, &thread);
        assert!(chain.is_cut());
        assert_eq!(told.len(), FRAMES_MAX);
        assert_eq!((told[0].0, told[FRAMES_MAX - 1].0), (FRAMES_MAX - 1, 0));
        // Round and round.
        frames[999].fill(0);
        frames[999] = frame(&layout, code.address(), 999);
        frames[999][layout.frame_previous / 8] = address(&frames[0]);
        frames[998][layout.frame_previous / 8] = address(&frames[999]);
        read(&mut chain, &layout, &thread);
    }
}

#[test]
fn pointers_that_are_none_are_not_followed() {
    let code = code();
    let layout = tests_layout();
    for nowhere in [0, 8, 0x1003, usize::MAX - 7, 1 << 60] {
        let mut thread = std::vec![0; 32];
        thread[layout.thread_frame / 8] = nowhere;
        assert_eq!(read(&mut chain(), &layout, &thread), []);
        let mut frames = [frame(&layout, nowhere, 1)];
        let mut c_frame = [0; 4];
        c_frame[layout.c_frame_current / 8] = address(&frames[0]);
        thread[layout.thread_frame / 8] = address(&c_frame);
        assert_eq!(read(&mut chain(), &layout, &thread), [], "its code is none");
        frames[0] = frame(&layout, code.address(), 1);
        frames[0][layout.frame_previous / 8] = nowhere;
        c_frame[layout.c_frame_current / 8] = address(&frames[0]);
        let expected = [(1, address(&c_frame))];
        assert_eq!(read(&mut chain(), &layout, &thread), expected);
    }
    let mut empty = chain();
    empty.read(8, &layout, &mut Pages::new());
    assert!(empty.all().is_empty());
}
