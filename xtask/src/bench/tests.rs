//! The arithmetic of the tables, the list of rivals and the command line.

use super::chosen;
use super::instructions::parse_total;
use super::options::Options;
use super::results_page::replace;
use super::rivals::{Preload, parse};
use super::rounds::{Load, Sample, Samples, parse_sample};
use super::spread::{Spread, geometric_mean, ratios};
use super::table::{time, worst_against};

fn load(name: &str) -> Load {
    Load {
        name: name.into(),
        set: "micro".into(),
        operations: 1,
        countable: true,
        about: "a load".into(),
    }
}

fn sample(operation_ns: f64) -> Sample {
    Sample {
        operation_ns,
        peak_resident_bytes: 1024.0 * 1024.0,
    }
}

#[test]
fn the_real_list_parses_and_names_us() {
    let list = parse(include_str!("../../../bench/rivals.toml")).expect("the list parses");
    assert_eq!(list.reference, "mimalloc");
    let ours = list
        .rivals
        .iter()
        .find(|rival| rival.name == "tenure-preload");
    let preload = &ours.expect("our library takes part").preload;
    assert!(matches!(preload, Preload::Printed(command) if command[0] == "cargo"));
}

#[test]
fn a_list_without_its_reference_is_refused() {
    let text = "reference = \"a\"\n[[rival]]\nname = \"b\"\nbinary = \"system\"\nabout = \"\"\n";
    assert!(parse(text).expect_err("there is no `a`").contains("`a`"));
}

#[test]
fn options_are_parsed_and_repeated() {
    let options = Options::parse(&["--rounds", "3", "--loads", "churn,large"]);
    let options = options.expect("the options are known");
    assert_eq!((options.rounds, options.loads.len()), (3, 2));
    assert_eq!(
        options.command(),
        "cargo xtask bench heap --rounds 3 --loads churn,large"
    );
    for wrong in [["--rounds", "0"], ["--rounds", "x"], ["--round", "3"]] {
        assert!(Options::parse(&wrong).is_err(), "{wrong:?}");
    }
    assert!(Options::parse(&["--loads"]).is_err());
}

#[test]
fn a_load_that_does_not_exist_is_named() {
    let loads = || vec![load("churn"), load("large")];
    assert_eq!(chosen(loads(), &[]).map(|all| all.len()), Ok(2));
    assert_eq!(chosen(loads(), &["large".into()]), Ok(vec![load("large")]));
    let error = chosen(loads(), &["large".into(), "small".into()]).expect_err("no such load");
    assert!(
        error.contains("`small`") && error.contains("churn"),
        "{error}"
    );
}

#[test]
fn a_spread_knows_its_middle_and_its_ends() {
    let odd = Spread::of(vec![3.0, 1.0, 2.0]).expect("there are numbers");
    assert_eq!((odd.low, odd.median, odd.high), (1.0, 2.0, 3.0));
    assert_eq!(odd.percent(), 50.0);
    let even = Spread::of(vec![4.0, 1.0, 2.0, 3.0]).expect("there are numbers");
    assert_eq!(even.median, 2.5);
    assert_eq!(Spread::of(Vec::new()), None);
}

#[test]
fn ratios_are_taken_within_a_round() {
    let ours = [Some(sample(10.0)), Some(sample(40.0))];
    let theirs = [Some(sample(5.0)), Some(sample(20.0))];
    let ratio = ratios(&ours, &theirs, |s| s.operation_ns).expect("all runs are there");
    assert_eq!((ratio.low, ratio.median, ratio.high), (2.0, 2.0, 2.0));
}

#[test]
fn a_failed_run_spoils_its_cell() {
    let ours = [Some(sample(10.0)), None];
    let theirs = [Some(sample(5.0)), Some(sample(20.0))];
    assert_eq!(ratios(&ours, &theirs, |s| s.operation_ns), None);
}

#[test]
fn a_geometric_mean_is_fair_to_both_sides() {
    let mean = geometric_mean(&[0.5, 2.0]).expect("there are ratios");
    assert!((mean - 1.0).abs() < 1e-12, "{mean}");
    assert_eq!(geometric_mean(&[]), None);
}

#[test]
fn the_table_shows_ratios_and_faults() {
    let mut samples = Samples::default();
    samples.add("churn", "mimalloc", Ok(sample(20.0)));
    samples.add("churn", "tenure", Ok(sample(25.0)));
    samples.add("churn", "glibc", Err("it ended with signal 11".into()));
    let table = time(
        "mimalloc",
        &["mimalloc", "tenure", "glibc"],
        &[load("churn")],
        &samples,
    );
    assert!(
        table.contains("| churn | 20.0 | 1.25 ±0 % | failed |"),
        "{table}"
    );
    assert!(
        table.contains("| geometric mean | | **1.25** |  |"),
        "{table}"
    );
    assert!(samples.faults.contains_key("glibc on churn"));
}

#[test]
fn the_worst_row_is_found() {
    let mut samples = Samples::default();
    for (name, ours) in [("a", 12.0), ("b", 14.0), ("c", 9.0)] {
        samples.add(name, "glibc", Ok(sample(10.0)));
        samples.add(name, "tenure", Ok(sample(ours)));
    }
    let loads = ["a", "b", "c"].map(load);
    let text = worst_against("glibc", &["tenure", "tenure-preload"], &loads, &samples);
    assert!(
        text.contains("`tenure` against `glibc`: b, 1.40 times"),
        "{text}"
    );
    assert!(!text.contains("tenure-preload"), "{text}");
}

#[test]
fn output_of_a_run_is_parsed_or_refused() {
    let sample = parse_sample("1000 25000 4096\n").expect("the line is whole");
    assert_eq!(
        (sample.operation_ns, sample.peak_resident_bytes),
        (25.0, 4096.0)
    );
    for broken in ["", "1000 25000", "a b c", "1 2 3 4"] {
        assert_eq!(parse_sample(broken), None, "{broken:?}");
    }
    assert_eq!(
        parse_total("events: Ir\nsummary: 9\ntotals: 1234\n"),
        Some(1234)
    );
    assert_eq!(parse_total("events: Ir\n"), None);
}

#[test]
fn tables_are_put_between_the_marks() {
    let page = "# R\n<!-- bench heap: begin -->\nold\n<!-- bench heap: end -->\ntail\n";
    let new = replace(page, "new\n").expect("both marks are there");
    assert_eq!(
        new,
        "# R\n<!-- bench heap: begin -->\nnew\n<!-- bench heap: end -->\ntail\n"
    );
    assert_eq!(replace("# R\n", "new"), None);
}

#[test]
fn the_real_page_has_its_marks() {
    assert!(replace(include_str!("../../../bench/RESULTS.md"), "x").is_some());
}
