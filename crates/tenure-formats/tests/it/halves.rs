//! Two halves of one log raise no alarm, whatever the log.

use tenure_model::timeline::{Class, Event, Gate, Kind, Lines, Recorder, Sink, Timeline};

use crate::census::{collected_logs, contents, read};

/// Pauses of the logs that are split: of fewer, a hundredth is next to nothing.
const PAUSES_MIN: usize = 1000;
/// Splits of each log, and how many of them may raise an alarm.
const SPLITS: u64 = 100;
const ALARMS_MAX: u64 = 5;
/// Of as many splits with a second half three times as slow, how many must be seen: in a log with
/// a few long pauses among thousands of short ones, chance moves the p99 as far.
const SEEN_MIN: u64 = 20;

/// Durations on two sides by chance; those of the second `slower` times as long.
fn split(durations_ns: &[u64], seed: u64, slower: u64) -> [Timeline; 2] {
    let mut halves = [Recorder::new(), Recorder::new()];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for duration_ns in durations_ns {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let side = (state >> 40) as usize % 2;
        let mut event = Event::new(Class::Pause, Kind::Young);
        event.duration_ns = Some(duration_ns * [1, slower][side]);
        halves[side].event(&event);
    }
    halves.map(|half| half.finish(None, Lines::default()))
}

/// How many of the splits the gate takes for a change.
fn alarms(durations_ns: &[u64], slower: u64) -> u64 {
    let gate: Gate = "p99:+10%".parse().expect("a gate");
    let is_alarm = |seed: &u64| {
        let [first, second] = split(durations_ns, *seed, slower);
        !gate.judge_change(&first, &second).holds
    };
    (1..=SPLITS).filter(is_alarm).count() as u64
}

#[test]
fn halves_of_one_log_raise_no_alarm() {
    let (mut logs, mut worst) = (0, 0);
    for path in collected_logs() {
        let (recorder, _) = read(&contents(&path));
        let pauses = recorder
            .events
            .iter()
            .filter(|event| event.class == Class::Pause);
        let durations_ns: Vec<u64> = pauses.filter_map(|pause| pause.duration_ns).collect();
        if durations_ns.len() < PAUSES_MIN {
            continue;
        }
        let found = alarms(&durations_ns, 1);
        assert!(found <= ALARMS_MAX, "{}: {found} alarms", path.display());
        let seen = alarms(&durations_ns, 3);
        assert!(seen >= SEEN_MIN, "{}: {seen} seen", path.display());
        println!(
            "{}: {found} alarms, {seen} of regressions seen",
            path.display()
        );
        (logs, worst) = (logs + 1, worst.max(found));
    }
    if logs == 0 {
        println!("skipped: ../shared/data/gclogs is absent");
    }
    println!("{logs} logs; at most {worst} alarms in {SPLITS} splits");
}
