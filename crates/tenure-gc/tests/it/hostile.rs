//! Bad luck and bad manners: no room, odd types, panics in a drop and in a `Trace`.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use tenure_gc::{Gc, GcArray, Heap, Kind, Lock, Options, Relocator, Root, Trace, Visitor};

use crate::nodes::{Node, many};

fn small() -> Options {
    Options {
        eden_bytes: 64 << 10,
        survivor_bytes: 16 << 10,
        old_bytes_max: 8 << 20,
        overdraft_bytes: 1 << 20,
        verify: true,
        ..Options::default()
    }
}

#[test]
fn a_full_heap_refuses_and_goes_on_when_there_is_room_again() {
    const MIB: usize = if cfg!(any(miri, tenure_memcheck)) {
        2
    } else {
        8
    };
    let options = Options {
        old_bytes_max: MIB << 20,
        ..small()
    };
    let mut heap =
        Heap::<Root![Option<Gc<'_, Node<'_>>>]>::with_options(options, |_| None).unwrap();
    let mut made = 0u64;
    let full = loop {
        let refused = heap.mutate_root(|mc, root| {
            match mc.try_alloc(Node::pair(made, *root, None)) {
                Ok(node) => *root = Some(node),
                Err(full) => return Some(full),
            }
            None
        });
        heap.poll();
        if let Some(full) = refused {
            break full;
        }
        made += 1;
    };
    assert!(
        made > MIB as u64 * 12_500,
        "{made} nodes of 32 bytes in {MIB} MiB"
    );
    assert!(full.to_string().contains("no room for 32 bytes"), "{full}");
    heap.verify().unwrap();
    assert!(heap.collect(Kind::Full).is_err(), "all of it lives");
    heap.mutate(|mc, _| while mc.try_alloc(Node::leaf(0)).is_ok() {});
    assert!(
        heap.collect(Kind::Minor).is_err(),
        "all but what was made last"
    );
    heap.verify().unwrap();
    heap.mutate_root(|_, root| {
        let mut at = root.unwrap();
        for number in (0..made).rev() {
            assert_eq!(at.number, number);
            match at.left.get() {
                Some(next) => at = next,
                None => assert_eq!(number, 0),
            }
        }
        *root = None;
    });
    assert_eq!(heap.collect(Kind::Full).unwrap().old_bytes.1, 0);
    heap.mutate(|mc, _| assert!(mc.try_alloc(Node::leaf(0)).is_ok()));
}

#[test]
fn lengths_that_no_memory_holds_are_refused() {
    let mut heap = Heap::<Root![u8]>::with_options(small(), |_| 0).unwrap();
    heap.mutate(|mc, _| {
        for len in [
            usize::MAX,
            usize::MAX / 8,
            usize::MAX / 8 - 1,
            1 << 40,
            9 << 20,
        ] {
            assert!(mc.try_array(len, |_| 0u64).is_err(), "{len}");
        }
        assert_eq!(mc.array(0, |_| 0u64).len(), 0);
        assert_eq!(mc.array(100_000, |_| ()).len(), 100_000);
    });
    heap.collect(Kind::Full).unwrap();
}

#[test]
fn values_of_no_size_and_of_every_alignment_lie_where_they_may() {
    #[repr(align(16))]
    #[derive(Clone, Copy, Trace)]
    struct Sixteen(u8);
    #[repr(align(4096))]
    #[derive(Clone, Copy, Trace)]
    struct OsPage(u8);
    type All<'gc> = Vec<(
        Gc<'gc, ()>,
        Gc<'gc, Sixteen>,
        Gc<'gc, u8>,
        GcArray<'gc, Sixteen>,
    )>;
    type With<'gc> = (All<'gc>, Option<Gc<'gc, OsPage>>);
    let mut heap = Heap::<Root![With<'_>]>::with_options(small(), |_| (vec![], None)).unwrap();
    for round in 0..20u8 {
        heap.mutate_root(|mc, root| {
            root.1 = Some(mc.alloc(OsPage(round)));
            for at in 0..10 {
                let array = mc.array(usize::from(at), |_| Sixteen(at));
                root.0
                    .push((mc.alloc(()), mc.alloc(Sixteen(at)), mc.alloc(at), array));
            }
        });
        let kinds = [Kind::Minor, Kind::Full, Kind::Compact];
        heap.collect(kinds[usize::from(round) % 3]).unwrap();
        heap.mutate(|_, root| {
            assert_eq!(root.1.unwrap().0, round);
            assert!(
                std::ptr::from_ref(&*root.1.unwrap())
                    .addr()
                    .is_multiple_of(4096)
            );
            for (at, (_, sixteen, byte, array)) in root.0.iter().enumerate() {
                assert!(std::ptr::from_ref(&**sixteen).addr().is_multiple_of(16));
                assert!(array.as_ptr().addr().is_multiple_of(16));
                assert_eq!((sixteen.0, **byte), ((at % 10) as u8, (at % 10) as u8));
                assert!(array.len() == at % 10 && array.iter().all(|one| one.0 == **byte));
            }
        });
    }
}

/// Notes its drop, and panics in it if it is to.
struct Loud {
    number: usize,
    panics: Cell<bool>,
    dropped: Rc<RefCell<Vec<usize>>>,
}

impl Drop for Loud {
    fn drop(&mut self) {
        self.dropped.borrow_mut().push(self.number);
        assert!(!self.panics.get(), "a drop that panics");
    }
}

// SAFETY: it holds no pointer of any brand.
unsafe impl<'gc> Trace<'gc> for Loud {
    const NEEDS_TRACE: bool = false;
    fn trace<V: Visitor<'gc>>(&self, _: &mut V) {}
    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}

type Louds = Root![Vec<Gc<'_, Loud>>];

#[test]
fn drops_that_panic_lose_nothing_and_drop_nothing_twice() {
    for kind in [Kind::Minor, Kind::Full] {
        let dropped = Rc::new(RefCell::new(Vec::new()));
        let mut heap = Heap::<Louds>::with_options(small(), |_| vec![]).unwrap();
        heap.mutate_root(|mc, root| {
            for number in 0..100 {
                let dropped = dropped.clone();
                root.push(mc.alloc(Loud {
                    number,
                    panics: Cell::new(number % 10 == 0),
                    dropped,
                }));
            }
        });
        if kind == Kind::Full {
            heap.collect(Kind::Full).unwrap();
        }
        heap.mutate_root(|_, root| root.retain(|loud| loud.number >= 50));
        let mut panics = 0;
        while catch_unwind(AssertUnwindSafe(|| heap.collect(kind).is_ok())).is_err() {
            panics += 1;
            // What is made between two such pauses lies behind what waits to be dropped.
            heap.mutate(|mc, _| assert_eq!(*mc.alloc(panics), panics));
            heap.verify().unwrap();
        }
        assert_eq!(panics, 5);
        let mut numbers = dropped.take();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..50).collect::<Vec<_>>(), "{kind:?}");
        heap.mutate_root(|_, root| root.retain(|loud| loud.panics.get()));
        // The heap ends with five that panic: the first of them ends the process if a second panics
        // while it unwinds; so they are told not to.
        heap.mutate_root(|_, root| {
            assert_eq!(root.len(), 5);
            root.iter().for_each(|loud| loud.panics.set(false));
        });
        drop(heap);
        assert_eq!(dropped.take().len(), 50, "{kind:?}");
    }
}

#[test]
fn a_drop_that_panics_at_the_end_of_a_heap_does_not_keep_the_others() {
    let dropped = Rc::new(RefCell::new(Vec::new()));
    let mut heap = Heap::<Louds>::with_options(small(), |_| vec![]).unwrap();
    heap.mutate_root(|mc, root| {
        for number in 0..100 {
            let dropped = dropped.clone();
            root.push(mc.alloc(Loud {
                number,
                panics: Cell::new(number == 60),
                dropped,
            }));
        }
    });
    assert!(catch_unwind(AssertUnwindSafe(move || drop(heap))).is_err());
    let mut numbers = dropped.take();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
}

#[test]
fn the_maker_of_an_array_may_panic() {
    let dropped = Rc::new(RefCell::new(Vec::new()));
    let mut heap = Heap::<Root![u8]>::with_options(small(), |_| 0).unwrap();
    for len in [100, 10_000] {
        let made = catch_unwind(AssertUnwindSafe(|| {
            heap.mutate(|mc, _| {
                mc.array(len, |number| {
                    assert_ne!(number, 50);
                    Loud {
                        number,
                        panics: Cell::new(false),
                        dropped: dropped.clone(),
                    }
                });
            });
        }));
        assert!(made.is_err());
        let mut numbers = dropped.take();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..50).collect::<Vec<_>>());
        heap.verify().unwrap();
        heap.collect(Kind::Full).unwrap();
    }
    drop(heap);
    assert!(dropped.take().is_empty());
}

#[test]
fn a_trace_that_panics_ends_the_heap_but_drops_each_value_once() {
    struct Bad<'gc>(Gc<'gc, Loud>, Rc<Cell<bool>>);
    // SAFETY: the one pointer is presented; the panic is the point of the test.
    unsafe impl<'gc> Trace<'gc> for Bad<'gc> {
        fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
            self.0.trace(visitor);
        }
        fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
            self.0.relocate(relocator);
            assert!(!self.1.get(), "a trace that panics");
        }
    }
    let (dropped, bad) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(false)));
    let mut heap = Heap::<Root![Vec<Gc<'_, Bad<'_>>>]>::with_options(small(), |_| vec![]).unwrap();
    heap.mutate_root(|mc, root| {
        for number in 0..100 {
            let loud = mc.alloc(Loud {
                number,
                panics: Cell::new(false),
                dropped: dropped.clone(),
            });
            root.push(mc.alloc(Bad(loud, bad.clone())));
        }
    });
    bad.set(true);
    assert!(catch_unwind(AssertUnwindSafe(|| heap.collect(Kind::Minor).is_ok())).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| heap.collect(Kind::Minor).is_ok())).is_err());
    drop(heap);
    let mut numbers = dropped.take();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    assert_eq!(Rc::strong_count(&bad), 1, "the others are dropped as well");
}

#[test]
fn a_list_of_a_million_drops_does_not_recurse() {
    struct Link<'gc>(
        Option<Gc<'gc, Link<'gc>>>,
        #[expect(dead_code, reason = "dropped")] String,
    );
    // SAFETY: the one pointer is presented.
    unsafe impl<'gc> Trace<'gc> for Link<'gc> {
        fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
            self.0.trace(visitor);
        }
        fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
            self.0.relocate(relocator);
        }
    }
    let len = if cfg!(debug_assertions) {
        many(100_000)
    } else {
        many(1_000_000)
    };
    let options = Options {
        old_bytes_max: many(1 << 30),
        verify: false,
        ..small()
    };
    let mut heap =
        Heap::<Root![Lock<Option<Gc<'_, Link<'_>>>>]>::with_options(options, |_| Lock::new(None))
            .unwrap();
    for number in 0..len {
        heap.mutate_root(|mc, root| {
            *root.get_mut() = Some(mc.alloc(Link(root.get(), number.to_string())));
        });
        heap.poll();
    }
    heap.mutate_root(|_, root| *root.get_mut() = None);
    let dropped = heap.collect(Kind::Full).unwrap().dropped;
    assert!(dropped > 0 && dropped <= len);
}

#[test]
#[cfg(not(any(miri, tenure_memcheck, tenure_replaced_os)))]
fn a_heap_is_made_where_there_is_little_address_space() {
    const TOLD: &str = "TENURE_GC_LITTLE_SPACE";
    const NAME: &str = "hostile::a_heap_is_made_where_there_is_little_address_space";
    if std::env::var_os(TOLD).is_some() {
        let mut heap = Heap::<Root![Option<Gc<'_, u64>>]>::new(|mc| Some(mc.alloc(7)));
        heap.collect(Kind::Full).unwrap();
        assert_eq!(heap.mutate(|_, root| root.map(|number| *number)), Some(7));
        return;
    }
    // 2 GiB, of which the test runner's threads need some.
    let mut command = std::process::Command::new("bash");
    command.args([
        "-c",
        "ulimit -v 2097152; exec \"$0\" --exact \"$1\" --test-threads 1",
    ]);
    command
        .arg(std::env::current_exe().unwrap())
        .arg(NAME)
        .env(TOLD, "1");
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}"
    );
}
