//! The tables of the heap that `-XX:+PrintHeapAtGC` and the end of a run write.

/// How their lines begin, without indentation. Blanks within are one or more.
const BEGINNINGS: [&[u8]; 34] = [
    b"PSYoungGen",
    b"PSOldGen",
    b"ParOldGen",
    b"PSPermGen",
    b"par new generation",
    b"adaptive size par new generation",
    b"def new generation",
    b"tenured generation",
    b"compacting perm gen",
    b"concurrent mark-sweep generation",
    b"concurrent-mark-sweep perm gen",
    b"adaptive concurrent mark-sweep",
    b"garbage-first heap",
    b"region size ",
    b"compacting perm",
    b"eden space",
    b"from space",
    b"to space",
    b"object space",
    b"the space",
    b"ro space",
    b"rw space",
    b"data space",
    b"class space",
    b"eden [",
    b"from [",
    b"to [",
    b"object [",
    b"Metaspace",
    b"No shared spaces",
    b"Heap after ",
    b"Heap before ",
    b"{Heap before ",
    b"ZHeap ",
];

/// True for a line of such a table; the indentation may be there or not.
pub(in crate::gclog) fn is_heap_print(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    if text == b"Heap" || text == b"}" || text == b"Heap:" {
        return true;
    }
    BEGINNINGS.iter().any(|known| begins(text, known))
}

/// True if `text` begins with `known`, where a blank in `known` stands for one or more.
fn begins(text: &[u8], known: &[u8]) -> bool {
    let mut text = text.iter().copied().peekable();
    for wanted in known {
        if text.next() != Some(*wanted) {
            return false;
        }
        while *wanted == b' ' && text.peek() == Some(&b' ') {
            text.next();
        }
    }
    true
}
