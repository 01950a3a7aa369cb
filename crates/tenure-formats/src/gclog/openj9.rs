//! OpenJ9 and IBM J9, `-verbose:gc`: XML of each generation, and the text of the JVMs before.

mod classic;
mod clock;
mod cycles;
mod detect;
mod ibm_i;
mod metronome;
mod modern;
mod parser;
mod sovereign;
mod tag;

pub(super) use detect::points;
pub(super) use parser::parser;

#[cfg(test)]
mod tests;
