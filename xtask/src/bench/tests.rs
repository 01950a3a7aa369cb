//! The arithmetic of the scores, the lists, the command line and the tables.

use super::instructions::parse_total;
use super::options::Options;
use super::programs::{cpu_ns, executable, peak_bytes};
use super::rivals::{Library, Version, parse};
use super::rows::{self, Row, Work, chosen};
use super::samples::{Figure, Sample, Samples, parse_sample};
use super::score::{Spread, geometric_mean, ratio, set_mean, within_rounds, worst};
use super::table::{self, Columns};
use super::{programs, targets, versions};

const MIB: f64 = 1024.0 * 1024.0;

fn row(name: &str, set: &str) -> Row {
    Row {
        name: name.into(),
        set: set.into(),
        countable: true,
        about: "a load".into(),
        work: Work::Load(1),
    }
}

fn sample(cpu_ns: f64) -> Sample {
    Sample {
        cpu_ns,
        peak_resident_bytes: MIB,
    }
}

/// Rows `a` (micro), `b` and `c` (suite); `own` is at 2, 0.5 and 1 of `other` in the minimum.
fn measured() -> (Vec<Row>, Samples) {
    let mut samples = Samples::default();
    for (name, own) in [("a", 20.0), ("b", 5.0), ("c", 10.0)] {
        for more in [30.0, 0.0, 5.0] {
            samples.add(name, "own", Ok(sample(own + more)));
            samples.add(name, "other", Ok(sample(10.0 + more)));
        }
    }
    let rows = vec![row("a", "micro"), row("b", "suite"), row("c", "suite")];
    (rows, samples)
}

#[test]
fn the_real_list_parses_and_names_us() {
    let list = parse(include_str!("../../../bench/rivals.toml")).expect("the list parses");
    assert_eq!(list.reference, "mimalloc");
    let of = |name: &str| list.rivals.iter().find(|rival| rival.name == name);
    let ours = of("tenure").expect("we take part");
    assert!(matches!(&ours.library, Library::Printed(command) if command[0] == "cargo"));
    let reference = of("mimalloc").expect("the reference takes part");
    assert_eq!(reference.library, Library::Built("mimalloc".into()));
    assert_eq!(reference.version, Version::Crate("libmimalloc-sys".into()));
    assert!(ours.programs && !of("tenure-preload").expect("it takes part").programs);
    assert!(list.targets.len() > 5);
}

#[test]
fn a_list_with_a_fault_is_refused() {
    let head = "reference = \"a\"\nagain = \"a\"\njudged = [\"a\"]\n";
    let rival = "[[rival]]\nname = \"a\"\nabout = \"\"\n";
    let target = "[[target]]\nfigure = \"cpu\"\nof = \"all\"\n";
    for (text, fault) in [
        (
            head.replace("reference = \"a\"", "reference = \"z\"") + rival + "binary = \"b\"\n",
            "`z`",
        ),
        (head.to_owned() + rival, "`binary`"),
        (
            head.to_owned() + rival + "prints = [\"x\"]\nbuilt = \"y\"\n",
            "one of",
        ),
        (
            format!("{head}{rival}binary = \"b\"\n{target}against = \"q\"\nat_most = 1.0\n"),
            "`q`",
        ),
        (
            format!("{head}{rival}binary = \"b\"\n{target}against = \"a\"\nat_most = \"x\"\n"),
            "`at_most`",
        ),
    ] {
        let error = parse(&text).expect_err(&text);
        assert!(error.contains(fault), "{error} of {text}");
    }
    assert!(parse(&format!("{head}{rival}binary = \"b\"\n")).is_ok());
}

#[test]
fn the_real_programs_parse() {
    let text = include_str!("../../../bench/heap/programs/programs.toml");
    let programs = programs::parse(text).expect("the list parses");
    let names: Vec<&str> = programs.iter().map(|(row, _)| row.name.as_str()).collect();
    let known = [
        "python", "perl", "lua", "sqlite", "g++", "node", "git", "redis",
    ];
    assert_eq!(names, known);
    assert!(programs.iter().all(|(row, _)| row.set == rows::REAL));
    let counted = programs.iter().filter(|(row, _)| row.countable);
    assert_eq!(counted.count(), 3);
}

#[test]
fn a_program_with_a_fault_is_named() {
    let good = "[[program]]\nname = \"p\"\nabout = \"\"\nrun = [\"p\"]\nsize = 1_000\n";
    assert!(programs::parse(good).is_ok());
    for (from, to, fault) in [
        ("size = 1_000", "", "`size`"),
        ("run = [\"p\"]", "run = []", "`run`"),
        ("size", "kind = \"daemon\"\nsize", "`daemon`"),
        ("size", "set = [\"A\"]\nsize", "`set`"),
    ] {
        let error = programs::parse(&good.replace(from, to)).expect_err(to);
        assert!(error.contains(fault), "{error}");
    }
}

#[test]
fn a_program_is_found_unless_it_is_missing() {
    let shell = executable("sh").expect("every system has a shell");
    assert!(shell.is_absolute() && shell.ends_with("sh"), "{shell:?}");
    assert_eq!(executable("tenure-no-such-program"), None);
}

#[test]
fn a_server_tells_its_time_and_the_kernel_its_peak() {
    let answer = "$120\r\n# CPU\r\nused_cpu_sys:0.25\r\nused_cpu_user:0.500000\r\n";
    assert_eq!(cpu_ns(answer), Some(0.75e9));
    assert_eq!(cpu_ns("used_cpu_sys:0.25\r\n"), None);
    assert_eq!(peak_bytes("VmPeak: 9 kB\nVmHWM:\t    2 kB\n"), Some(2048.0));
    assert_eq!(peak_bytes("VmPeak: 9 kB\n"), None);
}

#[test]
fn a_version_stands_in_the_lock_file() {
    let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.2\"\n\
                [[package]]\nname = \"b\"\nversion = \"3.4\"\n";
    assert_eq!(versions::of_crate(lock, "b").as_deref(), Some("3.4"));
    assert_eq!(versions::of_crate(lock, "c"), None);
    let ours = include_str!("../../../bench/heap/Cargo.lock");
    for name in [
        "libmimalloc-sys",
        "snmalloc-sys",
        "rpmalloc-sys",
        "rusty_alloc",
    ] {
        assert!(versions::of_crate(ours, name).is_some(), "{name}");
    }
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
    let options = Options::parse(&["--only", "micro,real"]).expect("these are sets");
    assert!(options.wants("micro") && options.wants("real") && !options.wants("suite"));
    for wrong in [
        ["--rounds", "0"],
        ["--rounds", "x"],
        ["--round", "3"],
        ["--only", "all"],
    ] {
        assert!(Options::parse(&wrong).is_err(), "{wrong:?}");
    }
    assert!(Options::parse(&["--loads"]).is_err());
}

#[test]
fn rows_are_chosen_by_name_and_by_set() {
    let rows = || vec![row("churn", "micro"), row("larson", "suite")];
    let names = |args: &[&str]| {
        let options = Options::parse(args).expect("the options are known");
        let rows = chosen(rows(), &options)?;
        Ok::<_, String>(rows.into_iter().map(|row| row.name).collect::<Vec<_>>())
    };
    assert_eq!(names(&[]), Ok(vec!["churn".into(), "larson".into()]));
    assert_eq!(names(&["--only", "suite"]), Ok(vec!["larson".into()]));
    assert_eq!(names(&["--loads", "churn"]), Ok(vec!["churn".into()]));
    let error = names(&["--loads", "churn,small"]).expect_err("no such load");
    assert!(
        error.contains("`small`") && error.contains("larson"),
        "{error}"
    );
    assert!(names(&["--loads", "churn", "--only", "suite"]).is_err());
}

#[test]
fn a_line_of_the_list_is_a_row() {
    let parsed = rows::parse("larson suite 400 waits one of many").expect("the line is whole");
    assert_eq!(
        (parsed.name.as_str(), parsed.set.as_str()),
        ("larson", "suite")
    );
    assert_eq!(parsed.work, Work::Load(400));
    assert!(!parsed.countable);
    assert_eq!(parsed.about, "one of many");
    assert_eq!(rows::parse("larson 400 waits about"), None);
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
fn a_ratio_is_of_minima_and_of_medians() {
    let (_, samples) = measured();
    let ratio = ratio("a", "own", "other", &samples, Figure::Cpu).expect("all ran");
    assert_eq!((ratio.of_minima, ratio.of_medians), (2.0, 25.0 / 15.0));
    let rounds = within_rounds("a", "own", "other", &samples, Figure::Cpu).expect("all ran");
    assert_eq!((rounds.low, rounds.high), (1.25, 2.0));
}

#[test]
fn a_failed_run_spoils_its_row_and_is_told_in_the_mean() {
    let (rows, mut samples) = measured();
    let cpu = Figure::Cpu;
    let whole = set_mean("all", "own", "other", &rows, &samples, cpu).expect("all ran");
    assert!((whole.ratio - 1.0).abs() < 1e-12, "{whole:?}");
    assert_eq!(whole.remark(), "");
    samples.add("a", "own", Err("it ended with signal 11".into()));
    assert_eq!(ratio("a", "own", "other", &samples, cpu), None);
    let less = set_mean("all", "own", "other", &rows, &samples, cpu).expect("two rows ran");
    assert!((less.ratio - 0.5_f64.sqrt()).abs() < 1e-12, "{less:?}");
    assert_eq!(less.remark(), " (2 of 3 rows)");
    assert!(samples.faults.contains_key("own on a"));
}

#[test]
fn a_set_has_a_mean_of_its_own() {
    let (rows, samples) = measured();
    let mean = |set| set_mean(set, "own", "other", &rows, &samples, Figure::Cpu);
    assert_eq!(mean("micro").expect("one row ran").ratio, 2.0);
    let suite = mean("suite").expect("two rows ran").ratio;
    assert!((suite - 0.5_f64.sqrt()).abs() < 1e-12, "{suite}");
    assert_eq!(mean("real"), None);
}

#[test]
fn a_geometric_mean_is_fair_to_both_sides() {
    let mean = geometric_mean(&[0.5, 2.0]).expect("there are ratios");
    assert!((mean - 1.0).abs() < 1e-12, "{mean}");
    assert_eq!(geometric_mean(&[]), None);
}

#[test]
fn the_worst_row_is_found() {
    let (rows, samples) = measured();
    let found = worst("own", "other", &rows, &samples, Figure::Cpu);
    assert_eq!(found, Some((2.0, "a".into())));
    assert_eq!(worst("nobody", "other", &rows, &samples, Figure::Cpu), None);
}

#[test]
fn a_target_is_met_or_missed_or_not_measured() {
    let (rows, mut samples) = measured();
    samples.add_instructions("b", "own", 90.0);
    samples.add_instructions("b", "other", 100.0);
    let list = "reference = \"other\"\nagain = \"other\"\njudged = [\"own\"]\n\
                [[rival]]\nname = \"own\"\nbinary = \"o\"\nabout = \"\"\n\
                [[rival]]\nname = \"other\"\nbinary = \"o\"\nabout = \"\"\n";
    let target = |figure: &str, of: &str, at_most: f64| {
        format!(
            "[[target]]\nfigure = \"{figure}\"\nof = \"{of}\"\nagainst = \"other\"\n\
             at_most = {at_most:.2}\n"
        )
    };
    let text = list.to_owned()
        + &target("cpu", "suite", 0.8)
        + &target("cpu", "worst", 1.15)
        + &target("instructions", "b", 1.0)
        + &target("cpu", "real", 1.0);
    let list = parse(&text).expect("the list parses");
    let table = targets::table(&list.targets, &["own"], &rows, &samples);
    for line in [
        "| processor time, mean of suite | other | 0.80 | 0.71 |",
        "| processor time, worst row | other | 1.15 | **missed**: 2.00 (a) |",
        "| instructions, b | other | 1.00 | 0.90 |",
        "| processor time, mean of real | other | 1.00 | not measured |",
    ] {
        assert!(table.contains(line), "{line} in {table}");
    }
}

#[test]
fn the_tables_show_ratios_spread_and_faults() {
    let (rows, mut samples) = measured();
    samples.add("a", "broken", Err("it ended with signal 11".into()));
    for more in [30.0, 0.0, 10.0] {
        samples.add("a", "again", Ok(sample(10.0 + more)));
    }
    let columns = Columns {
        reference: "other",
        again: "again",
        rivals: &["other", "again", "own", "broken", "absent"],
    };
    let text = table::figure(columns, &rows, &samples, Figure::Cpu);
    let line = "| a | 10.0 / 15.0 ns | 1.00 ±17 % | 2.00 / 1.67 | failed | – |";
    assert!(text.contains(line), "{text}");
    let text = table::figure(columns, &rows, &samples, Figure::Memory);
    assert!(text.contains("| a | 1.00 / 1.00 MiB |"), "{text}");
    let text = table::means(columns, &rows, &samples);
    assert!(
        text.contains("| `own` | 2.00 | 0.71 | 1.00 | 1.00 |"),
        "{text}"
    );
    samples.add_instructions("b", "own", 90.0);
    samples.add_instructions("b", "other", 100.0);
    let text = table::instructions(columns, &rows, &samples);
    assert!(text.contains("| b | 100 | 0.90 | – | – |"), "{text}");
    samples.add("b", "broken", Ok(sample(1.0)));
    samples.add_instructions("b", "other", 2e6);
    samples.add_uncounted("b", "broken");
    samples.add_uncounted("c", "broken");
    let text = table::instructions(columns, &rows, &samples);
    assert!(
        text.contains("| b | 2.00 million | 0.00 | failed | – |"),
        "{text}"
    );
    let faults = samples
        .faults
        .iter()
        .filter(|(place, _)| place.contains("callgrind"));
    assert_eq!(faults.count(), 1);
    assert!(!text.contains("| a |"), "{text}");
}

#[test]
fn output_of_a_run_is_parsed_or_refused() {
    let sample = parse_sample("1000 25000 4096\n").expect("the line is whole");
    assert_eq!((sample.cpu_ns, sample.peak_resident_bytes), (25.0, 4096.0));
    for broken in ["", "1000 25000", "a b c", "1 2 3 4", "0 1 2"] {
        assert_eq!(parse_sample(broken), None, "{broken:?}");
    }
    assert_eq!(
        parse_total("events: Ir\nsummary: 9\ntotals: 1234\n"),
        Some(1234)
    );
    assert_eq!(parse_total("events: Ir\n"), None);
}
