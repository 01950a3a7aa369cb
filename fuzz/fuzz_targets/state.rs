//! Any bytes as a state file: no panic, and no answer that goes beyond the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_trace::state::StateView;

fuzz_target!(|bytes: &[u8]| {
    let view = match StateView::parse(bytes) {
        Ok(view) => view,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert!(view.used_bytes().len() <= bytes.len());
    assert!(view.arguments().map(<[u8]>::len).sum::<usize>() <= bytes.len());
    assert!(view.program().len() <= bytes.len());
    let whole = view.shards().count() as u64;
    assert_eq!(whole + view.missing_shards(), u64::from(view.header().shard_count));
    for shard in view.shards() {
        assert_eq!(shard.classes().count(), view.class_count());
        let _ = shard.head();
    }
});
