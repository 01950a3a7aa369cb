//! What each figure of what a heap holds means.

use super::{Term, terms};

terms! {
    /// Figures of what a heap holds, as [`crate::fragmentation`] has them.
    OF_PAGES
    HELD_NOW "held_bytes" "held" "bytes"
        "Memory that is resident for the heap when its pages are counted, in whole OS pages as \
        the heap counts them: live + internal waste + pinned free + cached, to the byte. Of \
        several processes the sum: what a forked process shares with its parent counts in each."
    HELD_LIVE "live_bytes" "live" "bytes"
        "The part of what is held that was asked for: requested bytes of the blocks in use. Of a \
        sampled run it is not known how much was asked for: then blocks count with all that they \
        have, and those that another thread freed and the owner has not yet taken back count as in \
        use."
    HELD_WASTE "internal_waste_bytes" "internal waste" "bytes"
        "Bytes of blocks in use that nobody asked for: usable − requested. Not known of a sampled \
        run, where it is 0 but for the largest blocks."
    PINNED_FREE "pinned_free_bytes" "pinned free" "bytes"
        "Resident bytes of free slots on heap pages that have blocks in use: the program can have \
        them for blocks of the same size class, but the kernel cannot have them back as long as \
        their neighbours live. Of a site: its share. Each page's free slots are divided among the \
        sites of its blocks in use by how many blocks each has there; the shares add up to the \
        byte."
    CACHED "cached_bytes" "cached" "bytes"
        "Free and still resident, with no block in use beside it: free slices, pages without a \
        block in use, and what pages have not cut into blocks yet. malloc_trim gives most of it \
        to the kernel."
    PURGED "purged_bytes" "purged" "bytes"
        "Free memory of the heap that is not resident: given back to the kernel, or skipped over. \
        Not part of what is held."
    EMPTY_PAGE_BYTES "empty_page_bytes" "" "bytes"
        "The part of cached that lies on heap pages without a block in use."
    UNCARVED "uncarved_bytes" "" "bytes"
        "The part of cached that lies on heap pages with blocks in use, behind the blocks that \
        were cut out so far; of blocks with pages of their own: the room behind them."
    FREE_SLICES "free_slice_bytes" "" "bytes"
        "The part of cached that no heap page has."
    TABLES "table_bytes" "tables" "bytes"
        "What is kept beside the heap and is not part of what is held: the headers of pages, how \
        much was asked for of each block, the recorder's tags. About what of them is resident."
    REQUESTED_KNOWN "requested_known" "" "true or false"
        "Whether it is known of all blocks how much of them was asked for; not so in a sampled run."
    SITES_KNOWN "sites_known" "" "true or false"
        "Whether it is known which call stacks pin free slots: of runs with --every or --events."
    PINNED_BY_SITES "pinned_by_sites_bytes" "" "bytes"
        "What all sites pin together: pinned_free_bytes of the classes shown, where call stacks \
        are known."
    PAGES "pages" "heap page" "pages"
        "Heap pages: runs of blocks of one size class, of 64 KiB, 512 KiB or 4 MiB. Of a site: \
        those that have free slots and a block of the site."
    PARTLY_PAGES "partly_used_pages" "partly used" "pages"
        "Heap pages with both blocks in use and free slots."
    EMPTY_PAGES "empty_pages" "" "pages"
        "Heap pages without a block in use."
    ALONE_PAGES "alone_pages" "alone on" "pages"
        "Of a site: those of its pages whose blocks in use are all of the site."
    GAIN "gain_bytes" "" "bytes"
        "Of a site: what would come free if its blocks on pages where it is alone lay together, in \
        whole OS pages. Of an advice: what it saves at most."
    BLOCK_BYTES "block_bytes" "" "bytes"
        "Usable bytes of the blocks of a size class; null for blocks that have pages of their own."
    SLOTS "slots" "" "blocks"
        "Blocks that the pages of a size class have room for."
    CARVED "carved_slots" "" "blocks"
        "Blocks that the pages have cut out so far: in use, or free to be handed out."
    FREE_SLOTS "free_slots" "" "blocks"
        "Free slots on partly used pages."
    ADVICE_RULE "rule" "" "word"
        "Which rule gives an advice: pinned (a site pins much), cached (much is free and \
        resident), wasted (blocks of a class are much larger than what was asked for)."
    ADVICE_TEXT "text" "" "text"
        "Evidence and remedy."
}
