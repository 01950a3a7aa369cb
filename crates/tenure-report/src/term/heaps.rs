//! What each figure of a heap that was looked at means.

use super::{Term, terms};

terms! {
    /// Figures of a heap that was looked at, as [`crate::leaks`] has them.
    OF_HEAPS
    LEAK_DEFINITE "definitely_lost" "definitely lost" "bytes and blocks"
        "Blocks that nothing points to any more, or nothing but a cycle that they stand for: the \
        program cannot free them. Found by reading every aligned word of variables, stacks, \
        registers and blocks as if it were a pointer, so a number that looks like one may hide a \
        leak, and a pointer that is packed or encrypted is not seen."
    LEAK_INDIRECT "indirectly_lost" "indirectly lost" "bytes and blocks"
        "Blocks that only lost blocks point to: mend the definitely lost block that leads to \
        them, and they are mended too."
    LEAK_POSSIBLE "possibly_lost" "possibly lost" "bytes and blocks"
        "Blocks that the program reaches, but only through a pointer into the middle of a block \
        (of theirs or of one on the way). It may be a pointer that the program moves along, or a \
        number that looks like one."
    LEAK_REACHABLE "still_reachable" "still reachable" "bytes and blocks"
        "Blocks that a chain of pointers to their first bytes leads to from a root: the program \
        could still free them, and many leave that to the kernel."
    LEAK_SUPPRESSED "suppressed" "suppressed" "bytes and blocks"
        "Blocks that are in no other figure because a suppression hides their loss record: one of \
        yours (--suppressions), or one that comes with tenure for glibc, its loader and libstdc++. \
        The latter are compared with reachable blocks only where those are shown."
    LEAK_HEURISTICS "reachable_by_heuristics" "reachable by heuristic" "bytes and blocks"
        "Blocks that count as still reachable though only a pointer to their middle is left, \
        because their contents explain it: stdstring (the text of a string that is shared), \
        length64 (behind a word with the length), newarray (behind the number of elements of a \
        C++ array), multipleinheritance (a base of a C++ object), hashtable (the control bytes of \
        a Rust table), tagged (low bits that the program uses; believed only when asked for). \
        What such a block holds in turn is not counted here."
    LEAK_RECORDS "records" "loss record" "list"
        "One for each kind and call stack: the blocks of that kind that it allocated, largest \
        first."
    LEAK_KIND "kind" "" "word"
        "Of a loss record: definitely_lost, indirectly_lost, possibly_lost or still_reachable. Of \
        a root: what it is."
    LEAK_INDIRECT_UNDER "indirect" "indirect" "bytes and blocks"
        "What is lost because of the blocks of a loss record. A block that several lead to counts \
        for one of them."
    LEAK_DIRECT "direct" "direct" "bytes"
        "The bytes of a loss record's own blocks, without what is lost because of them."
    BLOCKS "blocks" "" "blocks"
        "How many blocks."
    BYTES "bytes" "" "bytes"
        "Bytes as they were asked for."
    ADDRESS "address" "" "text"
        "Where a block starts, in hexadecimal. Of a loss record: one of its blocks."
    SCAN "scan" "" "object"
        "How the heap of a process was looked at."
    SCAN_REASON "reason" "" "word"
        "What it was looked at for: exit (the program left through exit or the end of main), \
        request (somebody named its pid), call (the program asked for it)."
    SCAN_COMPLETE "complete" "" "true or false"
        "Whether everything was written down."
    SCAN_ALL_ROOTS "all_roots" "" "true or false"
        "Whether all memory that may point into the heap was read. If not, blocks may be called \
        lost that are not."
    SCAN_UNANSWERED "threads_unanswered" "" "threads"
        "Threads that hold signals back or did not stop in time. Their whole stacks count as in \
        use."
    SCAN_PAUSE "pause_ns" "stood still" "nanoseconds"
        "How long the threads of the program stood still. While it runs, that is the time to stop \
        them and to copy the process's page tables; a copy of it is then read."
    SCAN_TOOK "took_ns" "" "nanoseconds"
        "How long it took to read everything."
    SCAN_ROOT_BYTES "root_bytes" "" "bytes"
        "Bytes of roots that were read."
    ROOT "root" "root" "place"
        "A place outside the heap from which the program reaches blocks: variables of the program \
        and its libraries, the stack and registers of a thread, variables that a thread has of \
        its own, memory that the program has mapped itself. What lies below the stack pointer, \
        freed blocks and tenure's own memory are none."
    DOMINATES "dominates" "dominator" "relation"
        "A block dominates another if every chain of pointers from the roots to the other goes \
        through it: without it, the other would be lost."
    RETAINED "retained_bytes" "retained size" "bytes"
        "The bytes of a block and of all blocks that it dominates: what would be freed with it. \
        Retained sizes of blocks that hold each other's are not added up."
}
