//! The class arithmetic over every request size.
use super::*;

#[test]
fn every_request_gets_the_smallest_class_that_holds_it() {
    let mut class = 0;
    for bytes in 0..=LARGEST_BYTES {
        if bytes > block_bytes(class) {
            class += 1;
        }
        assert_eq!(of(bytes), class, "request of {bytes} bytes");
        assert!(block_bytes(class) >= bytes);
    }
    assert_eq!(class, CLASSES - 1);
}

#[test]
fn waste_stays_below_a_ninth() {
    let mut sum = 0.0;
    for bytes in 129..=LARGEST_BYTES {
        let block = block_bytes(of(bytes));
        let waste = (block - bytes) as f64 / block as f64;
        assert!(
            waste <= 0.112,
            "request of {bytes} bytes in a block of {block}"
        );
        sum += waste / bytes as f64;
    }
    let weight: f64 = (129..=LARGEST_BYTES).map(|bytes| 1.0 / bytes as f64).sum();
    assert!(
        sum / weight <= 0.045,
        "mean waste {} over log-uniform sizes",
        sum / weight
    );
}

#[test]
fn a_size_rounded_to_an_alignment_gets_a_multiple_of_it() {
    for shift in 4..=16 {
        let align = 1usize << shift;
        for bytes in (align..=LARGEST_BYTES).step_by(align) {
            assert_eq!(block_bytes(of(bytes)) % align, 0, "{bytes} at {align}");
        }
    }
}

#[test]
fn huge_blocks_count_by_their_power_of_two() {
    assert_eq!(huge_class(1 << 20), CLASSES);
    assert_eq!(huge_class((1 << 20) + 1), CLASSES + 1);
    assert_eq!(huge_class(usize::MAX), CLASSES + HUGE_CLASSES - 1);
    for class in CLASSES..CLASSES + HUGE_CLASSES {
        assert_eq!(huge_class(usable_bytes_max(class) as usize), class);
    }
}
