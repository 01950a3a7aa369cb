//! A vector, which can grow, goes to another thread.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    std::thread::scope(|threads| {
        let mut numbers = ArenaVec::new_in(&arena);
        numbers.push(1u32);
        let numbers = numbers.into_slice(); //@ right
        threads.spawn(move || numbers.len());
    });
}
//~ 11: E0277: `NonNull<u32>` cannot be sent between threads safely
//~ 11: E0277: `Cell<*mut u8>` cannot be shared between threads safely
//~ 11: E0277: `Cell<Option<NonNull<tenure_region::chunks::Chunk>>>` cannot be shared
//~ 11: E0277: `Cell<Option<NonNull<tenure_region::drops::Node>>>` cannot be shared b
//~ 11: E0277: `NonNull<tenure_region::chunks::Supply>` cannot be shared between thre
//~ 11: E0277: `NonNull<tenure_region::scratch::Stack>` cannot be shared between thre
//~ 11: E0277: `Cell<usize>` cannot be shared between threads safely
//~ 11: E0277: `UnsafeCell<tenure_vm::region::Region>` cannot be shared between threa
