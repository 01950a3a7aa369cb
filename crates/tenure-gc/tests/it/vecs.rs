//! Vectors in the heap against `Vec`: growth, writes into old ones, and what they no longer keep.

use proptest::prelude::*;
use tenure_gc::{Gc, GcVec, Heap, Kind, Options, Root, Weak};

use crate::nodes::cases;

fn stressed() -> Options {
    Options {
        stress: 1,
        verify: true,
        ..Options::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(32)))]

    #[test]
    fn a_vector_is_what_vec_is(steps in prop::collection::vec((0u8..12, 0usize..24), 1..120)) {
        let mut heap =
            Heap::<Root![GcVec<'_, Gc<'_, usize>>]>::with_options(stressed(), |mc| mc.vec())
                .unwrap();
        let mut model = Vec::new();
        for (number, (what, index)) in steps.into_iter().enumerate() {
            heap.mutate(|mc, vec| match what {
                0..8 => {
                    vec.push(mc, mc.alloc(number));
                    model.push(number);
                }
                8 => assert_eq!(vec.pop(mc).map(|last| *last), model.pop()),
                9 | 10 => {
                    let old = vec.set(mc, index, mc.alloc(number)).map(|old| *old);
                    let place = model.get_mut(index);
                    assert_eq!(old, place.map(|place| std::mem::replace(place, number)));
                }
                _ => {
                    vec.truncate(mc, index);
                    model.truncate(index);
                }
            });
            heap.poll();
            heap.mutate(|_, vec| {
                assert_eq!((vec.len(), vec.is_empty()), (model.len(), model.is_empty()));
                assert!(vec.iter().map(|value| *value).eq(model.iter().copied()));
                assert_eq!(vec.get(index).map(|value| *value), model.get(index).copied());
                assert_eq!(vec.get(usize::MAX).map(|value| *value), None);
                assert_eq!(format!("{vec:?}"), format!("{model:?}"));
            });
        }
    }
}

#[test]
fn what_was_cleared_is_not_kept() {
    type Both<'gc> = (GcVec<'gc, Gc<'gc, u64>>, Option<Weak<'gc, u64>>);
    let mut heap =
        Heap::<Root![Both<'_>]>::with_options(stressed(), |mc| (mc.vec(), None)).unwrap();
    heap.mutate_root(|mc, (vec, weak)| {
        let value = mc.alloc(7);
        vec.push(mc, value);
        *weak = Some(Weak::new(mc, value));
    });
    heap.collect(Kind::Full).unwrap();
    heap.mutate(|mc, (vec, weak)| {
        assert_eq!(weak.unwrap().upgrade(mc).map(|value| *value), Some(7));
        vec.clear(mc);
    });
    heap.collect(Kind::Full).unwrap();
    heap.mutate(|mc, (_, weak)| assert!(weak.unwrap().upgrade(mc).is_none()));
}

#[test]
fn a_vector_that_may_not_grow_stays_as_it_was() {
    let options = Options {
        old_bytes_max: 1 << 20,
        overdraft_bytes: 1 << 20,
        ..stressed()
    };
    let mut heap = Heap::<Root![GcVec<'_, u64>]>::with_options(options, |mc| mc.vec()).unwrap();
    heap.mutate(|mc, vec| {
        let mut made = 0;
        while vec.try_push(mc, made).is_ok() {
            made += 1;
            assert!(
                made < 1 << 17,
                "16 bytes each in 1 MiB of old and 1 MiB of young"
            );
        }
        assert!(made > 1000 && vec.iter().eq(0..made));
        assert!(vec.try_push(mc, 0).is_err() && vec.len() as u64 == made);
    });
    heap.verify().unwrap();
}
