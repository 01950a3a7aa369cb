//! The collectors that the interpreter is run under.

use tenure_gc::Options;

/// A way to make a heap.
pub(crate) struct Collector {
    pub(crate) name: &'static str,
    pub(crate) options: Options,
}

/// All of them.
pub(crate) fn all() -> Vec<Collector> {
    let of = |name, options| Collector { name, options };
    vec![
        of("as it is by default", Options::default()),
        of(
            "a small Eden, promotion after six collections",
            Options {
                eden_bytes: 256 << 10,
                tenure_age: 6,
                ..Options::default()
            },
        ),
        of(
            "a large Eden",
            Options {
                eden_bytes: 32 << 20,
                ..Options::default()
            },
        ),
    ]
}
