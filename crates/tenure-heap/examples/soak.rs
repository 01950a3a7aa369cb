//! `soak SEED OPERATIONS [inline] [race]`: random operations on the heap, checked by the shadow.
//!
//! Two threads play, each with thousands of blocks that go up and down in phases of one size, so
//! that heap pages fill, empty out and give memory back; some blocks are freed by the other thread.
//! A failure names its seed and step; the same seed does the same again, as far as one thread
//! goes.
//! With `inline` the heap starts no thread of its own and hears of no end of a thread: a sanitizer
//! does not know the one, and has let go of the thread when the other is told. With
//! `race` two threads write one word without an order, which a sanitizer must find.

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;
use tenure_heap::script::{Held, Op, Player};

/// Blocks that a thread holds at most.
const SLOTS: usize = 12_000;
/// Operations of a phase.
const PHASE: u64 = 40_000;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    let [seed, operations] = numbers[..] else {
        eprintln!("usage: soak SEED OPERATIONS");
        return ExitCode::from(2);
    };
    let is_inline = std::env::args().any(|word| word == "inline");
    if !is_inline {
        tenure_heap::lifecycle::install();
    }
    if std::env::args().any(|word| word == "race") {
        race();
    }
    let begun = Instant::now();
    let (to_first, first) = channel();
    let (to_second, second) = channel();
    let half = operations / 2;
    let other = thread::spawn(move || soak(seed.wrapping_mul(2) + 1, half, &to_first, &second));
    let done = soak(seed.wrapping_mul(2), operations - half, &to_second, &first);
    let outcomes = [
        done,
        other
            .join()
            .unwrap_or_else(|_| Err("a thread panicked".into())),
    ];
    tenure_heap::check();
    for outcome in outcomes {
        if let Err(fault) = outcome {
            eprintln!("seed {seed}: {fault}");
            return ExitCode::FAILURE;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("seed {seed}: {operations} operations in {seconds:.1} s, all as the shadow says");
    ExitCode::SUCCESS
}

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }
}

fn soak(
    seed: u64,
    operations: u64,
    sender: &Sender<Held>,
    receiver: &Receiver<Held>,
) -> Result<(), String> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut player = Player::with_slots(SLOTS);
    let (mut bytes, mut frees) = (64, 30);
    for step in 0..operations {
        if step % PHASE == 0 {
            // Mostly small; a phase in eight has blocks of some OS pages.
            let sizes = if dice.below(8) == 0 { 11 } else { 5 };
            bytes = 16 << dice.below(sizes);
            frees = [15, 45, 85][dice.below(3)];
            tenure_heap::check();
        }
        let op = draw(&mut dice, bytes, frees);
        player
            .play(op)
            .map_err(|fault| format!("thread {seed}, step {step}, {op}: {fault}"))?;
        if step % 16 == 0
            && let Some(held) = player.hand_over(dice.below(SLOTS))
            && let Err(refused) = sender.send(held)
        {
            // The other thread has ended: what it refuses is freed here.
            refused.0.free()?;
        }
        while let Ok(held) = receiver.try_recv() {
            held.free()?;
        }
    }
    player.finish()?;
    while let Ok(held) = receiver.try_recv() {
        held.free()?;
    }
    Ok(())
}

/// Two threads write a word without an order between them.
fn race() {
    struct Word(std::cell::UnsafeCell<u64>);
    // SAFETY: none: this is the planted fault. No other run of the program comes here.
    unsafe impl Sync for Word {}
    static WORD: Word = Word(std::cell::UnsafeCell::new(0));
    let write = || {
        for number in 0..100_000 {
            // SAFETY: the place is valid for writes; that two threads write is the fault.
            unsafe { *WORD.0.get() = std::hint::black_box(number) };
        }
    };
    thread::scope(|scope| {
        scope.spawn(write);
        scope.spawn(write);
    });
}

fn draw(dice: &mut Dice, bytes: usize, frees: usize) -> Op {
    let slot = dice.below(SLOTS);
    let near = bytes / 2 + dice.below(bytes);
    match dice.below(100_000) {
        0 => Op::Trim,
        1..=4 => Op::Tick,
        // Beyond the classes.
        5..=7 => Op::Allocate {
            slot,
            bytes: 1 << 20,
        },
        _ if dice.below(100) < frees => Op::Free { slot },
        _ => match dice.below(20) {
            0 => Op::Zeroed { slot, bytes: near },
            1 => Op::Aligned {
                slot,
                bytes: near,
                align_log2: dice.below(13) as u32,
            },
            2..=3 => Op::Resize {
                slot,
                bytes: near * 2,
            },
            _ => Op::Allocate { slot, bytes: near },
        },
    }
}
