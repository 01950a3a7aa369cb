//! Each value is dropped exactly once, whatever panics where.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tenure_region::{Arena, Bump, SliceArena, TypedArena, VirtualArena, scratch};

const VALUES: usize = 12;

/// Counts the drops of each value, and which drop is to panic.
#[derive(Default)]
struct Book {
    drops: [AtomicUsize; VALUES],
    fatal: usize,
}

struct Value {
    number: usize,
    book: Arc<Book>,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.book.drops[self.number].fetch_add(1, Relaxed);
        assert_ne!(self.number, self.book.fatal, "the fatal drop");
    }
}

/// Runs `act` once for each position of the panic, and once without one.
fn at_every_position(act: impl Fn(&Arc<Book>)) {
    for fatal in 0..=VALUES {
        let book = Arc::new(Book {
            fatal,
            ..Book::default()
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| act(&book)));
        assert_eq!(outcome.is_err(), fatal < VALUES, "position {fatal}");
        let counts = book.drops.iter().map(|count| count.load(Relaxed));
        assert!(
            counts.clone().all(|count| count == 1),
            "position {fatal}: {:?}",
            counts.collect::<Vec<_>>()
        );
    }
}

fn adopt_all(region: &Bump, book: &Arc<Book>) {
    for number in 0..VALUES {
        let book = Arc::clone(book);
        region.adopt(Value { number, book });
        region.slice_fill(700, 0u8);
    }
}

#[test]
fn adopted_values_at_the_end_of_each_region() {
    at_every_position(|book| adopt_all(&Arena::new(), book));
    at_every_position(|book| {
        let mut memory = [std::mem::MaybeUninit::uninit(); 16 << 10];
        adopt_all(&SliceArena::new(&mut memory), book);
    });
    at_every_position(|book| adopt_all(&VirtualArena::reserve(1 << 20).unwrap(), book));
    at_every_position(|book| {
        scratch(|s| {
            adopt_all(&s, book);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn adopted_values_at_a_reset_after_which_the_region_is_usable() {
    at_every_position(|book| {
        let mut arena = Arena::new();
        adopt_all(&arena, book);
        let outcome = catch_unwind(AssertUnwindSafe(|| arena.reset()));
        assert_eq!(arena.usage().used_bytes, 0);
        assert_eq!(*arena.alloc_plain(7), 7);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    at_every_position(|book| {
        let mut arena = VirtualArena::reserve(1 << 20).unwrap();
        adopt_all(&arena, book);
        let outcome = catch_unwind(AssertUnwindSafe(|| arena.reset()));
        assert_eq!(arena.used_bytes(), 0);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

#[test]
fn adopted_values_at_the_end_of_a_scope_that_gives_its_chunks_back() {
    at_every_position(|book| {
        let mut arena = Arena::new();
        arena.alloc_plain(1u8);
        let outcome = catch_unwind(AssertUnwindSafe(|| arena.tail(|s| adopt_all(&s, book))));
        // The chunk of the byte is in use, no other.
        assert!(arena.usage().used_bytes < 100);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    at_every_position(|book| {
        let arena = Arena::new();
        let outcome = catch_unwind(AssertUnwindSafe(|| adopt_all(&arena.side(), book)));
        assert_eq!(arena.usage().used_bytes, 0);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

#[test]
fn a_panic_in_the_work_of_a_scope_drops_what_it_adopted() {
    for position in 0..VALUES {
        let book = Arc::new(Book {
            fatal: VALUES,
            ..Book::default()
        });
        let mut arena = Arena::new();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            arena.tail(|scope| {
                for number in 0..VALUES {
                    assert_ne!(number, position, "the work");
                    let book = Arc::clone(&book);
                    scope.adopt(Value { number, book });
                }
            });
        }));
        assert!(outcome.is_err());
        for (number, count) in book.drops.iter().enumerate() {
            assert_eq!(count.load(Relaxed), usize::from(number < position));
        }
        assert_eq!(arena.usage().used_bytes, 0);
    }
}

#[test]
fn the_newest_is_dropped_first() {
    static ORDER: AtomicUsize = AtomicUsize::new(0);
    struct Nth(usize);
    impl Drop for Nth {
        fn drop(&mut self) {
            assert_eq!(ORDER.fetch_add(1, Relaxed), self.0);
        }
    }
    let arena = Arena::new();
    (0..5)
        .rev()
        .for_each(|n| assert_eq!(arena.adopt(Nth(n)).0, n));
    drop(arena);
    assert_eq!(ORDER.load(Relaxed), 5);
}

#[test]
fn a_slice_half_made_drops_what_it_has() {
    struct Counted<'c>(&'c Cell<usize>);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    impl Clone for Counted<'_> {
        fn clone(&self) -> Self {
            assert!(self.0.get() < 100, "the clone");
            Counted(self.0)
        }
    }
    let arena = Arena::new();
    for position in 0..8 {
        let drops = Cell::new(0);
        let make = |n: usize| {
            assert_ne!(n, position, "the maker");
            Counted(&drops)
        };
        let made = catch_unwind(AssertUnwindSafe(|| arena.slice_with(8, make).len()));
        assert!(made.is_err());
        assert_eq!(drops.get(), position);
        let collected = catch_unwind(AssertUnwindSafe(|| {
            arena.slice_from_iter((0..8).map(make)).len()
        }));
        assert!(collected.is_err());
        assert_eq!(drops.get(), 2 * position);
    }
    let drops = Cell::new(99);
    let source = [Counted(&drops), Counted(&drops)];
    drop(arena.slice_clone(&source));
    assert_eq!(drops.get(), 101);
    assert!(catch_unwind(AssertUnwindSafe(|| arena.slice_clone(&source).len())).is_err());
    assert_eq!(drops.get(), 101);
}

#[test]
fn typed_values_at_the_end_and_at_a_reset() {
    let fill = |book: &Arc<Book>| {
        let arena = TypedArena::new();
        for number in 0..VALUES {
            let book = Arc::clone(book);
            arena.alloc(Value { number, book });
        }
        arena
    };
    at_every_position(|book| drop(fill(book)));
    at_every_position(|book| fill(book).reset());
    at_every_position(|book| drop(fill(book).into_values()));
}

#[test]
fn a_million_values_of_many_kinds() {
    static LIVE: AtomicUsize = AtomicUsize::new(0);
    struct Sized<const N: usize>([u8; N]);
    impl<const N: usize> Sized<N> {
        fn new() -> Self {
            LIVE.fetch_add(1, Relaxed);
            Self([7; N])
        }
    }
    impl<const N: usize> Drop for Sized<N> {
        fn drop(&mut self) {
            assert_eq!(self.0, [7; N]);
            LIVE.fetch_sub(1, Relaxed);
        }
    }
    let count = if cfg!(miri) { 100 } else { 250_000 };
    let mut arena = Arena::new();
    for _ in 0..count {
        arena.adopt(Sized::<0>::new());
        arena.adopt(Sized::<1>::new());
        arena.adopt(Sized::<24>::new());
        drop(arena.alloc(Sized::<100>::new()));
    }
    assert_eq!(LIVE.load(Relaxed), 3 * count);
    arena.reset();
    assert_eq!(LIVE.load(Relaxed), 0);
}
