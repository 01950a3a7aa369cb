//! Any bytes as a container: no panic, an end, and sections that lie within the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_trace::container::Sections;

fuzz_target!(|bytes: &[u8]| {
    let sections = match Sections::parse(bytes) {
        Ok(sections) => sections,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut payload_bytes = 0;
    for section in sections {
        match section {
            Ok(section) => payload_bytes += section.payload.len(),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(payload_bytes <= bytes.len());
});
