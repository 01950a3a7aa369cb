//! Every term on which memory can be held: one crate, one place to choose.
//!
//! # Which term do I want?
//!
//! Ask two things of a value: *who holds it*, and *until when*.
//!
//! | the memory… | take |
//! |---|---|
//! | …is held by anybody, for any time | [`heap::Tenure`] as `#[global_allocator]` |
//! | …belongs to one part of the program, which may end or be limited | [`heap::Heap`] |
//! | …ends with a request, a frame, a file | [`region::Arena`] and its `reset` |
//! | …ends with a turn of a loop | [`region::Arena::tail`] |
//! | …ends before the arena that is in use meanwhile | [`region::Bump::side`] |
//! | …is a buffer until the function returns | [`region::scratch()`], in place of `alloca` |
//! | …is one array that grows and must not move | [`region::VirtualArena`] |
//! | …is values of one type that point at each other | [`region::TypedArena`] |
//! | …is of one type, and comes and goes on one thread | [`region::LocalPool`] |
//! | …is of one type, at most N, without an allocator | a `static` [`region::Pool`] |
//! | …is named by others with a key that may have died | [`region::Slots`] |
//! | …is costly to make and can be used again | [`region::ObjectPool`] |
//! | …may grow to a limit that several parts share | [`region::Budget`] |
//! | …is filled by several threads, for one end | [`region::ArenaPool`] |
//! | …is a device, a file, a static array | [`place::Heap`] with one of nine strategies |
//! | …is held by whoever reaches it, in cycles too | [`gc::Heap`] |
//! | …may be moved to close gaps | [`place::MovableHeap`]: handles instead of addresses |
//!
//! Not sure? Measure first: `tenure run -- ./app` says who holds the memory and for how long.
//!
//! # The allocator of a program
//! ```
//! use tenure::heap::Tenure;
//!
//! #[global_allocator]
//! static HEAP: Tenure = Tenure::new();
//!
//! fn main() {
//!     let squares: Vec<u64> = (0..1000).map(|n| n * n).collect();
//!     assert_eq!(squares[999], 998_001);
//! }
//! ```
//!
//! # Memory that ends with a request
//! ```
//! # #[cfg(all(feature = "region", feature = "alloc"))] {
//! use tenure::region::Arena;
//!
//! let mut arena = Arena::named("request");
//! for request in ["GET /", "GET /icon"] {
//!     let path = arena.text(&request[4..]);
//!     assert!(path.starts_with('/'));
//!     arena.reset(); // all of the request at once; the chunks stay for the next
//! }
//! # }
//! ```
//!
//! # A buffer whose length is known at run time
//! ```
//! # #[cfg(feature = "region")] {
//! use tenure::region::{ScratchFull, scratch};
//!
//! fn checksum(lines: usize) -> Result<u64, ScratchFull> {
//!     scratch(|buffer| {
//!         let sums = buffer.slice::<u64>(lines)?;
//!         for (at, sum) in sums.iter_mut().enumerate() {
//!             *sum = at as u64;
//!         }
//!         Ok(sums.iter().sum::<u64>())
//!     })
//! }
//!
//! assert_eq!(checksum(100).unwrap(), 4950);
//! assert!(checksum(usize::MAX).is_err()); // where `alloca` would end the process
//! # }
//! ```
//!
//! # Objects that point at each other
//! ```
//! # #[cfg(feature = "gc")] {
//! use tenure::gc::{Gc, Heap, Lock, Root, Trace, field};
//!
//! #[derive(Trace)]
//! #[trace(crate = tenure::gc)]
//! struct Person<'gc> {
//!     name: &'static str,
//!     friend: Lock<Option<Gc<'gc, Person<'gc>>>>,
//! }
//!
//! let mut heap = Heap::<Root![Option<Gc<'_, Person<'_>>>]>::new(|_| None);
//! heap.mutate_root(|mc, root| {
//!     let person = |name| mc.alloc(Person { name, friend: Lock::new(None) });
//!     let (ada, grace) = (person("Ada"), person("Grace"));
//!     field!(mc.write(ada), Person, friend).set(Some(grace));
//!     field!(mc.write(grace), Person, friend).set(Some(ada));
//!     *root = Some(ada);
//! });
//! heap.poll(); // between mutations nobody holds a pointer, so objects may move
//! let friend = heap.mutate(|_, root| root.and_then(|ada| ada.friend.get()).map(|p| p.name));
//! assert_eq!(friend, Some("Grace"));
//! # }
//! ```
//!
//! # Memory that the processor may not even reach
//! ```
//! use tenure::Align;
//! use tenure::place::{Heap, OutOfReach, Table, Tlsf};
//!
//! // 1 MiB of a device. What is free of it is kept in a table of ours, by granules of 256 bytes.
//! let granule = Align::new(256).unwrap();
//! let device = OutOfReach::new(1 << 20);
//! let mut table = vec![0; Table::<&mut [u64], OutOfReach>::words_for(1 << 20, granule)];
//! let mut heap = Heap::new(Tlsf::new(), Table::new(device, &mut table[..], granule));
//! let picture = heap.allocate(10_000, 4096)?;
//! assert_eq!(picture.offset % 4096, 0);
//! heap.free(picture.offset).unwrap();
//! # Ok::<(), tenure::place::AllocError>(())
//! ```
//!
//! # Features
//!
//! | feature | on by default | what it adds | needs |
//! |---|---|---|---|
//! | – | – | [`place`], [`ledger`] | neither `alloc` nor an operating system |
//! | `heap` | yes | [`heap`] | Linux |
//! | `region` | yes | [`region`]: scratch, virtual and slice arenas | Linux |
//! | `gc` | yes | [`gc`] | Linux, `alloc` |
//! | `alloc` | yes | arenas whose chunks come from the global allocator | `alloc` |
//! | `allocator-api2` | no | regions as allocators of that crate, so for `hashbrown` | |
//!
//! **Not here:** code. This crate names what the others make, and nothing else.
#![no_std]
#![forbid(unsafe_code)]

/// The general heap: for a whole program, and heaps that are values.
#[cfg(feature = "heap")]
pub mod heap {
    pub use tenure_heap::{
        Answer, Heap, LimitHandler, LimitReached, Stats, Tenure, Usage, trim, usage,
    };
}

/// Memory that ends all at once, pools, and scratch stacks.
#[cfg(feature = "region")]
pub mod region {
    pub use tenure_region::*;
}

/// Heaps with a garbage collector.
///
/// A derived `Trace` names this crate's types by `#[trace(crate = tenure::gc)]`.
#[cfg(feature = "gc")]
pub mod gc {
    pub use tenure_gc::*;
}

/// Placement strategies over bytes of any kind.
pub mod place {
    pub use tenure_place::*;
}

pub use tenure_base::Align;

/// What each manager of memory holds and may hold, by name.
pub mod ledger {
    pub use tenure_base::ledger::*;
}
