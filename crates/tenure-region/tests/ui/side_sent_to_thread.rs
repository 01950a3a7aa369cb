//! A side scope goes to another thread.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    std::thread::scope(|threads| {
        let scope = arena.side(); //@ wrong
        let scope = Arena::new(); //@ right
        threads.spawn(move || { scope.alloc_plain(1u32); });
    });
    drop(arena);
}
//~ 10: E0277: `*mut u8` cannot be sent between threads safely
//~ 10: E0277: `NonNull<tenure_region::chunks::Supply>` cannot be sent between thread
//~ 10: E0277: `NonNull<tenure_region::scratch::Stack>` cannot be sent between thread
//~ 10: E0277: `NonNull<tenure_region::chunks::Chunk>` cannot be sent between threads
//~ 10: E0277: `NonNull<tenure_region::drops::Node>` cannot be sent between threads s
//~ 10: E0277: `Cell<*mut u8>` cannot be shared between threads safely
//~ 10: E0277: `Cell<Option<NonNull<tenure_region::chunks::Chunk>>>` cannot be shared
//~ 10: E0277: `Cell<Option<NonNull<tenure_region::drops::Node>>>` cannot be shared b
//~ 10: E0277: `NonNull<tenure_region::chunks::Supply>` cannot be shared between thre
//~ 10: E0277: `NonNull<tenure_region::scratch::Stack>` cannot be shared between thre
//~ 10: E0277: `Cell<usize>` cannot be shared between threads safely
//~ 10: E0277: `UnsafeCell<tenure_vm::region::Region>` cannot be shared between threa
