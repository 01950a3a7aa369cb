//! Heaps as a program sees them, one file per question.

mod generations;
mod nodes;
mod references;
mod weak_maps;
