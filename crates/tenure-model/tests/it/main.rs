//! Properties of the models over hostile records.

mod profile;
mod sites;
