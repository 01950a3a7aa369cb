//! A profile in the format of another tool.
//!
//! A [`Sheet`] is the profile laid flat, with names; each format is one file that writes a sheet
//! into a sink. What a format has no place for is said in the notes that [`write()`] gives back,
//! and a profile that has nothing for a format is refused.
//!
//! | format | figures | names | over time |
//! |---|---|---|---|
//! | [`Format::Pprof`] | allocated and live, blocks and bytes | with lines, inlined | |
//! | [`Format::Folded`] | one, by choice | functions | |
//! | [`Format::Massif`] | bytes at the peak and at the end | with lines, inlined | live bytes |
//! | [`Format::Heaptrack`] | allocations, bytes at peak and end | with lines, inlined | |
//! | [`Format::Dhat`] | allocated, peak, end, lifetimes | with lines, inlined | |
//! | [`Format::Speedscope`] | live, peak, allocated, count | with lines, inlined | |
//! | [`Format::Firefox`] | allocated and live bytes | with lines, inlined | live bytes |
//! | [`Format::Jeprof`] | allocated and live, blocks and bytes | addresses | |

mod dhat;
mod firefox;
mod folded;
mod format;
mod heaptrack;
mod jeprof;
mod massif;
mod pprof;
mod protobuf;
mod sheet;
mod speedscope;

pub use format::{By, ExportError, Format, Refusal, write, write_gzipped};
pub use sheet::{Entry, Function, Images, Location, Row, Sheet, SheetBuilder, SheetModule, Values};
