//! Spans stay sorted whatever the order in which they come.

use super::*;

fn span(start: usize, end: usize) -> Span {
    Span {
        image: Image {
            start,
            end,
            ..Image::default()
        },
        ..Span::default()
    }
}

#[test]
fn spans_are_found_by_any_address_in_them_and_by_none_beside() {
    let mut spans = Spans::new();
    assert_eq!(spans.index_of(5), None);
    // More than fit at first, in an order that jumps about.
    for step in 0..300usize {
        let start = (step * 7 % 300 + 1) * 100;
        assert!(spans.insert(span(start, start + 60)).is_some());
        spans.check();
    }
    for step in 1..=300usize {
        let start = step * 100;
        let index = spans.index_of(start).unwrap();
        assert_eq!(spans.get(index).image.start, start);
        assert_eq!(spans.index_of(start + 59), Some(index));
        assert_eq!(spans.index_of(start + 60), None);
        assert_eq!(spans.index_of(start - 1), None);
    }
    spans.retain(|span| span.image.start % 200 == 0);
    spans.check();
    assert_eq!(spans.all().len(), 150);
    assert_eq!(spans.index_of(100), None);
    assert!(spans.index_of(200).is_some());
}

#[test]
fn a_frame_without_an_id_is_told_as_its_address() {
    let mut named = span(0x5000, 0x9000);
    named.image.bias = 0x4000;
    assert_eq!(named.frame(0x5432), 0x5432);
    named.id = 0xfeff;
    assert_eq!(named.frame(0x5432), 0xfeff_0000_0000_1432);
    // The first address of a module that is linked high: nothing leaks into the id.
    named.image.bias = 0x6000;
    assert_eq!(named.frame(0x5432) >> 48, 0xfeff);
}
