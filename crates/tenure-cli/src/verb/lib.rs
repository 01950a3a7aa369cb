//! `tenure lib`: where the library is, and how C programs are to call it.

use crate::failure::{DONE, Failure};
use crate::{library, screen};

/// Print the path of the malloc library, for `LD_PRELOAD=$(tenure lib) PROGRAM`
///
/// The library is written to the cache folder when it is not there yet. Preloaded in this way it
/// is a malloc and nothing else: it records nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print the header for C and C++ programs instead, for `tenure lib --header > tenure.h`
    #[arg(long)]
    header: bool,
}

/// What `cargo xtask header` has made.
const HEADER: &str = include_str!("../../../tenure-preload/tenure.h");

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    if arguments.header {
        screen::print(HEADER)?;
        return Ok(DONE);
    }
    screen::print(&format!("{}\n", library::path()?.display()))?;
    Ok(DONE)
}
