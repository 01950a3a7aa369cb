//! Every strategy over every kind of region and metadata, against a simple model.

mod drive;
mod every;
mod hostile;
mod mapped;
mod mistakes;
mod moving;
mod random;
mod scripts;
mod shadow;
mod textbook;
