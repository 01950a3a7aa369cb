//! `tenure diff`: what changed between two records, and the rules that they are held to.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, run};
use crate::shop::{record_of, scratch};
use serde_json::Value;
use std::fs;
use tenure_model::profile::sample;

/// A folder with the shop before, and the same without its child after.
fn two() -> Scratch {
    let scratch = scratch();
    let after = record_of(&sample::shop()[..1], true);
    fs::write(scratch.join("after.tnr"), after).unwrap();
    scratch
}

fn diff(scratch: &Scratch, arguments: &[&str]) -> Ended {
    run(tenure(scratch).arg("diff").args(arguments), PATIENCE)
}

#[test]
fn equal_records_differ_in_nothing() {
    let ended = diff(
        &scratch(),
        &["shop.tnr", "shop.tnr", "--fail-on", "live:+0%"],
    );
    ended.expect_success("diff");
    assert!(
        ended.stdout.contains("no site has changed by live at exit"),
        "{}",
        ended.stdout
    );
    assert_eq!(ended.stderr, "");
}

#[test]
fn the_site_that_changed_is_named() {
    let ended = diff(&two(), &["after.tnr", "shop.tnr"]);
    ended.expect_success("diff");
    let line = ended
        .stdout
        .lines()
        .find(|line| line.contains("Cache::insert"))
        .unwrap();
    assert!(
        line.contains("+10.0 KiB") && line.contains("150 KiB"),
        "{line}"
    );
}

#[test]
fn a_broken_rule_is_exit_code_1_and_says_by_how_much() {
    let scratch = two();
    let arguments = [
        "after.tnr",
        "shop.tnr",
        "--json",
        "--fail-on",
        "allocations:+0.5%",
    ];
    let more = [
        &arguments[..],
        &["--fail-on", "live>1GiB", "--fail-on", "live:+1KiB"],
    ]
    .concat();
    let ended = diff(&scratch, &more);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let said = "tenure: rule allocations:+0.5% is broken: allocations went from 6,251 to 6,301, \
                19 over the 6,282 that it allows";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert_eq!(
        ended.stderr.lines().count(),
        2,
        "one holds: {}",
        ended.stderr
    );
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&document["tenure"], &document["by"]),
        (&"diff/1".into(), &"live".into())
    );
    let [first, second] = &document["broken"].as_array().unwrap()[..] else {
        panic!("two broken rules")
    };
    assert_eq!(
        (&first["rule"], &first["allowed"]),
        (&"allocations:+0.5%".into(), &6_282.into())
    );
    assert_eq!(second["rule"], "live:+1KiB");
    let [site] = &document["sites"].as_array().unwrap()[..] else {
        panic!("one site")
    };
    assert_eq!(
        (&site["change"], &site["certain"]),
        (&10_240.into(), &true.into())
    );
}

#[test]
fn what_is_no_rule_is_wrong_usage() {
    let scratch = two();
    let wrong = [
        ("size>1", "\"size\" is not one of live, live_blocks, peak"),
        ("live=1", "it has neither `>` nor `:+`"),
        ("live>10%", "percents need `:+`, not `>`"),
        (
            "live>much",
            "\"much\" is no number of bytes such as 10MiB or 4096",
        ),
        (
            "allocations>5MiB",
            "allocations counts blocks, so it takes no unit such as MiB",
        ),
        ("live:+x%", "\"x\" is no number of percents"),
    ];
    for (rule, said) in wrong {
        let ended = diff(&scratch, &["after.tnr", "shop.tnr", "--fail-on", rule]);
        assert_eq!(ended.status.code(), Some(2), "{rule}");
        assert!(ended.stderr.contains(said), "{rule}: {}", ended.stderr);
    }
    let missing = diff(&scratch, &["after.tnr", "missing.tnr"]);
    assert_eq!(missing.status.code(), Some(3));
    assert!(
        missing.stderr.contains("missing.tnr: No such file"),
        "{}",
        missing.stderr
    );
}
