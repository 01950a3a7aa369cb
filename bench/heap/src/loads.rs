//! The table of loads.

mod batch;
mod churn;
mod growth;
mod pairs;
mod remote;
mod spans;
mod threads;

use crate::load::Load;

/// Makes one entry of the table.
const fn load(
    name: &'static str,
    about: &'static str,
    operations: u64,
    run: fn(u64) -> crate::load::Done,
) -> Load {
    Load {
        name,
        about,
        operations,
        countable: true,
        run,
    }
}

/// An entry for a load whose threads wait for each other.
const fn threaded(load: Load) -> Load {
    Load {
        countable: false,
        ..load
    }
}

/// All loads, in the order of the tables.
pub(crate) const ALL: &[Load] = &[
    load(
        "pairs-16",
        "allocate 16 bytes, free them",
        20_000_000,
        pairs::of_16,
    ),
    load(
        "pairs-64",
        "allocate 64 bytes, free them",
        20_000_000,
        pairs::of_64,
    ),
    load(
        "pairs-256",
        "allocate 256 bytes, free them",
        20_000_000,
        pairs::of_256,
    ),
    load(
        "pairs-1k",
        "allocate 1 KiB, free it",
        20_000_000,
        pairs::of_1k,
    ),
    load(
        "pairs-16k",
        "allocate 16 KiB, free it",
        10_000_000,
        pairs::of_16k,
    ),
    load(
        "pairs-mixed",
        "allocate 8 B to 2 KiB, free it",
        15_000_000,
        pairs::mixed,
    ),
    load(
        "batch-fifo",
        "1,000 blocks of 64 B, freed oldest first",
        10_000_000,
        batch::fifo,
    ),
    load(
        "batch-lifo",
        "1,000 blocks of 64 B, freed newest first",
        10_000_000,
        batch::lifo,
    ),
    load(
        "batch-random",
        "100,000 blocks of 64 B, freed in random order",
        2_000_000,
        batch::random,
    ),
    load(
        "batch-wide",
        "1,000,000 blocks of 32 B, freed oldest first",
        3_000_000,
        batch::wide,
    ),
    load(
        "churn",
        "20,000 live blocks, 8 B to 16 KiB, one replaced",
        2_000_000,
        churn::narrow,
    ),
    load(
        "churn-wide",
        "500,000 live blocks, 8 B to 4 KiB, one replaced",
        1_000_000,
        churn::wide,
    ),
    threaded(load(
        "churn-2",
        "churn in two threads at once",
        4_000_000,
        churn::two_threads,
    )),
    threaded(load(
        "remote-64",
        "64 B allocated here, freed there",
        2_000_000,
        remote::of_64,
    )),
    threaded(load(
        "remote-mixed",
        "8 B to 2 KiB allocated here, freed there",
        1_000_000,
        remote::mixed,
    )),
    load(
        "realloc-append",
        "grow by 64 B, up to 1 MiB",
        5_000_000,
        growth::append,
    ),
    load(
        "realloc-double",
        "double 8 blocks, 64 B to 4 MiB",
        1_024,
        growth::double,
    ),
    load(
        "realloc-huge",
        "grow by 1 MiB, up to 128 MiB, each byte's OS page touched",
        384,
        growth::huge,
    ),
    load(
        "calloc-4k",
        "allocate 4 KiB of zeros, free them",
        3_000_000,
        spans::zeros_4k,
    ),
    load(
        "calloc-1m",
        "allocate 1 MiB of zeros, touch each OS page, free it",
        4_000,
        spans::zeros_1m,
    ),
    load(
        "large",
        "64 live blocks, 32 KiB to 1 MiB, one replaced",
        200_000,
        spans::large,
    ),
    load(
        "aligned-64",
        "100 blocks of 200 B at 64 B, freed oldest first",
        4_000_000,
        spans::aligned_64,
    ),
    load(
        "aligned-4k",
        "100 blocks of 200 B at 4 KiB, freed oldest first",
        200_000,
        spans::aligned_4k,
    ),
    threaded(load(
        "threads",
        "a thread that allocates 100 blocks, frees them, ends",
        2_000,
        threads::short,
    )),
];
