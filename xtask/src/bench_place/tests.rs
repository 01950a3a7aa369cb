//! The promises are judged by the medians, and each can be broken.

use super::*;

fn row(name: &str, mixed_ns: f64, fill: f64) -> Row {
    Row {
        name: name.to_owned(),
        mixed_ns: vec![mixed_ns - 1.0, mixed_ns, mixed_ns + 9.0],
        wide_ns: vec![1.0],
        instructions: None,
        fill,
        churned: fill,
    }
}

#[test]
fn a_slower_median_or_an_emptier_region_breaks_a_promise() {
    let kept = [
        row("tlsf", 30.0, 0.97),
        row("talc", 31.0, 0.9),
        row("rlsf", 40.0, 0.9),
    ];
    assert_eq!(judge(&kept), Ok(vec![]));
    let slow = [
        row("tlsf", 62.0, 0.97),
        row("talc", 31.0, 0.9),
        row("rlsf", 40.0, 0.9),
    ];
    assert_eq!(
        judge(&slow).unwrap(),
        ["`mixed` takes 2.00 times as long as talc"]
    );
    let empty = [row("tlsf", 30.0, 0.95), row("talc", 31.0, 0.9)];
    assert_eq!(judge(&empty).unwrap().len(), 2);
    assert!(
        judge(&[row("tlsf", 30.0, 0.97)]).is_err(),
        "nobody to compare with"
    );
}

#[test]
fn our_other_strategies_are_no_rivals() {
    let rows = [
        row("tlsf", 30.0, 0.97),
        row("bitmap", 1.0, 0.9),
        row("talc", 31.0, 0.9),
    ];
    assert_eq!(judge(&rows), Ok(vec![]));
}
