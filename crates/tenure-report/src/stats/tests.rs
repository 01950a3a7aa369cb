//! The JSON as it is printed, and that every field of it is explained.

use super::*;
use crate::{sample, term};
use expect_test::expect_file;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every name of a field in `value`, at any depth.
fn names(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                into.insert(name.clone());
                names(value, into);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| names(value, into)),
        _ => {}
    }
}

#[test]
fn the_schema_is_stable() {
    expect_file!["several.json"].assert_eq(&json(&sample::several()));
}

#[test]
fn every_field_is_explained_and_every_term_is_printed() {
    let mut profile = sample::one();
    profile.processes[0].arguments_cut = true;
    profile.processes[0].limit = Some(sample::met_limit());
    profile.processes[0].accounts = sample::accounts();
    let mut found = BTreeSet::new();
    for text in [json(&profile), sample::top_json(), sample::diff_json()] {
        names(&serde_json::from_str(&text).unwrap(), &mut found);
    }
    let explained: BTreeSet<String> = term::OF_RUNS.iter().map(|term| term.name.into()).collect();
    let unexplained: Vec<_> = found.difference(&explained).collect();
    assert!(unexplained.is_empty(), "no term for {unexplained:?}");
    let unprinted: Vec<_> = explained.difference(&found).collect();
    assert_eq!(
        unprinted,
        ["reallocs"],
        "only the summary adds both kinds of reallocs up"
    );
}

#[test]
fn a_profile_without_a_run_has_none() {
    let document: Value = serde_json::from_str(&json(&Profile::default())).unwrap();
    assert_eq!(document["run"], Value::Null);
    assert_eq!(document["processes"], Value::Array(vec![]));
    assert_eq!(document["totals"]["peak_live_bytes"], Value::Null);
}
