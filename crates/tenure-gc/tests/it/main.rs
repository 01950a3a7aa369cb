//! Heaps as a program sees them, one file per question.

mod generations;
mod graphs;
mod machine;
mod marking;
mod nodes;
mod read_barrier;
mod reference_model;
mod references;
mod weak_maps;
