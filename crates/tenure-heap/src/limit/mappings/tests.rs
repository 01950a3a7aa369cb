//! The ranges of mappings beside a set of numbers that says the same.

use super::{RANGES_MAX, Range, Table};
use std::collections::BTreeSet;

fn range(start: usize, end: usize) -> Range {
    Range { start, end }
}

#[test]
fn ranges_say_what_a_set_of_their_numbers_says() {
    let mut table = Table { place: 0, count: 0 };
    let mut shadow = BTreeSet::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below
    };
    for _ in 0..20_000 {
        let start = 1 + draw(200);
        let drawn = range(start, start + 1 + draw(20));
        let there = (drawn.start..drawn.end).filter(|at| shadow.contains(at));
        assert_eq!(table.remove(drawn), there.count());
        (drawn.start..drawn.end).for_each(|at| {
            shadow.remove(&at);
        });
        if draw(2) == 0 {
            assert!(table.insert(drawn));
            shadow.extend(drawn.start..drawn.end);
        }
        table.check();
        let count = table.count;
        let noted = &table.all().unwrap()[..count];
        let sum: usize = noted.iter().map(|range| range.end - range.start).sum();
        assert_eq!(sum, shadow.len());
    }
}

#[test]
fn a_full_table_takes_no_more_and_cuts_none_in_two() {
    let mut table = Table { place: 0, count: 0 };
    for at in 0..RANGES_MAX {
        assert!(table.insert(range(at * 4 + 1, at * 4 + 4)));
    }
    let far = RANGES_MAX * 4 + 1;
    assert!(!table.insert(range(far, far + 1)));
    assert_eq!(table.remove(range(2, 3)), 0, "it would need a place more");
    assert!(table.insert(range(4, 5)), "joins two");
    assert_eq!(table.remove(range(2, 3)), 1, "now there is one");
    table.check();
}
