//! The report that is written when class data can no longer be allocated.

/// How its lines begin, without indentation.
const BEGINNINGS: [&[u8]; 23] = [
    b"Metaspace (",
    b"Usage:",
    b"Non-class:",
    b"Non-Class:",
    b"Class:",
    b"Both:",
    b"Virtual space:",
    b"Non-class space:",
    b"Class space:",
    b"Chunk freelists:",
    b"MaxMetaspaceSize:",
    b"CompressedClassSpaceSize:",
    b"Initial GC threshold:",
    b"Current GC threshold:",
    b"CDS: ",
    b"MetaspaceReclaimPolicy:",
    b"Internal statistics:",
    b"num_",
    b"- commit_granule",
    b"- virtual_space_node",
    b"- enlarge_chunks",
    b"- uncommit_free",
    b"- new_chunks",
];

/// True for a line of the report; `text` has no indentation.
pub(super) fn is_report(text: &[u8]) -> bool {
    BEGINNINGS.iter().any(|known| text.starts_with(known))
        || text.starts_with(b"- use_allocation_guard")
        || text.starts_with(b"- handle_deallocations")
}
