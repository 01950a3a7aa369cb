//! Numbers, sizes and changes as logs write them, and as nobody should.

use super::*;

#[test]
fn durations_are_exact_to_the_nanosecond() {
    let read = |text: &str, unit| Cursor::new(text.as_bytes()).scaled(unit);
    assert_eq!(read("0.0924544 secs", SECOND_NS), Some(92_454_400));
    assert_eq!(read("0,0924544 secs", SECOND_NS), Some(92_454_400));
    assert_eq!(read("652.675ms", MILLISECOND_NS), Some(652_675_000));
    assert_eq!(read("7", SECOND_NS), Some(7_000_000_000));
    assert_eq!(read("1.", SECOND_NS), Some(1_000_000_000));
    assert_eq!(read("0.9999999999", SECOND_NS), Some(1_000_000_000));
    assert_eq!(read("99999999999999999999", SECOND_NS), None);
    assert_eq!(read("18446744073709551615", SECOND_NS), None);
    assert_eq!(read("-1", SECOND_NS), None);
    assert_eq!(read("nan", SECOND_NS), None);
}

#[test]
fn sizes_have_units() {
    let read = |text: &str| Cursor::new(text.as_bytes()).size();
    assert_eq!(read("614400K"), Some(614_400 << 10));
    assert_eq!(read("24.0M"), Some(24 << 20));
    assert_eq!(read("0.0B"), Some(0));
    assert_eq!(read("4 MB"), Some(4 << 20));
    assert_eq!(read("3.5 GiB"), Some(3_584 << 20));
    assert_eq!(read("4"), None);
    assert_eq!(read("4->"), None);
}

#[test]
fn changes_are_read_in_each_form() {
    let read = |text: &str| Cursor::new(text.as_bytes()).change();
    let of = |before, after, capacity| Some(Change::new(before, after, capacity));
    assert_eq!(
        read("68M->63M(247M)"),
        of(68 << 20, 63 << 20, Some(247 << 20))
    );
    assert_eq!(
        read("24.0M(24.0M)->0.0B(13.0M) S"),
        of(24 << 20, 0, Some(13 << 20))
    );
    assert_eq!(read("9.1 (13.3) -> 8 MB"), None);
    assert_eq!(read("68M"), None);
}

#[test]
fn what_cannot_be_read_stays() {
    let mut cursor = Cursor::new(b"12x");
    assert_eq!(cursor.size(), None);
    assert_eq!(cursor.change(), None);
    assert_eq!(cursor.until(b'y'), None);
    assert_eq!(cursor.rest(), b"12x");
    assert_eq!(cursor.integer(), Some(12));
    assert_eq!(cursor.rest(), b"x");
}
