//! Lifetimes as text: how long, or at least how long.

use crate::quantity::span;
use std::time::Duration;
use tenure_model::profile::Lifetime;

/// A percentile of lifetimes in nanoseconds: `1.2 ms`, `≥ 3.0 s` for blocks that live on, `–` for
/// none.
pub(crate) fn lifespan(lifetime: Option<Lifetime>) -> String {
    match lifetime {
        None => "–".to_owned(),
        Some(Lifetime::Ended(ns)) => span(Duration::from_nanos(ns)),
        Some(Lifetime::AtLeast(Some(ns))) => format!("≥ {}", span(Duration::from_nanos(ns))),
        Some(Lifetime::AtLeast(None)) => "to the end".to_owned(),
    }
}
