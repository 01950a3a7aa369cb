//! The loads on Tenure, linked in.
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tenure_heap::Tenure = tenure_heap::Tenure;

fn main() -> ExitCode {
    loads::main()
}
