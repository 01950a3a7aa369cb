//! Any bytes as a script of heap operations, each checked against the shadow.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_heap::script;

fuzz_target!(|bytes: &[u8]| {
    if let Err(failure) = script::play(&script::from_bytes(bytes)) {
        panic!("{failure}");
    }
    tenure_heap::check();
});
