//! The collectors that the interpreter is run under.

use tenure_gc::{Barrier, Options, Pacing, RememberedSet, Thresholds};

/// A way to make a heap.
pub(crate) struct Collector {
    pub(crate) name: &'static str,
    pub(crate) options: Options,
}

/// Collections of the whole heap often enough to be seen: the program keeps little.
const OFTEN: usize = 1 << 20;

/// All of them.
pub(crate) fn all() -> Vec<Collector> {
    let of = |name, options| Collector { name, options };
    vec![
        of("as it is by default", Options::default()),
        of("marks in steps, backward barrier", marks(Barrier::Backward)),
        of("marks in steps, forward barrier", marks(Barrier::Forward)),
        of("marks in steps, snapshot barrier", marks(Barrier::Snapshot)),
        of(
            "marks in steps, a card table",
            Options {
                remembered_set: RememberedSet::Cards,
                ..marks(Barrier::Backward)
            },
        ),
        of(
            "whole collections at once",
            Options {
                pacing: Pacing {
                    incremental: false,
                    ..often()
                },
                ..young(256 << 10, 1)
            },
        ),
        of(
            "thresholds as CPython's",
            Options {
                pacing: Pacing {
                    thresholds: Some(Thresholds::default()),
                    ..often()
                },
                ..young(256 << 10, 1)
            },
        ),
        of("promotion after six collections", young(256 << 10, 6)),
        of("a large Eden", young(32 << 20, 1)),
    ]
}

fn often() -> Pacing {
    Pacing {
        initial_bytes: OFTEN,
        ..Pacing::default()
    }
}

fn young(eden_bytes: usize, tenure_age: u8) -> Options {
    Options {
        eden_bytes,
        tenure_age,
        ..Options::default()
    }
}

fn marks(barrier: Barrier) -> Options {
    Options {
        barrier,
        pacing: often(),
        ..young(256 << 10, 1)
    }
}
