//! Two threads share an arena.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    std::thread::scope(|threads| {
        threads.spawn(|| { arena.alloc_plain(1u32); }); //@ wrong
        threads.spawn(|| { Arena::new().alloc_plain(1u32); }); //@ right
    });
    drop(arena);
}
//~ 8: E0277: `Cell<*mut u8>` cannot be shared between threads safely
//~ 8: E0277: `Cell<Option<NonNull<tenure_region::chunks::Chunk>>>` cannot be shared
//~ 8: E0277: `Cell<Option<NonNull<tenure_region::drops::Node>>>` cannot be shared b
//~ 8: E0277: `NonNull<tenure_region::chunks::Supply>` cannot be shared between thre
//~ 8: E0277: `NonNull<tenure_region::scratch::Stack>` cannot be shared between thre
//~ 8: E0277: `Cell<usize>` cannot be shared between threads safely
//~ 8: E0277: `UnsafeCell<tenure_vm::region::Region>` cannot be shared between threa
