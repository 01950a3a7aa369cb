//! Rounding holds at the borders of the word.
use super::*;

#[test]
fn rounding_up_fails_instead_of_wrapping() {
    let page = Align::new(4096).unwrap();
    assert_eq!(page.up(usize::MAX), None);
    assert_eq!(page.up(usize::MAX - 4095), Some(usize::MAX - 4095));
    assert_eq!(page.up(0), Some(0));
    assert_eq!(page.up(1), Some(4096));
}

#[test]
fn only_powers_of_two_are_alignments() {
    assert_eq!(Align::new(0), None);
    assert_eq!(Align::new(3), None);
    assert_eq!(Align::new(1).map(Align::bytes), Some(1));
}

#[test]
fn pages_round_up() {
    assert_eq!(pages_for(0, 4096), 0);
    assert_eq!(pages_for(1, 4096), 1);
    assert_eq!(pages_for(4097, 4096), 2);
}
