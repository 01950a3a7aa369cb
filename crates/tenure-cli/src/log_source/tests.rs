//! What a file without an event is answered with.

use super::nothing;

#[test]
fn the_reason_names_what_the_file_is() {
    let dump = nothing("a", 3, None, b"JAVA PROFILE 1.0.2\0");
    assert!(dump.contains("heap dump"), "{dump}");
    let none = nothing("a", 3, None, b"hello");
    assert!(
        none.contains("no log that is known") && none.contains("3 lines"),
        "{none}"
    );
    assert!(nothing("a", 0, None, b"").contains("empty"));
}
