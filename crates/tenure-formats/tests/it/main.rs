//! Each format, read back: by its own tool where that is installed, and by its definition.

mod dhat;
mod firefox;
mod folded;
mod heaptrack;
mod jeprof;
mod massif;
mod pprof;
mod refusals;
mod shop;
mod speedscope;
