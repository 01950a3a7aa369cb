//! A log as JSON, schema `gclog/1`.
//!
//! Units are in the names: `_s` seconds, `_bytes` bytes; shares are 0 to 1. What the log cannot
//! say is null. Within version 1 fields are added, never removed or redefined.

use std::collections::BTreeMap;

use serde::Serialize;
use tenure_model::timeline::advice::Advice;
use tenure_model::timeline::{Distribution, Group, Lines, Runtime, Space, Sum, Tally, Timeline};

/// The schema that [`json`] writes.
pub const SCHEMA: &str = "gclog/1";

/// The log as indented JSON with a line end.
pub fn json(log: &Timeline, advice: &[Advice]) -> String {
    let document = Document::of(log, advice);
    // Strings, numbers and lists of them always have a JSON form.
    let mut json = serde_json::to_string_pretty(&document).unwrap_or_default();
    json.push('\n');
    json
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    tenure: &'static str,
    runtime: Option<&'static str>,
    collector: &'static str,
    runtime_version: Option<&'a str>,
    runtime_flags: Option<&'a str>,
    processors: Option<u64>,
    heap_max_bytes: Option<u64>,
    runs: u32,
    first_unix_ns: Option<i64>,
    last_unix_ns: Option<i64>,
    span_s: Option<f64>,
    throughput: Option<f64>,
    throughput_from_first_pause: Option<f64>,
    pauses: GroupJson<'a>,
    stops: GroupJson<'a>,
    stop_reach: Durations,
    stalls: GroupJson<'a>,
    concurrent: GroupJson<'a>,
    cycles: GroupJson<'a>,
    phases: BTreeMap<&'a str, SumJson>,
    mutator_utilisation: Vec<WindowJson>,
    mutator_utilisation_told: Option<f64>,
    allocation_rate_bytes_per_s: Option<f64>,
    promotion_rate_bytes_per_s: Option<f64>,
    live_set_bytes: Option<u64>,
    live_set_source: Option<&'static str>,
    leak_slope: Option<SlopeJson>,
    gc_cpu_share: Option<f64>,
    cpu_parallelism: Option<f64>,
    cpu_system_share: Option<f64>,
    cycle_headroom: Option<f64>,
    spaces: BTreeMap<&'static str, SpaceJson>,
    incidents: BTreeMap<&'static str, SeenJson>,
    remarks: Vec<RemarkJson>,
    what_if: WhatIfJson,
    lines: LinesJson<'a>,
    advice: Vec<AdviceJson<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn of(log: &'a Timeline, advice: &'a [Advice]) -> Self {
        Self {
            tenure: SCHEMA,
            runtime: log.runtime.map(|runtime| runtime.name()),
            collector: log.collector().name(),
            runtime_version: log.about.version.as_deref(),
            runtime_flags: log.about.flags.as_deref(),
            processors: log.about.processors,
            heap_max_bytes: log.heap_max_bytes(),
            runs: log.runs,
            first_unix_ns: log.unix_ns.map(|(first, _)| first),
            last_unix_ns: log.unix_ns.map(|(_, last)| last),
            span_s: log.span_ns.map(seconds),
            throughput: log.throughput,
            throughput_from_first_pause: log.throughput_from_first_pause,
            pauses: GroupJson::of(&log.pauses),
            stops: GroupJson::of(&log.stops),
            stop_reach: Durations::of(log.reach.count(), &log.reach),
            stalls: GroupJson::of(&log.stalls),
            concurrent: GroupJson::of(&log.concurrent),
            cycles: GroupJson::of(&log.cycles),
            phases: log
                .phases
                .iter()
                .map(|(name, sum)| (name.as_str(), SumJson::of(sum)))
                .collect(),
            mutator_utilisation: log.utilisation.iter().map(WindowJson::of).collect(),
            mutator_utilisation_told: log.utilisation_told,
            allocation_rate_bytes_per_s: log.allocation_bytes_per_s,
            promotion_rate_bytes_per_s: log.promotion_bytes_per_s,
            live_set_bytes: log.live.map(|live| live.bytes),
            live_set_source: log.live.map(|live| live.source.name()),
            leak_slope: log.slope.as_ref().map(SlopeJson::of),
            gc_cpu_share: log.cpu_share,
            cpu_parallelism: log.parallelism.map(|cpu| cpu.factor),
            cpu_system_share: log.parallelism.map(|cpu| cpu.system_share),
            cycle_headroom: log.headroom,
            spaces: spaces(log),
            incidents: log
                .marks
                .iter()
                .map(|(name, seen)| (*name, SeenJson::of(seen)))
                .collect(),
            remarks: log.remarks.iter().map(RemarkJson::of).collect(),
            what_if: WhatIfJson {
                young: log.young_fit.as_ref().map(FitJson::of),
                whole_heap: log.whole_fit.as_ref().map(FitJson::of),
            },
            lines: LinesJson::of(&log.lines),
            advice: advice
                .iter()
                .map(|one| AdviceJson::of(one, log.runtime.map_or("", Runtime::product)))
                .collect(),
        }
    }
}

fn spaces(log: &Timeline) -> BTreeMap<&'static str, SpaceJson> {
    let space = |(space, peak): (&Space, &tenure_model::timeline::Peak)| {
        let json = SpaceJson {
            used_max_bytes: peak.used,
            after_max_bytes: peak.after,
            after_last_bytes: peak.after_last,
            capacity_max_bytes: Some(peak.capacity).filter(|bytes| *bytes > 0),
        };
        (space.name(), json)
    };
    log.peaks.iter().map(space).collect()
}

pub(super) fn seconds(time_ns: u64) -> f64 {
    time_ns as f64 / 1e9
}

#[derive(Serialize)]
struct GroupJson<'a> {
    #[serde(flatten)]
    all: Durations,
    by_kind: BTreeMap<&'static str, Durations>,
    by_cause: BTreeMap<&'a str, SumJson>,
}

impl<'a> GroupJson<'a> {
    fn of(group: &'a Group) -> Self {
        let kinds = group.by_kind.iter();
        Self {
            all: Durations::of_tally(&group.all),
            by_kind: kinds
                .map(|(kind, tally)| (kind.name(), Durations::of_tally(tally)))
                .collect(),
            by_cause: group
                .by_cause
                .iter()
                .map(|(cause, sum)| (cause.as_str(), SumJson::of(sum)))
                .collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Durations {
    count: u64,
    total_s: f64,
    mean_s: Option<f64>,
    max_s: Option<f64>,
    p50_s: Option<f64>,
    p90_s: Option<f64>,
    p95_s: Option<f64>,
    p99_s: Option<f64>,
    p999_s: Option<f64>,
    p99_firm: bool,
    p999_firm: bool,
}

impl Durations {
    fn of_tally(tally: &Tally) -> Self {
        Self::of(tally.count, &tally.durations)
    }

    fn of(count: u64, values: &Distribution) -> Self {
        let at = |share| values.quantile(share).map(seconds);
        Self {
            count,
            total_s: seconds(values.total_ns()),
            mean_s: values.mean_ns().map(|mean_ns| mean_ns / 1e9),
            max_s: values.max_ns().map(seconds),
            p50_s: at(0.5),
            p90_s: at(0.9),
            p95_s: at(0.95),
            p99_s: at(0.99),
            p999_s: at(0.999),
            p99_firm: values.is_firm(0.99),
            p999_firm: values.is_firm(0.999),
        }
    }
}

#[derive(Serialize)]
struct SumJson {
    count: u64,
    total_s: f64,
    max_s: f64,
}

impl SumJson {
    fn of(sum: &Sum) -> Self {
        Self {
            count: sum.count,
            total_s: seconds(sum.total_ns),
            max_s: seconds(sum.max_ns),
        }
    }
}

#[derive(Serialize)]
struct WindowJson {
    window_s: f64,
    share_min: Option<f64>,
}

impl WindowJson {
    fn of((width_ns, share_min): &(u64, Option<f64>)) -> Self {
        Self {
            window_s: seconds(*width_ns),
            share_min: *share_min,
        }
    }
}

#[derive(Serialize)]
struct SlopeJson {
    bytes_per_s: f64,
    low_bytes_per_s: f64,
    high_bytes_per_s: f64,
    confidence: f64,
    points: usize,
    grows: bool,
}

impl SlopeJson {
    fn of(slope: &tenure_model::timeline::Slope) -> Self {
        Self {
            bytes_per_s: slope.bytes_per_s,
            low_bytes_per_s: slope.interval.0,
            high_bytes_per_s: slope.interval.1,
            confidence: slope.confidence,
            points: slope.points,
            grows: slope.is_growth(),
        }
    }
}

#[derive(Serialize)]
struct SpaceJson {
    used_max_bytes: u64,
    after_max_bytes: u64,
    after_last_bytes: u64,
    capacity_max_bytes: Option<u64>,
}

#[derive(Serialize)]
struct SeenJson {
    count: u64,
    first_line: u64,
    last_line: u64,
}

impl SeenJson {
    fn of(seen: &tenure_model::timeline::Account) -> Self {
        Self {
            count: seen.count,
            first_line: seen.first_line,
            last_line: seen.last_line,
        }
    }
}

#[derive(Serialize)]
struct RemarkJson {
    text: &'static str,
    #[serde(flatten)]
    seen: SeenJson,
}

impl RemarkJson {
    fn of(
        (remark, seen): (
            &tenure_model::timeline::Remark,
            &tenure_model::timeline::Account,
        ),
    ) -> Self {
        Self {
            text: remark.sentence(),
            seen: SeenJson::of(seen),
        }
    }
}

#[derive(Serialize)]
struct WhatIfJson {
    young: Option<FitJson>,
    whole_heap: Option<FitJson>,
}

#[derive(Serialize)]
struct FitJson {
    interval_s: f64,
    allocated_bytes: u64,
    allocation_rate_bytes_per_s: f64,
    interval_twice_s: f64,
    model_error: f64,
    intervals: usize,
    collector_share: Option<f64>,
    collector_share_twice: Option<f64>,
    collector_share_of: Option<&'static str>,
    collector_share_error: Option<f64>,
    collector_cost_s: Option<f64>,
    collector_apart_s: Option<f64>,
}

impl FitJson {
    fn of(fit: &tenure_model::timeline::Fit) -> Self {
        let twice = fit.bytes.saturating_mul(2);
        let of = |share: tenure_model::timeline::FitShare| match share.is_of_processors {
            true => "processors",
            false => "time",
        };
        Self {
            interval_s: fit.interval_s,
            allocated_bytes: fit.bytes,
            allocation_rate_bytes_per_s: fit.bytes_per_s,
            interval_twice_s: fit.interval_with(twice),
            model_error: fit.error,
            intervals: fit.intervals,
            collector_share: fit.share.map(|share| share.share),
            collector_share_twice: fit.share_with(twice),
            collector_share_of: fit.share.map(of),
            collector_share_error: fit.share.map(|share| share.error),
            collector_cost_s: fit.share.map(|share| share.cost_s),
            collector_apart_s: fit.share.map(|share| share.apart_s),
        }
    }
}

#[derive(Serialize)]
struct LinesJson<'a> {
    total: u64,
    classified: u64,
    unclassified: u64,
    events: u64,
    details: u64,
    headers: u64,
    others: u64,
    blank: u64,
    unclassified_first: Vec<LineJson<'a>>,
}

#[derive(Serialize)]
struct LineJson<'a> {
    line: u64,
    text: &'a str,
}

impl<'a> LinesJson<'a> {
    fn of(lines: &'a Lines) -> Self {
        let shown = lines.shown.iter();
        Self {
            total: lines.total,
            classified: lines.classified(),
            unclassified: lines.unclassified,
            events: lines.events,
            details: lines.details,
            headers: lines.headers,
            others: lines.others,
            blank: lines.blank,
            unclassified_first: shown
                .map(|(line, text)| LineJson { line: *line, text })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct AdviceJson<'a> {
    id: &'static str,
    weight: &'static str,
    title: &'static str,
    evidence: &'a str,
    evidence_lines: &'a [u64],
    remedies: Vec<RemedyJson>,
    effect: &'static str,
    source: &'static str,
}

#[derive(Serialize)]
struct RemedyJson {
    what: &'static str,
    versions: String,
}

impl<'a> AdviceJson<'a> {
    fn of(advice: &'a Advice, product: &str) -> Self {
        let remedies = advice.remedies.iter();
        Self {
            id: advice.rule.id,
            weight: advice.rule.weight.name(),
            title: advice.rule.title,
            evidence: &advice.evidence.text,
            evidence_lines: &advice.evidence.lines,
            remedies: remedies
                .map(|one| RemedyJson {
                    what: one.what,
                    versions: one.versions(product),
                })
                .collect(),
            effect: advice.rule.effect,
            source: advice.rule.source,
        }
    }
}
