//! What each figure of who holds a heap means.

use super::{Term, terms};

terms! {
    /// Figures of who holds a heap, as [`crate::holders`] has them.
    OF_HOLDERS
    HOLD_TOTAL_BYTES "total_bytes" "" "bytes"
        "Bytes of all blocks that were in use when the heap was looked at, as they were asked \
        for; of a question about one site, those of that site."
    HOLD_TOTAL_BLOCKS "total_blocks" "" "blocks"
        "How many blocks were in use when the heap was looked at; of a question about one site, \
        those of that site."
    HOLD_ROOTS "roots" "roots" "list"
        "Who holds without being held: a variable (global, or unnamed_data where no symbol names \
        it), a frame of a thread's stack, the registers or thread-local storage of a thread, a \
        mapping of the program's own; several (what more than one of these hold together, and \
        none alone), lost (nobody holds it). Together they retain everything, and nothing twice."
    HOLD_CHILDREN "children" "" "list"
        "The sites of the blocks that a root, or the blocks of a site, hold immediately. Blocks \
        of one site that the same line holds are one line, and so is a list or a tree whose \
        blocks are of one site."
    HOLD_OWN "own_bytes" "" "bytes"
        "Bytes of the blocks of a line themselves, without what they hold. Roots have none."
    HOLD_OTHERS "others" "" "object"
        "Lines that are left out because they retain too little or there are too many: how many, \
        and what they retain together."
    HOLD_LINES "lines" "" "number"
        "How many lines are left out."
    HOLD_POINTED "pointed_from" "pointed to from" "list of text"
        "Of a single block that several roots hold together: some of the places that point to it \
        directly."
    HOLD_NAME "name" "" "text"
        "What a root or a site is called. A site is named after its innermost frame that does \
        not itself allocate for its caller; callers stand behind arrows."
    HOLD_THREAD "thread" "" "number or null"
        "Of a place that belongs to a thread: the thread's number, as the kernel counts."
    HOLD_HELD_BY "held_by" "held by" "list of text"
        "Who holds a block, the nearest first: without any one of them it would be freed."
    HOLD_LOST "is_lost" "" "true or false"
        "Whether no way leads to the block from a root."
    HOLD_STEPS "steps" "" "list"
        "The blocks on the shortest way from a root, the one in question last."
    HOLD_OFFSET "offset" "" "bytes or null"
        "Of a root: how far into the place the pointer stands. Of a step: where in the block \
        before it stands; null for the first."
    HOLD_POINTER "pointer" "" "word"
        "Where a pointer leads: start (the first byte of the block), interior (behind it), \
        heuristic (behind it, in a manner that counts as the start)."
    HOLD_LEFT_OUT "left_out" "" "blocks"
        "Blocks in the middle of a long way that are not listed."
}
