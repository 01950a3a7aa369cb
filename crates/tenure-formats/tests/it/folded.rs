//! Folded stacks.

use crate::shop::{odd, sheet, text, written};
use tenure_formats::export::{By, Format};

#[test]
fn the_values_add_up_whichever_figure_is_chosen() {
    for sheet in [sheet(), odd()] {
        for by in By::ALL {
            let text = String::from_utf8(written(&sheet, Format::Folded, Some(by))).unwrap();
            let values = text.lines().map(|line| {
                let (names, value) = line.rsplit_once(' ').expect("a value");
                assert!(names.split(';').all(|name| !name.is_empty()), "{line:?}");
                value.parse::<u64>().expect("a number")
            });
            assert_eq!(values.sum::<u64>(), sheet.totals().by(by), "{}", by.word());
        }
    }
}

#[test]
fn stacks_are_written_from_the_outermost_function() {
    let shop = text(&sheet(), Format::Folded);
    let pool = "__libc_start_main;main;serve(Socket&);Pool::take(unsigned long);Pool::grow();\
                operator new(unsigned long) 3145728";
    assert!(shop.lines().any(|line| line == pool), "{shop}");
    // The cache of parent and child is one line.
    let cache = shop.lines().filter(|line| line.contains("Cache::insert"));
    assert_eq!(cache.count(), 1);
    let odd = text(&odd(), Format::Folded);
    assert!(
        odd.lines()
            .any(|line| line == "main;outer(int, char);a:b c \"d\" <é> 300"),
        "{odd}"
    );
    assert!(odd.lines().any(|line| line == "(no stack) 16"), "{odd}");
}
