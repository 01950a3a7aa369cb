//! The arithmetic and the text of the page; what the programs do is seen by running them.

use super::child::kibibytes;
use super::loads::{LOADS, PROGRAMS, SILENT, STOPPED, TWICE, Target};
use super::options::Options;
use super::page::{Spread, cell, keeps, text};
use super::rivals::Rival;
use super::{Run, Runs};
use std::path::Path;

fn spread(numbers: &[f64]) -> Spread {
    Spread::of(numbers.to_vec()).unwrap()
}

#[test]
fn options_are_parsed_and_strangers_named() {
    let options = Options::parse(&[
        "--rounds",
        "5",
        "--only",
        "burst,shift",
        "--also",
        "own=/x.so",
    ]);
    let options = options.unwrap();
    assert_eq!(
        (options.rounds, options.only.len(), options.write),
        (5, 2, false)
    );
    assert_eq!(options.also, [("own".to_owned(), "/x.so".into())]);
    assert_eq!(
        options.command(),
        "cargo xtask bench return --rounds 5 --only burst,shift --also own=/x.so"
    );
    for (args, told) in [
        (&["--rounds", "0"][..], "no number of rounds"),
        (&["--only", "bursts"], "there is no load `bursts`"),
        (&["--also", "x"], "no NAME=FILE"),
        (&["--also"], "needs a value"),
        (&["--fast"], "no option"),
    ] {
        let fault = Options::parse(args).unwrap_err();
        assert!(fault.contains(told), "{args:?}: {fault}");
    }
}

#[test]
fn kernel_figures_are_read_in_bytes() {
    let text = "Name:\tx\nVmHWM:\t    1234 kB\nRss:             8 kB\n";
    assert_eq!(kibibytes(text, "VmHWM:"), Some(1234.0 * 1024.0));
    assert_eq!(kibibytes(text, "Rss:"), Some(8192.0));
    assert_eq!(kibibytes(text, "VmRSS:"), None);
    assert_eq!(kibibytes("Rss: 8 MB", "Rss:"), None);
}

#[test]
fn a_cell_shows_its_spread_only_where_there_is_one() {
    assert_eq!(cell(spread(&[3.0, 1.0, 2.0]), false), "2.00 (1.00–3.00)");
    assert_eq!(cell(spread(&[74.0, 74.01]), false), "74.0");
    assert_eq!(
        cell(spread(&[STOPPED, SILENT, TWICE]), true),
        "silent (stopped–handed out twice)"
    );
    assert_eq!(Spread::of(vec![]), None);
}

#[test]
fn a_target_is_kept_at_its_border_and_not_beyond() {
    assert!(keeps(Target::AtLeast(74.0), 74.0) && !keeps(Target::AtLeast(74.0), 73.9));
    assert!(keeps(Target::AtMost(50.0), 50.0) && !keeps(Target::AtMost(50.0), 50.1));
    assert!(keeps(Target::None, f64::INFINITY));
}

fn page(ours: Run) -> String {
    let load = LOADS.iter().find(|load| load.name == "shift").unwrap();
    let rival = |name: &str| Rival {
        name: name.into(),
        about: String::new(),
        library: None,
    };
    let by_rival = vec![vec![ours], vec![Ok(vec![500.0])]];
    let options = Options::parse(&[]).unwrap();
    text(
        &options,
        &[rival("tenure"), rival("glibc")],
        &[Runs { load, by_rival }],
    )
}

#[test]
fn a_missed_target_and_a_failed_run_are_named() {
    let kept = page(Ok(vec![460.0]));
    assert!(
        kept.contains("| shift: peak, MB | ≤ 460 | 460 | 500 |"),
        "{kept}"
    );
    assert!(
        kept.contains("Targets that `tenure` misses: none."),
        "{kept}"
    );
    let missed = page(Ok(vec![461.0]));
    assert!(missed.contains("misses: shift: peak, MB."), "{missed}");
    let failed = page(Err("it hung".into()));
    assert!(failed.contains("| failed | 500 |"), "{failed}");
    assert!(
        failed.contains("Failed: tenure on shift: it hung."),
        "{failed}"
    );
    assert!(failed.contains("misses: shift: peak, MB."), "{failed}");
}

#[test]
fn every_program_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench/return");
    for program in PROGRAMS {
        assert!(folder.join(format!("{program}.c")).is_file(), "{program}.c");
    }
}
