//! The table is whole, and rules hold only where their evidence is.

use super::*;
use crate::timeline::{Class, Event, Fact, Lines, Recorder, Sink, Stamp};

#[test]
fn there_are_sixty_rules_and_more_with_all_their_parts() {
    let all: Vec<_> = rules().collect();
    assert!(all.len() >= 60, "{} rules", all.len());
    for rule in &all {
        let same = all.iter().filter(|other| other.id == rule.id).count();
        assert_eq!(same, 1, "{}", rule.id);
        assert!(rule.title.ends_with('.'), "{}", rule.id);
        assert!(!rule.remedies.is_empty(), "{}", rule.id);
        assert!(
            !rule.effect.is_empty() && !rule.source.is_empty(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn no_rule_holds_for_an_empty_log() {
    let log = Recorder::new().finish(None, Lines::default());
    let held: Vec<_> = advise(&log, None)
        .into_iter()
        .map(|one| one.rule.id)
        .collect();
    assert_eq!(held, Vec::<&str>::new());
}

fn log_of(collector: Collector, version: &str) -> Recorder {
    let mut recorder = Recorder::new();
    recorder.fact(Fact::Version(version.to_owned()));
    recorder.fact(Fact::Collector(collector));
    recorder.stamp(Stamp::default());
    let mut full = Event::new(Class::Pause, Kind::Full);
    full.start_ns = Some(1_000_000_000);
    full.duration_ns = Some(3_000_000_000);
    full.line = 7;
    recorder.event(&full);
    recorder.stamp(Stamp {
        run_ns: 10_000_000_000,
        ..Stamp::default()
    });
    recorder
}

#[test]
fn a_full_collection_of_g1_is_grave_and_names_its_line() {
    let recorder = log_of(Collector::G1, "17.0.1");
    let log = recorder.finish(Some(Runtime::JavaUnified), Lines::default());
    let all = advise(&log, None);
    let full = all
        .iter()
        .find(|one| one.rule.id == "g1-full")
        .expect("the rule holds");
    assert_eq!(full.evidence.lines, [7, 7]);
    assert_eq!(
        full.evidence.text,
        "1 × full, 3.00 s in all, the longest 3.00 s"
    );
    assert!(
        all.windows(2)
            .all(|pair| pair[0].rule.weight >= pair[1].rule.weight)
    );
}

#[test]
fn flags_that_the_version_does_not_know_are_left_out() {
    let remedies = |version: &str| {
        let log = log_of(Collector::ParNew, version);
        let log = log.finish(Some(Runtime::JavaLegacy), Lines::default());
        let all = advise(&log, Some(Goal::Latency));
        let long = all
            .into_iter()
            .find(|one| one.rule.id == "parallel-pauses-long");
        long.expect("the rule holds").remedies.len()
    };
    assert_eq!(remedies("1.8.0_171"), 1);
    // Without a version the form of the log tells: no JDK after 8 writes this one.
    assert_eq!(remedies(""), 1);
    assert_eq!(remedies("17.0.1"), 2);
}

#[test]
fn advice_for_one_collector_is_not_given_to_another() {
    let held = |collector| {
        let mut recorder = log_of(collector, "1.8.0_402");
        let mut failed = Event::new(Class::Pause, Kind::Young);
        failed.marks.set(crate::timeline::Mark::PromotionFailed);
        recorder.event(&failed);
        let log = recorder.finish(Some(Runtime::JavaLegacy), Lines::default());
        let all = advise(&log, None);
        all.iter().any(|one| one.rule.id == "cms-promotion-failed")
    };
    assert!(held(Collector::Cms) && !held(Collector::Parallel));
}

#[test]
fn versions_are_told_with_their_product() {
    let words = |remedy: Remedy, product: &str| remedy.versions(product);
    assert_eq!(words(always("a"), "JDK"), "all versions");
    assert_eq!(words(since_minor("a", 1, 19), "Go"), "Go 1.19 and later");
    assert_eq!(words(until("a", 7), "JDK"), "up to JDK 7");
    assert_eq!(words(within("a", 8, 13), "JDK"), "JDK 8 to 13");
    assert_eq!(words(within("a", 8, 8), "JDK"), "JDK 8");
    let version = |major| Version { major, minor: 0 };
    let exists = |major| within("a", 8, 13).exists_in(version(major));
    assert!(!exists(7) && exists(8) && exists(13) && !exists(14));
    let python = until_minor("a", 3, 9);
    assert!(!python.exists_in(Version {
        major: 3,
        minor: 10
    }));
}

/// A flag of the command line belongs to versions; what is said in words may be of all.
#[test]
fn flags_of_collectors_say_since_when_they_are_there() {
    const OF_ALL: [&str; 7] = [
        "-XX:+DisableExplicitGC",
        "-XX:ReservedCodeCacheSize",
        "-XX:SurvivorRatio",
        "-XX:MaxTenuringThreshold",
        "-XX:NewRatio",
        "-XX:+SafepointTimeout",
        "-XX:+AlwaysPreTouch",
    ];
    for remedy in rules().flat_map(|rule| rule.remedies) {
        let is_flag = remedy.what.contains("-XX:");
        let is_of_all = OF_ALL.iter().any(|flag| remedy.what.contains(flag));
        let has_range = remedy.since.is_some() || remedy.until.is_some();
        assert!(!is_flag || is_of_all || has_range, "{}", remedy.what);
    }
}
