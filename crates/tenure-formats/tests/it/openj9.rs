//! Logs of OpenJ9 and of the IBM JVMs before it.

use tenure_model::timeline::Runtime;

use crate::straight::{assert_straight, logs, read_checked};

/// Output of others that stands in the collected logs.
const EXCEPTIONS: [(&str, &str); 1] = [
    // Of the launcher, before the collector wrote: 1 of 134 lines.
    (
        "SampleIBMJ9_R26_GAFP1_full_header.txt",
        "Calculated native library name as: am_ibm_16",
    ),
];

#[test]
fn totals_equal_a_straight_count() {
    for path in logs("openj9", "/gclogs/ibm-j9/") {
        let (recorder, _) = read_checked(&path, Runtime::OpenJ9, &EXCEPTIONS);
        assert_straight(&path, "openj9", &recorder);
    }
}
