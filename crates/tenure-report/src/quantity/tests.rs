//! The borders between units, from both sides.

use super::*;

#[test]
fn bytes_step_up_a_unit_where_rounding_reaches_it() {
    assert_eq!(bytes(0), "0 B");
    assert_eq!(bytes(1), "1 B");
    assert_eq!(bytes(1_023), "1,023 B");
    assert_eq!(bytes(1_024), "1.00 KiB");
    assert_eq!(bytes(10_234), "9.99 KiB");
    assert_eq!(bytes(10_239), "10.0 KiB");
    assert_eq!(bytes(102_348), "99.9 KiB");
    assert_eq!(bytes(102_399), "100 KiB");
    assert_eq!(bytes(1_048_063), "1,023 KiB");
    assert_eq!(bytes(1_048_064), "1.00 MiB");
    assert_eq!(bytes(1_048_576), "1.00 MiB");
    assert_eq!(bytes(u64::MAX), "16.0 EiB");
}

#[test]
fn exact_bytes_lose_nothing() {
    assert_eq!(exact_bytes(0), "0 B");
    assert_eq!(exact_bytes(48), "48 B");
    assert_eq!(exact_bytes(1_280), "1,280 B");
    assert_eq!(exact_bytes(1_310_720), "1,280 KiB");
    assert_eq!(exact_bytes(1 << 40), "1 TiB");
    assert_eq!(exact_bytes(1 << 63), "8 EiB");
    assert_eq!(exact_bytes(u64::MAX), "18,446,744,073,709,551,615 B");
}

#[test]
fn counts_are_grouped_from_the_right() {
    assert_eq!(count(0), "0");
    assert_eq!(count(999), "999");
    assert_eq!(count(1_000), "1,000");
    assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    assert_eq!(counted(0, "block", "blocks"), "0 blocks");
}

#[test]
fn spans_keep_three_digits_and_then_minutes() {
    let ns = |ns| span(Duration::from_nanos(ns));
    assert_eq!(ns(0), "0 ns");
    assert_eq!(ns(999), "999 ns");
    assert_eq!(ns(1_000), "1.00 µs");
    assert_eq!(ns(9_996), "10.0 µs");
    assert_eq!(ns(999_400), "999 µs");
    assert_eq!(ns(999_600), "1.00 ms");
    assert_eq!(ns(1_243_000_000), "1.24 s");
    assert_eq!(ns(59_940_000_000), "59.9 s");
    assert_eq!(ns(60_000_000_000), "1 min 00 s");
    assert_eq!(ns(3_599_000_000_000), "59 min 59 s");
    assert_eq!(ns(36_000_000_000_000), "10 h 00 min");
}

#[test]
fn small_shares_are_not_shown_as_none() {
    assert_eq!(percent(Ratio::of(0, 5)), "0.0 %");
    assert_eq!(percent(Ratio::of(1, 100_000)), "<0.1 %");
    assert_eq!(percent(Ratio::of(1, 2_000)), "0.1 %");
    assert_eq!(percent(Ratio::of(1, 1)), "100.0 %");
}
