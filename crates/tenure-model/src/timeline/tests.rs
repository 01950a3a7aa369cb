//! Labels, kinds, sizes and the account of lines.

use super::*;

#[test]
fn a_label_is_cut_at_a_character() {
    let long = "é".repeat(80);
    let label = Label::from(long.as_str());
    assert_eq!(label.as_str(), "é".repeat(31));
    assert_eq!(Label::new(b"a\xffb\tc").as_str(), "a?b?c");
    assert!(Label::new(b"  ").is_empty());
}

#[test]
fn the_names_of_kinds_differ() {
    for (index, kind) in Kind::ALL.iter().enumerate() {
        let same = Kind::ALL
            .iter()
            .position(|other| other.name() == kind.name());
        assert_eq!(same, Some(index), "{}", kind.name());
    }
}

#[test]
fn spaces_are_kept_apart() {
    let mut sizes = Sizes::default();
    for (index, space) in Space::ALL.into_iter().enumerate() {
        sizes.set(space, Change::new(index as u64 + 1, 0, None));
    }
    for (index, space) in Space::ALL.into_iter().enumerate() {
        assert_eq!(sizes.get(space).freed(), Some(index as u64 + 1));
    }
}

#[test]
fn every_line_is_in_one_class() {
    let mut lines = Lines::default();
    let classes = [
        LineClass::Event,
        LineClass::Detail,
        LineClass::Header,
        LineClass::Other,
        LineClass::Blank,
        LineClass::Unclassified,
    ];
    for (index, class) in classes.into_iter().enumerate() {
        lines.count(index as u64 + 1, class, b"text");
    }
    assert_eq!(lines.total, 6);
    assert_eq!(lines.classified(), 5);
    assert_eq!(lines.shown, [(6, "text".to_owned())]);
}

#[test]
fn a_cleared_event_is_a_new_one() {
    let mut event = Event::new(Class::Stop, Kind::Safepoint);
    event.marks.set(Mark::Torn);
    event.phase("reach".into(), 5);
    event.clear(Class::Pause, Kind::Full);
    assert_eq!(event, Event::new(Class::Pause, Kind::Full));
}

fn distribution(values: impl IntoIterator<Item = u64>) -> Distribution {
    let mut all = Distribution::default();
    values.into_iter().for_each(|value| all.add(value));
    all.settle();
    all
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    let all = distribution((1..=100).rev());
    for (share, expected) in [(0.5, 50), (0.9, 90), (0.99, 99), (0.999, 100), (0.001, 1)] {
        assert_eq!(all.quantile(share), Some(expected), "{share}");
    }
    assert_eq!((all.total_ns(), all.count()), (5050, 100));
    assert!(all.is_firm(0.99) && !all.is_firm(0.999));
    assert_eq!(Distribution::default().quantile(0.5), None);
}

#[test]
fn a_distribution_is_bounded_and_its_error_is_known() {
    let step = 1_000_003;
    let all = distribution((0..200_000_u64).map(|index| index * step));
    assert!(all.values().len() <= 1 << 15);
    let exact = (199_999 / 2) * step;
    let shown = all.quantile(0.5).expect("there are values");
    assert!(
        shown <= exact && exact - shown <= all.grain_ns(),
        "{shown} {exact}"
    );
    assert_eq!(all.max_ns(), Some(199_999 * step));
}

/// The worst window by trying each start on a grid.
fn worst_by_trying(pauses: &[(u64, u64)], width: u64, span: u64) -> u64 {
    let inside = |from: u64| {
        let overlap =
            |(start, end): &(u64, u64)| (*end).min(from + width).saturating_sub((*start).max(from));
        pauses.iter().map(overlap).sum::<u64>()
    };
    (0..=span.saturating_sub(width))
        .map(inside)
        .max()
        .unwrap_or(0)
}

#[test]
fn the_worst_window_is_found() {
    let mut seed = 12_345_u64;
    let mut random = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for _ in 0..200 {
        let mut pauses = Vec::new();
        let mut at = 60;
        for _ in 0..random(12) + 1 {
            let (gap, length) = (random(40) + 1, random(30) + 1);
            pauses.push((at + gap, at + gap + length));
            at += gap + length;
        }
        let span = at + 60;
        let widths = [1, 7, 20, 50];
        let mut found = Utilisation::new(&widths);
        pauses
            .iter()
            .for_each(|(start, end)| found.add(*start, *end));
        for (width, share) in found.minima(span) {
            let worst = worst_by_trying(&pauses, width, span);
            let expected = 1.0 - worst as f64 / width as f64;
            let share = share.expect("the log is wider");
            assert!(
                (share - expected).abs() < 1e-9,
                "{width} {pauses:?} {share} {expected}"
            );
        }
    }
}

#[test]
fn a_slope_withstands_outliers_and_noise_is_none() {
    let second = 1_000_000_000_u64;
    let grows = |index: u64| {
        (
            index * second,
            1_000_000 + index * 5_000 + (index % 7) * 300,
        )
    };
    let mut points: Vec<_> = (0..40).map(grows).collect();
    points[17].1 = 90_000_000;
    let slope = Slope::through(&points).expect("there are points");
    assert!((slope.bytes_per_s - 5_000.0).abs() < 100.0, "{slope:?}");
    assert!(slope.is_growth());
    let noise: Vec<_> = (0..40)
        .map(|index| (index * second, (index * 7_919) % 97))
        .collect();
    let slope = Slope::through(&noise).expect("there are points");
    assert!(!slope.is_growth(), "{slope:?}");
    assert_eq!(Slope::through(&points[..5]), None);
}

/// A log of pauses with these durations, one each second.
fn log_of(durations_ns: &[u64]) -> Timeline {
    let mut recorder = Recorder::new();
    for (index, duration_ns) in durations_ns.iter().enumerate() {
        let at_ns = index as u64 * 1_000_000_000;
        recorder.stamp(Stamp {
            run_ns: at_ns,
            ..Stamp::default()
        });
        let mut event = Event::new(Class::Pause, Kind::Young);
        event.start_ns = Some(at_ns);
        event.duration_ns = Some(*duration_ns);
        recorder.event(&event);
    }
    recorder.finish(None, Lines::default())
}

#[test]
fn gates_hold_and_fail() {
    let log = log_of(&[10_000_000; 200]);
    let holds = |gate: &str| gate.parse::<Gate>().expect(gate).judge(&log).holds;
    assert!(holds("p99>50ms") && !holds("p99>5ms"));
    assert!(holds("throughput<95%") && !holds("throughput<99.9%"));
    assert!(holds("max>10ms") && !holds("count>199") && holds("full>0"));
    assert!(
        !holds("live>1GiB"),
        "what the log does not tell proves nothing"
    );
    for wrong in [
        "p99",
        "p99>",
        "p99>50",
        "p101>5ms",
        "speed>5ms",
        "p99:10ms",
        "max>-1ms",
    ] {
        assert!(wrong.parse::<Gate>().is_err(), "{wrong}");
    }
}

/// Durations that look like a log's: most short, some long.
fn drawn(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    let unit = (*seed >> 11) as f64 / (1_u64 << 53) as f64;
    (1e6 * (1.0 - unit).powf(-0.4) * (1.0 + unit)) as u64
}

#[test]
fn a_planted_regression_fails_and_halves_of_one_log_do_not() {
    let gate: Gate = "p99:+10%".parse().expect("a gate");
    let mut seed = 88_172_645_463_325_252;
    let mut alarms = 0;
    let mut misses = 0;
    for _ in 0..100 {
        let first: Vec<_> = (0..2000).map(|_| drawn(&mut seed)).collect();
        let second: Vec<_> = (0..2000).map(|_| drawn(&mut seed)).collect();
        let slower: Vec<_> = second.iter().map(|one| one * 2).collect();
        let first = log_of(&first);
        alarms += usize::from(!gate.judge_change(&first, &log_of(&second)).holds);
        misses += usize::from(gate.judge_change(&first, &log_of(&slower)).holds);
    }
    assert!(alarms <= 5, "{alarms} false alarms in 100");
    assert!(misses <= 5, "{misses} regressions of 100 missed");
}

#[test]
fn ranks_tell_longer_from_equal() {
    let (low, high) = (distribution(1..=500), distribution(101..=600));
    let test = RankTest::of(&low, &high).expect("both have values");
    // Pairs in which the second is longer: 1 − 400²/(2·500²) but for ties.
    assert!((test.chance_longer - 0.68).abs() < 0.001, "{test:?}");
    assert!(test.p_value < 1e-6);
    let same = RankTest::of(&low, &low).expect("both have values");
    assert!(
        (same.chance_longer - 0.5).abs() < 1e-9 && same.p_value > 0.9,
        "{same:?}"
    );
}

#[test]
fn shares_stay_shares_whatever_the_log_says() {
    let mut recorder = Recorder::new();
    recorder.fact(Fact::Processors(1));
    for (at_ns, duration_ns) in [
        (0, 10),
        (5, 100),
        (7, u64::MAX),
        (u64::MAX, u64::MAX),
        (3, 3),
    ] {
        recorder.stamp(Stamp {
            run_ns: at_ns,
            ..Stamp::default()
        });
        for class in [Class::Pause, Class::Stop, Class::Stall, Class::Cycle] {
            let mut event = Event::new(class, Kind::Young);
            event.start_ns = Some(at_ns);
            event.duration_ns = Some(duration_ns);
            event.cpu = Some(Cpu {
                user_ns: u64::MAX,
                system_ns: u64::MAX,
                real_ns: duration_ns,
            });
            event.cpu_share = Some(7.0);
            event
                .sizes
                .set(Space::Heap, Change::new(u64::MAX, 0, Some(1)));
            event
                .sizes
                .set(Space::Young, Change::new(0, u64::MAX, Some(1)));
            recorder.event(&event);
        }
    }
    let log = recorder.finish(None, Lines::default());
    let shares = [
        log.throughput,
        log.throughput_from_first_pause,
        log.cpu_share,
    ];
    let windows = log.utilisation.iter().map(|(_, share)| *share);
    for share in shares.into_iter().chain(windows).flatten() {
        assert!((0.0..=1.0).contains(&share), "{share}");
    }
    assert!(log.promotion_bytes_per_s.is_none_or(|rate| rate >= 0.0));
}

#[test]
fn a_header_with_a_clock_that_goes_on_begins_no_run() {
    let mut recorder = Recorder::new();
    for (at_s, header) in [
        (100, true),
        (200, false),
        (201, true),
        (300, false),
        (1, true),
        (9, false),
    ] {
        if header {
            recorder.fact(Fact::NewRun);
        }
        recorder.stamp(Stamp {
            run_ns: at_s * 1_000_000_000,
            ..Stamp::default()
        });
    }
    let log = recorder.finish(None, Lines::default());
    assert_eq!((log.runs, log.span_ns), (2, Some(208_000_000_000)));
}

/// A log of cycles each second that take half of it, with the heap at 100 and 20 MiB around each.
fn log_of_cycles(collector: Collector) -> Timeline {
    let mut recorder = Recorder::new();
    recorder.fact(Fact::Collector(collector));
    for index in 0..20 {
        let start_ns = index * 1_000_000_000;
        let stamp = |run_ns| Stamp {
            run_ns,
            ..Stamp::default()
        };
        recorder.stamp(stamp(start_ns));
        let mut event = Event::new(Class::Cycle, Kind::Cycle);
        event.start_ns = Some(start_ns);
        event.duration_ns = Some(500_000_000);
        let heap = Change::new(100 << 20, 20 << 20, None);
        event.sizes.set(Space::Heap, heap);
        recorder.stamp(stamp(start_ns + 500_000_000));
        recorder.event(&event);
    }
    recorder.finish(None, Lines::default())
}

#[test]
fn shenandoah_tells_what_is_used_at_the_end_of_its_cycle() {
    let rate = |collector| {
        let log = log_of_cycles(collector);
        log.allocation_bytes_per_s.expect("a rate") / f64::from(1 << 20)
    };
    assert_eq!(rate(Collector::Shenandoah).round(), 80.0);
    assert_eq!(rate(Collector::Z).round(), 160.0);
}

#[test]
fn young_collections_alone_tell_no_leak() {
    let mut recorder = Recorder::new();
    for index in 0..400_u64 {
        let mut event = Event::new(Class::Pause, Kind::Young);
        event.start_ns = Some(index * 10_000_000_000);
        let heap = Change::new((index + 50) << 20, (index + 1) << 20, None);
        event.sizes.set(Space::Heap, heap);
        recorder.event(&event);
    }
    let log = recorder.finish(None, Lines::default());
    assert!(
        log.live
            .is_some_and(|live| live.source == LiveSource::Lowest)
    );
    assert_eq!(log.slope, None);
}

#[test]
fn an_excerpt_or_a_log_without_pauses_tells_no_throughput() {
    let log = |pauses: u64, gap_ns: u64| {
        let mut recorder = Recorder::new();
        let mut at_ns = 0;
        recorder.stamp(Stamp::default());
        for _ in 0..pauses {
            let mut event = Event::new(Class::Pause, Kind::Full);
            (event.start_ns, event.duration_ns) = (Some(at_ns), Some(1_000_000_000));
            recorder.event(&event);
            at_ns += 1_000_000_000 + gap_ns;
        }
        recorder.stamp(Stamp {
            run_ns: at_ns + 1,
            ..Stamp::default()
        });
        recorder.finish(None, Lines::default())
    };
    let (alone, none) = (log(1, 0), log(0, 0));
    for log in [alone, none] {
        assert!(log.span_ns.is_some() && log.throughput.is_none());
        assert_eq!(log.throughput_from_first_pause, None);
        assert!(log.utilisation.iter().all(|(_, share)| share.is_none()));
    }
    let half = log(2, 1_000_000_000).throughput.expect("it is told");
    assert!((half - 0.5).abs() < 1e-6);
    assert!(log(5, 0).throughput.is_some_and(|share| share < 1e-6));
}

/// A log of ZGC whose cycles follow upon each other, with what each says was allocated.
fn log_of_busy_cycles(allocated: Option<u64>) -> Timeline {
    let mut recorder = Recorder::new();
    recorder.fact(Fact::Collector(Collector::GenerationalZ));
    for index in 0..20 {
        let mut event = Event::new(Class::Cycle, Kind::MinorCycle);
        event.start_ns = Some(index * 100_000_000);
        event.duration_ns = Some(100_000_000);
        event.allocated = allocated;
        let heap = Change::new(100 << 20, 100 << 20, None);
        event.sizes.set(Space::Heap, heap);
        recorder.event(&event);
    }
    recorder.finish(None, Lines::default())
}

#[test]
fn what_is_allocated_beside_cycles_counts_where_it_is_told() {
    let rate = log_of_busy_cycles(Some(50 << 20)).allocation_bytes_per_s;
    assert_eq!(rate.map(|rate| rate as u64 >> 20), Some(500));
    assert_eq!(log_of_busy_cycles(None).allocation_bytes_per_s, None);
}

#[test]
fn go_tells_what_is_allocated_beside_its_cycle() {
    let mut recorder = Recorder::new();
    recorder.fact(Fact::Collector(Collector::Go));
    for index in 0..20 {
        let mut event = Event::new(Class::Cycle, Kind::Cycle);
        event.start_ns = Some(index * 1_000_000_000);
        event.duration_ns = Some(500_000_000);
        event.live = Some(10 << 20);
        let heap = Change::new(20 << 20, 25 << 20, None);
        event.sizes.set(Space::Heap, heap);
        recorder.event(&event);
    }
    let log = recorder.finish(Some(Runtime::Go), Lines::default());
    let rate = log.allocation_bytes_per_s;
    assert_eq!(rate.map(|rate| rate as u64 >> 20), Some(15));
}

/// Bytes per second that are promoted, and whether a negative promotion is remarked, of a log with
/// two young collections a second apart.
fn promoted(young: [(u64, u64); 2], heap: [(u64, u64); 2]) -> (f64, bool) {
    let mut recorder = Recorder::new();
    for (index, (young, heap)) in young.into_iter().zip(heap).enumerate() {
        let mut event = Event::new(Class::Pause, Kind::Young);
        event.start_ns = Some(index as u64 * 1_000_000_000);
        event
            .sizes
            .set(Space::Young, Change::new(young.0, young.1, None));
        event
            .sizes
            .set(Space::Heap, Change::new(heap.0, heap.1, None));
        recorder.event(&event);
    }
    let log = recorder.finish(None, Lines::default());
    let is_remarked = log.remarks.contains_key(&Remark::NegativePromotion);
    (
        log.promotion_bytes_per_s.expect("both are told"),
        is_remarked,
    )
}

#[test]
fn rounding_makes_no_promotion_and_a_grown_heap_no_negative_one() {
    let mib = |count: u64| count << 20;
    // Freed 15 and 16 of 16 MiB in the young generation, 16 and 15 in the heap: only rounded.
    let young = [(mib(16), mib(1)), (mib(16), mib(0))];
    let heap = [(mib(40), mib(24)), (mib(40), mib(25))];
    assert_eq!(promoted(young, heap), (0.0, false));
    let (young, heap) = ([(1000, 500); 2], [(5000, 4000); 2]);
    assert_eq!(promoted(young, heap), (0.0, true));
}

#[test]
fn the_model_forecasts_a_log_that_follows_it() {
    let interval = |bytes: u64| Interval {
        duration_ns: bytes,
        bytes,
        period_ns: bytes + 1_000_000,
        cost_ns: 1_000_000,
        cpu_ns: 0,
    };
    let intervals: Vec<_> = (1..=20)
        .map(|index| interval(9_000_000 + index % 3))
        .collect();
    let fit = Fit::to(&intervals, Some(2)).expect("there are intervals");
    assert!(fit.error < 0.01 && (fit.bytes_per_s - 1e9).abs() < 1e3);
    let share = fit.share.expect("durations are told");
    assert!(!share.is_of_processors && share.error < 0.01);
    assert!((share.share - 0.1).abs() < 1e-3);
    let twice = fit.share_with(2 * fit.bytes).expect("durations are told");
    assert!((twice - 1.0 / 19.0).abs() < 1e-3, "{twice}");
    assert_eq!(Fit::to(&intervals[..7], None), None);
}
