//! The loads on the malloc of the C library, or of whatever is preloaded.
use std::process::ExitCode;

fn main() -> ExitCode {
    loads::main()
}
