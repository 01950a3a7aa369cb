//! Counted heaps: [`Cc`] is dropped with its last handle, and cycles are found as well.
//!
//! **Shape.** A [`CountedHeap`] is a value. An object is a block of the global allocator: a header
//! of 16 bytes (`header.rs`) and the value. A handle is the address of the value. The heap keeps a
//! list of objects (`list.rs`): those whose count fell but not to nothing ([`Cycles::Trial`]), or
//! all that may hold handles, by age ([`Cycles::Subtraction`]).
//!
//! **Cycles.** Both ways ask the same question of a set of objects (`trial.rs`): which handles do
//! not come from the set itself? The set of the first is what the candidates reach; the set of the
//! second is a generation. Counts are kept aside, so nothing is wrong if somebody panics.
//!
//! **Drops.** A value is dropped when its count falls to nothing: at once down to a depth, from a
//! queue below it (`reap.rs`), so a chain of any length needs little stack. Of a cycle that nobody
//! reaches, first all objects are declared dead and taken from their weak handles, then all are
//! dropped, then all blocks are freed. A `Drop` that follows a handle to a dead neighbour panics.
//!
//! **Not here.** Handles for several threads. Handles that lie behind an `Rc`, in the key of a map,
//! or in a field marked `#[trace(static)]` count, but a cycle through them is not seen and stays.

mod cc;
mod cells;
mod header;
mod heap;
mod lent;
mod list;
mod reap;
mod trial;
mod weak;

pub use cc::{Cc, Countable};
pub use heap::{Collected, CountedHeap, CountedStats, Cycles};
pub use lent::CcMut;
pub use weak::WeakCc;
