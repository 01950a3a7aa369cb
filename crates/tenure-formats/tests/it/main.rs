//! Each format of a profile, read back: by its own tool where that is installed, and by its
//! definition. Whole logs of collectors through the reader. Suppressions, beside valgrind.

mod census;
mod cpython;
mod dhat;
mod firefox;
mod folded;
mod go;
mod halves;
mod heaptrack;
mod java_anchor;
mod java_own;
mod java_speed;
mod java_straight;
mod jeprof;
mod massif;
mod mutations;
mod openj9;
mod pprof;
mod recorder;
mod refusals;
mod shop;
mod speedscope;
mod straight;
mod suppressions;
mod v8;
mod wrappers;
