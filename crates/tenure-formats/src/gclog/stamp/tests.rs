//! Dates in each form that a log has them.

use super::*;

fn read(text: &str) -> Option<i64> {
    date(&mut Cursor::new(text.as_bytes()))
}

#[test]
fn each_form_names_the_same_moment() {
    let expected = Some(1_609_495_200_123_000_000);
    assert_eq!(read("2021-01-01T10:00:00.123+0000"), expected);
    assert_eq!(read("2021-01-01T10:00:00,123+0000: 1.2"), expected);
    assert_eq!(read("2021-01-01 12:00:00.123+02:00"), expected);
    assert_eq!(read("2021-01-01T05:00:00.123000000-0500"), expected);
    assert_eq!(read("2021-01-01T10:00:00.123Z"), expected);
}

#[test]
fn days_are_counted_over_leap_years() {
    assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(read("2000-02-29T00:00:00Z"), Some(951_782_400_000_000_000));
    assert_eq!(read("1969-12-31T23:59:59Z"), Some(-1_000_000_000));
}

#[test]
fn what_is_no_date_stays() {
    for text in [
        "2021-13-01T10:00:00",
        "2021-01-01",
        "20210101T100000",
        "",
        "2021-01-01X10",
    ] {
        let mut cursor = Cursor::new(text.as_bytes());
        assert_eq!(date(&mut cursor), None, "{text}");
        assert_eq!(cursor.rest(), text.as_bytes());
    }
}
