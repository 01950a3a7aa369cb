//! Heaps as a program sees them, one file per question.

mod counted_cycles;
mod counted_drops;
mod counted_handles;
mod counted_model;
mod generations;
mod graphs;
mod hostile;
mod machine;
mod maps;
mod marking;
// Miri starts no compiler.
#[cfg(not(miri))]
#[path = "../../../tenure-region/tests/it/must_not_compile.rs"]
mod must_not_compile;
mod nodes;
// The pace goes by the clock, and stand-ins for memory take too long.
#[cfg(not(any(miri, tenure_replaced_os)))]
mod pacing;
#[cfg(tenure_memcheck)]
mod planted;
mod read_barrier;
mod reference_model;
mod references;
mod texts;
mod told;
mod vecs;
mod weak_maps;
