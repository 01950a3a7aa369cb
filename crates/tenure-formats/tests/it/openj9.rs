//! Logs of OpenJ9 and of the IBM JVMs before it.

use tenure_model::timeline::Runtime;

use crate::straight::{assert_straight, logs, read_checked};

#[test]
fn totals_equal_a_straight_count() {
    for path in logs("openj9", "/gclogs/ibm-j9/") {
        let (recorder, _) = read_checked(&path, Runtime::OpenJ9);
        assert_straight(&path, "openj9", &recorder);
    }
}
