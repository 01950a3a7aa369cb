//! The blocks in use with the words in them that point to others, in the order of addresses.
//!
//! **Shape:** blocks are read a few dozen at a time: first all their words, of which those that may
//! be pointers wait; then each of these is looked up and written. Between the two the memory has
//! time to bring what the look-ups need.

use super::index::Index;
use super::output::Output;
use super::words::Words;
use crate::birth::Birth;
use crate::notebook;
use tenure_heap::walk::{self, Run};
use tenure_trace::graph::{GraphHeader, Way};

/// Blocks that wait.
const BLOCKS: usize = 64;
/// Words that wait.
const WORDS: usize = 512;
/// How far ahead the memory is told of blocks to come.
const AHEAD: usize = 12;
/// A larger block is read by itself.
const SMALL_BYTES: usize = WORDS / 2 * 8;

/// A block that waits.
#[derive(Clone, Copy, Default)]
struct Waiting {
    start: usize,
    bytes: usize,
    site: u32,
    thread: u32,
    /// Where its words end among those that wait.
    words_end: usize,
}

/// A word that waits.
#[derive(Clone, Copy, Default)]
struct Pointer {
    address: usize,
    word: usize,
    /// Where the tables tell of it; `None` where it points to no start.
    place: Option<usize>,
}

/// What waits.
struct Queue {
    blocks: [Waiting; BLOCKS],
    block_count: usize,
    words: [Pointer; WORDS],
    word_count: usize,
}

/// Writes every block, and counts into `header`.
pub(crate) fn write(
    index: &Index,
    words: &mut Words<'_>,
    output: &mut Output<'_>,
    header: &mut GraphHeader,
) {
    let mut queue = Queue {
        blocks: [Waiting::default(); BLOCKS],
        block_count: 0,
        words: [Pointer::default(); WORDS],
        word_count: 0,
    };
    // SAFETY: callers have stopped all other threads, or work in a copy of the process.
    unsafe {
        walk::for_each_run(|run| {
            let thread = notebook::shard_of(run.notebook());
            for number in 0..run.blocks() {
                run.prefetch(number + AHEAD);
                if !run.is_in_use(number) {
                    continue;
                }
                let block = describe(run, number, thread);
                header.block_bytes += block.bytes as u64;
                if block.bytes > SMALL_BYTES {
                    queue.write(index, words, output, header);
                    write_large(&block, words, output, header);
                } else {
                    queue.add(block, index);
                    if queue.is_full() {
                        queue.write(index, words, output, header);
                    }
                }
            }
        });
    }
    queue.write(index, words, output, header);
    output.room(0).end_blocks();
}

fn describe(run: Run, number: usize, thread: u32) -> Waiting {
    let (bytes, tag) = run.kept(number);
    let block_bytes = run.block_bytes();
    Waiting {
        start: run.start() + number * block_bytes,
        bytes: bytes.min(block_bytes),
        site: Birth::site_of(tag),
        thread,
        words_end: 0,
    }
}

impl Queue {
    fn is_full(&self) -> bool {
        self.block_count == BLOCKS || self.word_count + SMALL_BYTES / 8 > WORDS
    }

    /// Lets a small block wait, and its words that may be pointers.
    fn add(&mut self, block: Waiting, index: &Index) {
        let pointers = &mut self.words;
        let mut count = self.word_count;
        // SAFETY: a block in use is committed memory of the heap's, aligned to 16 bytes.
        let words = unsafe { super::words::of(block.start, block.bytes) };
        for (number, word) in words.enumerate() {
            if index.may_hold(word) {
                // There is room for all words of a small block.
                if let Some(pointer) = pointers.get_mut(count) {
                    *pointer = Pointer {
                        address: block.start + 8 * number,
                        word,
                        place: index.place(word),
                    };
                    count += 1;
                }
            }
        }
        self.word_count = count;
        if let Some(place) = self.blocks.get_mut(self.block_count) {
            *place = Waiting {
                words_end: count,
                ..block
            };
            self.block_count += 1;
        }
    }

    /// Writes what waits.
    fn write(
        &mut self,
        index: &Index,
        words: &Words<'_>,
        output: &mut Output<'_>,
        header: &mut GraphHeader,
    ) {
        let mut at = 0;
        for block in &self.blocks[..self.block_count] {
            begin(block, output);
            for pointer in &self.words[at..block.words_end] {
                let to = match pointer.place {
                    Some(place) => index.in_use(place).map(|block| (block, Way::Start)),
                    None => words
                        .resolve(pointer.address, pointer.word)
                        .map(|found| (found.hit.block, found.way)),
                };
                if let Some((block, way)) = to {
                    let address = pointer.address as u64;
                    output.room(0).points(address, u64::from(block), way);
                    header.edges += 1;
                }
            }
            at = block.words_end;
            output.room(0).end_points();
        }
        self.block_count = 0;
        self.word_count = 0;
    }
}

fn begin(block: &Waiting, output: &mut Output<'_>) {
    let (start, bytes) = (block.start as u64, block.bytes as u64);
    output.room(0).block(start, bytes, block.site, block.thread);
}

/// Writes a block that is read by itself.
fn write_large(
    block: &Waiting,
    words: &mut Words<'_>,
    output: &mut Output<'_>,
    header: &mut GraphHeader,
) {
    begin(block, output);
    let mut edges = 0;
    // SAFETY: a block in use is committed memory of the heap's.
    unsafe {
        words.read(block.start, block.start + block.bytes, &mut |found| {
            let target = u64::from(found.hit.block);
            output
                .room(0)
                .points(found.address as u64, target, found.way);
            edges += 1;
        });
    }
    output.room(0).end_points();
    header.edges += edges;
}
