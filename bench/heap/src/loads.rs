//! The table of loads.

mod batch;
mod cache_lines;
mod churn;
mod fractions;
mod growth;
mod larson;
mod mstress;
mod neighbours;
mod pairs;
mod remote;
mod spans;
mod threads;
mod xmalloc;

use crate::load::{Done, Load, Set};

/// Makes one entry of the table.
const fn load(
    name: &'static str,
    about: &'static str,
    operations: u64,
    run: fn(u64) -> Done,
) -> Load {
    Load {
        name,
        about,
        set: Set::Micro,
        operations,
        countable: true,
        run,
    }
}

/// An entry whose instructions tell nothing: its threads wait for each other, or its work is the
/// kernel's.
const fn uncounted(load: Load) -> Load {
    Load {
        countable: false,
        ..load
    }
}

/// An entry of the suite.
const fn suite(load: Load) -> Load {
    Load {
        set: Set::Suite,
        ..load
    }
}

/// All loads, in the order of the tables.
pub(crate) const ALL: &[Load] = &[
    load(
        "pairs-16",
        "allocate 16 bytes, free them",
        10_000_000,
        pairs::of_16,
    ),
    load(
        "pairs-64",
        "allocate 64 bytes, free them",
        10_000_000,
        pairs::of_64,
    ),
    load(
        "pairs-256",
        "allocate 256 bytes, free them",
        10_000_000,
        pairs::of_256,
    ),
    load(
        "pairs-1k",
        "allocate 1 KiB, free it",
        6_000_000,
        pairs::of_1k,
    ),
    load(
        "pairs-16k",
        "allocate 16 KiB, free it",
        4_000_000,
        pairs::of_16k,
    ),
    load(
        "pairs-mixed",
        "allocate 8 B to 2 KiB, free it",
        8_000_000,
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
        3_000_000,
        batch::random,
    ),
    load(
        "batch-wide",
        "1,000,000 blocks of 32 B, freed oldest first",
        2_000_000,
        batch::wide,
    ),
    load(
        "churn",
        "20,000 live blocks, 8 B to 16 KiB, one replaced",
        3_000_000,
        churn::narrow,
    ),
    load(
        "churn-wide",
        "500,000 live blocks, 8 B to 4 KiB, one replaced",
        1_000_000,
        churn::wide,
    ),
    uncounted(load(
        "churn-2",
        "churn in two threads at once",
        3_000_000,
        churn::two_threads,
    )),
    uncounted(load(
        "remote-64",
        "64 B allocated here, freed there",
        1_200_000,
        remote::of_64,
    )),
    uncounted(load(
        "remote-mixed",
        "8 B to 2 KiB allocated here, freed there",
        1_000_000,
        remote::mixed,
    )),
    load(
        "realloc-append",
        "grow by 64 B, up to 1 MiB",
        2_500_000,
        growth::append,
    ),
    load(
        "realloc-double",
        "double 8 blocks, 64 B to 4 MiB",
        640,
        growth::double,
    ),
    load(
        "realloc-huge",
        "grow by 1 MiB, up to 128 MiB, each byte's OS page touched",
        128,
        growth::huge,
    ),
    load(
        "calloc-4k",
        "allocate 4 KiB of zeros, free them",
        2_000_000,
        spans::zeros_4k,
    ),
    load(
        "calloc-1m",
        "allocate 1 MiB of zeros, touch each OS page, free it",
        3_000,
        spans::zeros_1m,
    ),
    load(
        "large",
        "64 live blocks, 32 KiB to 1 MiB, one replaced",
        100_000,
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
    uncounted(load(
        "threads",
        "a thread that allocates 100 blocks, frees them, ends",
        1_500,
        threads::short,
    )),
    suite(load(
        "fractions",
        "numbers of 2 B to 32 B, each in a block, as cfrac has them",
        2_000_000,
        fractions::fractions,
    )),
    suite(uncounted(load(
        "larson",
        "8 B to 1 KiB, one of 2,000 replaced; all handed to a new thread",
        1_000_000,
        larson::larson,
    ))),
    suite(uncounted(load(
        "mstress",
        "graphs of objects made, dropped and swapped in two threads",
        80_000,
        mstress::mstress,
    ))),
    suite(uncounted(load(
        "xmalloc",
        "8 B to 1 KiB, in batches through a queue, freed there",
        2_000_000,
        xmalloc::xmalloc,
    ))),
    suite(uncounted(load(
        "sh8",
        "8 B to 2 KiB, one replaced in two threads, 1/8 freed by the other",
        1_000_000,
        neighbours::sh8,
    ))),
    suite(uncounted(load(
        "rptest",
        "16 B to 8,000 B in phases in two threads, 1/4 freed by the other",
        200_000,
        neighbours::rptest,
    ))),
    suite(uncounted(load(
        "cache-scratch",
        "8 B written 100 times in two threads, the first ones given away",
        2_000_000,
        cache_lines::scratch,
    ))),
    suite(uncounted(load(
        "cache-thrash",
        "8 B written 100 times in two threads",
        2_000_000,
        cache_lines::thrash,
    ))),
    suite(uncounted(load(
        "large-5m",
        "8 live blocks, 5 MiB to 25 MiB, touched, one replaced",
        16,
        spans::large_5m,
    ))),
];
