//! Properties of the record format over arbitrary bytes and arbitrary content.

mod container;
mod corpus;
mod profile;
mod state;
