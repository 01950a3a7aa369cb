//! Heaps as a program sees them, one file per question.

mod generations;
mod graphs;
mod hostile;
mod machine;
mod marking;
mod must_not_compile;
mod nodes;
