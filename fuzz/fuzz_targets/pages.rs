//! Any bytes as a pages file: no panic, an end, and what is read of it adds up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_model::fragmentation::Recorded;
use tenure_trace::pages::PagesView;

fuzz_target!(|bytes: &[u8]| {
    let view = match PagesView::parse(bytes) {
        Ok(view) => view,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let recorded = match Recorded::read(&view) {
        Ok(recorded) => recorded,
        Err(why) => return assert!(!why.is_empty()),
    };
    recorded.check();
    let split = recorded.split();
    let parts = split.live + split.internal_waste + split.pinned_free + split.cached();
    assert_eq!(parts, split.held());
    let sites = recorded.sites().len();
    assert!(recorded.rows().iter().all(|row| row.site < sites));
});
