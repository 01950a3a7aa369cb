//! The header is the one of its sources, and a signature that changes is noticed.

use super::{SOURCES, check, first_difference, generate};
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn the_header_is_that_of_its_sources() {
    assert_eq!(check(root()), Ok(true));
}

#[test]
fn a_changed_signature_is_noticed() {
    let folder = std::env::temp_dir().join(format!("tenure-header-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let sources = root().join("crates/tenure-preload/src");
    for source in SOURCES {
        let text = fs::read_to_string(sources.join(source)).unwrap();
        let planted = text.replace("alignment: usize,", "alignment: u32,");
        assert_eq!(planted != text, source == "c_heap.rs");
        fs::write(folder.join(source), planted).unwrap();
    }
    let found = fs::read_to_string(root().join("crates/tenure-preload/tenure.h")).unwrap();
    let (line, wanted) = first_difference(&found, &generate(&folder).unwrap()).unwrap();
    assert!(
        line > 10 && wanted.contains("uint32_t alignment"),
        "{line}: {wanted}"
    );
}

#[test]
fn no_line_of_rust_is_in_the_header() {
    let text = generate(&root().join("crates/tenure-preload/src")).unwrap();
    for word in ["Safety", "usize", "Option", "malloc_noted"] {
        assert!(!text.contains(word), "{word} in:\n{text}");
    }
    for word in ["tenure_heap_malloc", "tenure_look", "extern \"C\""] {
        assert!(text.contains(word), "{word} not in:\n{text}");
    }
}
