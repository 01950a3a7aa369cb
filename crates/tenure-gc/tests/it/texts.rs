//! Texts in the heap against `String`: what they say, how they compare, that they move and end.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::prelude::*;
use tenure_gc::{GcArray, GcString, Heap, Kind, Lock, Options, Root};

use crate::nodes::cases;

type Texts<'gc> = GcArray<'gc, Lock<Option<GcString<'gc>>>>;

fn stressed() -> Options {
    Options {
        stress: 1,
        verify: true,
        ..Options::default()
    }
}

fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(32)))]

    #[test]
    fn texts_are_what_strings_are(
        steps in prop::collection::vec((0usize..8, "\\PC{0,40}"), 1..40),
    ) {
        let mut heap = Heap::<Root![Texts<'_>]>::with_options(stressed(), |mc| {
            mc.array(8, |_| Lock::new(None))
        }).unwrap();
        let mut model: [Option<String>; 8] = Default::default();
        for (place, text) in steps {
            heap.mutate(|mc, texts| {
                let place = mc.write_element(*texts, place).unwrap();
                place.set(Some(mc.text(&text)));
            });
            model[place] = Some(text);
            heap.poll();
            heap.mutate(|_, texts| {
                for (there, said) in texts.iter().zip(&model) {
                    let there = there.get();
                    assert_eq!(there.as_deref(), said.as_deref());
                    assert_eq!(hash(there), hash(said));
                    assert_eq!(format!("{there:?}"), format!("{said:?}"));
                    assert_eq!(there.map(|text| text.to_string()), *said);
                    for (other, heard) in texts.iter().zip(&model) {
                        assert_eq!(there.cmp(&other.get()), said.cmp(heard));
                        assert_eq!(there == other.get(), said == heard);
                    }
                }
            });
        }
    }
}

#[test]
fn a_text_too_long_is_refused_and_a_dead_one_makes_room() {
    let options = Options {
        old_bytes_max: 8 << 20,
        ..stressed()
    };
    let mut heap = Heap::<Root![Option<GcString<'_>>]>::with_options(options, |_| None).unwrap();
    let (most, more) = ("é".repeat(3 << 20), "é".repeat(5 << 20));
    heap.mutate_root(|mc, root| {
        assert!(mc.try_text(&more).is_err());
        *root = Some(mc.text(&most));
        assert!(mc.try_text(&most).is_err(), "two of 6 MiB in 8");
    });
    heap.collect(Kind::Full).unwrap();
    heap.mutate_root(|_, root| assert_eq!(root.take().unwrap().as_str(), most));
    heap.collect(Kind::Full).unwrap();
    heap.mutate(|mc, _| {
        let (one, other) = (mc.text(""), mc.text(""));
        assert!(one == other && !one.ptr_eq(other) && one.ptr_eq(one));
        assert!(mc.try_text(&most).is_ok());
    });
}
