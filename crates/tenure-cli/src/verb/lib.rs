//! `tenure lib`: where the library is.

use crate::failure::{DONE, Failure};
use crate::{library, screen};

/// Print the path of the malloc library, for `LD_PRELOAD=$(tenure lib) PROGRAM`
///
/// The library is written to the cache folder when it is not there yet. Preloaded in this way it
/// is a malloc and nothing else: it records nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn perform(_: &Arguments) -> Result<u8, Failure> {
    screen::print(&format!("{}\n", library::path()?.display()))?;
    Ok(DONE)
}
