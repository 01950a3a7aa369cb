//! A log as text for people.
//!
//! # Shape
//!
//! A title, the figures one a line, the heap after each collection as a curve, the pauses by
//! kind as a table and as a histogram, causes, what the log itself has to be told of, advice.

use std::time::Duration;

use tenure_model::timeline::advice::Advice;
use tenure_model::timeline::{Distribution, Group, Runtime, Space, Timeline};

use super::advice as counsel;
use super::spark::spark;
use crate::bar::bar;
use crate::quantity::{bytes, count, counted, span};
use crate::style::{Style, Tone};
use crate::term::{self, Term};
use crate::visible::{cut, visible};

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Five pieces of advice, eight causes.
    Brief,
    /// All.
    Full,
}

const LABEL_COLUMNS: usize = 15;
const FIGURE_COLUMNS: usize = 12;
/// Upper bounds of the histogram's bins: three for each power of ten from 10 µs to 30 s.
const BINS_NS: [u64; 19] = [
    10_000,
    30_000,
    100_000,
    300_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
    5_000_000_000,
    10_000_000_000,
    30_000_000_000,
    100_000_000_000,
];

/// The log as text; every line ends with a line end. `name` is the file's.
pub fn text(log: &Timeline, name: &str, advice: &[Advice], style: Style, detail: Detail) -> String {
    let mut text = title(log, name, style);
    text.push('\n');
    for (term, figure, gloss) in figures(log) {
        text.push_str(&row(&term, &figure, &gloss, style));
    }
    text.push_str(&curve(log, style));
    let groups = [
        ("pauses", &log.pauses),
        ("stops", &log.stops),
        ("stalls", &log.stalls),
        ("concurrent", &log.concurrent),
        ("cycles", &log.cycles),
    ];
    for (name, group) in groups {
        if !group.is_empty() {
            text.push('\n');
            text.push_str(&table(name, group, style));
        }
    }
    text.push_str(&histogram(&log.pauses.all.durations, style));
    text.push_str(&causes(log, style, detail));
    text.push_str(&notes(log, style));
    if !advice.is_empty() {
        text.push_str(&heading("advice", style));
        let product = log.runtime.map_or("", Runtime::product);
        let is_all = detail == Detail::Full;
        text.push_str(&counsel::advice(advice, product, is_all, style));
    }
    text
}

/// The log in one line, for one that is still being written.
pub fn line(log: &Timeline) -> String {
    let pauses = &log.pauses.all.durations;
    let or_none = |value: Option<u64>| value.map_or_else(|| "n/a".to_owned(), time_ns);
    format!(
        "{} pauses, p99 {}, longest {}, throughput {}, heap {}, {} lines\n",
        count(log.pauses.all.count),
        or_none(pauses.quantile(0.99)),
        or_none(pauses.max_ns()),
        log.throughput.map_or_else(|| "n/a".to_owned(), percent),
        bytes(log.peak(Space::Heap).after_last),
        count(log.lines.total),
    )
}

/// A time in seconds, to three digits.
pub(super) fn time(seconds: f64) -> String {
    span(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

fn time_ns(time_ns: u64) -> String {
    span(Duration::from_nanos(time_ns))
}

/// A share as a percentage, with enough digits to tell 99.9 from 100.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 100.0 && percent > 99.9 {
        return format!("{:.3} %", (percent * 1000.0).floor() / 1000.0);
    }
    format!("{percent:.1} %")
}

fn title(log: &Timeline, name: &str, style: Style) -> String {
    let runtime = match log.runtime {
        // The version says which.
        Some(Runtime::JavaLegacy | Runtime::JavaUnified) if log.about.version.is_some() => "Java",
        Some(runtime) => runtime.title(),
        None => "no log",
    };
    let version = log
        .about
        .version
        .as_deref()
        .map(|version| format!(" {version}"));
    let version = cut(&visible(&version.unwrap_or_default()), 24);
    let collector = match log.collector().name() {
        "unknown" => String::new(),
        same if same == runtime => String::new(),
        collector => format!(", {collector}"),
    };
    let about = format!("{runtime}{version}{collector}");
    let room = style
        .width
        .saturating_sub(about.chars().count() + 12)
        .max(8);
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = cut(&visible(name), room);
    let used = 3 + name.chars().count() + 4 + about.chars().count() + 1;
    let fill = "━".repeat(style.width.saturating_sub(used).max(2));
    format!("━━ {} ━━ {about} {fill}\n", style.paint(Tone::Title, &name))
}

type Row = (Term, String, String);

fn figures(log: &Timeline) -> Vec<Row> {
    let none = || "n/a".to_owned();
    let pauses = &log.pauses.all.durations;
    let at = |share| pauses.quantile(share).map_or_else(none, time_ns);
    let soft = |share, text: &str| match pauses.is_firm(share) {
        true => text.to_owned(),
        false => format!(
            "{text}; of {} only",
            counted(pauses.count(), "pause", "pauses")
        ),
    };
    let mut rows = vec![
        (
            term::GC_SPAN,
            log.span_ns.map_or_else(none, time_ns),
            runs(log),
        ),
        (
            term::GC_THROUGHPUT,
            log.throughput.map_or_else(none, percent),
            log.throughput_from_first_pause
                .map_or(String::new(), |share| {
                    format!("{} from the first pause", percent(share))
                }),
        ),
        (
            term::GC_PAUSES,
            count(log.pauses.all.count),
            format!("{} in all", time_ns(pauses.total_ns())),
        ),
        (term::GC_P50, at(0.5), mean(pauses)),
        (
            term::GC_P99,
            at(0.99),
            soft(0.99, &format!("p99.9 {}", at(0.999))),
        ),
        (
            term::GC_MAX,
            pauses.max_ns().map_or_else(none, time_ns),
            format!("line {}", log.pauses.all.longest_line),
        ),
        (
            term::GC_UTILISATION,
            utilisation(log, 100),
            curve_of_utilisation(log),
        ),
        (
            term::GC_ALLOCATION,
            log.allocation_bytes_per_s
                .map_or_else(none, |rate| format!("{}/s", bytes(rate as u64))),
            promotion(log),
        ),
        (
            term::GC_LIVE,
            log.live.map_or_else(none, |live| bytes(live.bytes)),
            log.live.map_or(String::new(), |live| {
                format!(
                    "{}, from {}",
                    counted(live.samples as u64, "value", "values"),
                    live.source.name()
                )
            }),
        ),
    ];
    rows.extend(optional(log));
    rows
}

fn optional(log: &Timeline) -> Vec<Row> {
    let slope = log.slope.map(|slope| {
        let per_hour = (slope.bytes_per_s.abs() * 3600.0) as u64;
        let sign = if slope.bytes_per_s < 0.0 { "−" } else { "+" };
        let word = match slope.interval {
            _ if slope.is_growth() => "grows",
            (_, high) if high < 0.0 => "falls",
            _ => "no sure growth",
        };
        let gloss = format!(
            "per hour; {word}, confidence {:.0} %",
            slope.confidence * 100.0
        );
        (term::GC_SLOPE, format!("{sign}{}", bytes(per_hour)), gloss)
    });
    let cpu = log
        .cpu_share
        .map(|share| (term::GC_CPU, percent(share), String::new()));
    let parallel = log.parallelism.map(|cpu| {
        let gloss = format!(
            "processors busy in pauses, {} in the kernel",
            percent(cpu.system_share)
        );
        (term::GC_PARALLELISM, format!("{:.1}", cpu.factor), gloss)
    });
    let headroom = log.headroom.map(|ratio| {
        let gloss = "× what is allocated during a cycle, at its start".to_owned();
        let ratio = match ratio {
            100.0.. => "> 100".to_owned(),
            ratio => format!("{ratio:.1}"),
        };
        (term::GC_HEADROOM, ratio, gloss)
    });
    [slope, cpu, parallel, headroom]
        .into_iter()
        .flatten()
        .collect()
}

fn runs(log: &Timeline) -> String {
    match log.runs {
        1 => counted(log.lines.total, "line", "lines"),
        runs => format!("{runs} runs, {}", counted(log.lines.total, "line", "lines")),
    }
}

fn mean(pauses: &Distribution) -> String {
    pauses.mean_ns().map_or(String::new(), |mean_ns| {
        format!("mean {}", time(mean_ns / 1e9))
    })
}

fn promotion(log: &Timeline) -> String {
    log.promotion_bytes_per_s.map_or(String::new(), |rate| {
        format!("{}/s promoted", bytes(rate as u64))
    })
}

fn utilisation(log: &Timeline, window_ms: u64) -> String {
    let share = log.utilisation_in(window_ms * 1_000_000);
    share.map_or_else(|| "n/a".to_owned(), percent)
}

fn curve_of_utilisation(log: &Timeline) -> String {
    let (short, long) = (utilisation(log, 10), utilisation(log, 1000));
    if log.utilisation_in(10_000_000).is_none() {
        return String::new();
    }
    format!("worst of 100 ms; 10 ms: {short}, 1 s: {long}")
}

fn row(term: &Term, figure: &str, gloss: &str, style: Style) -> String {
    let figure = format!("{figure:>FIGURE_COLUMNS$}");
    let mut line = format!(
        "  {:<LABEL_COLUMNS$}{}",
        term.label,
        style.paint(Tone::Figure, &figure)
    );
    let used = 2 + LABEL_COLUMNS + FIGURE_COLUMNS + 3;
    if style.width > used + 20 && !gloss.is_empty() {
        let gloss = cut(gloss, style.width - used);
        line.push_str("   ");
        line.push_str(&style.paint(Tone::Quiet, &gloss));
    }
    line.push('\n');
    line
}

fn heading(name: &str, style: Style) -> String {
    format!("\n  {}\n", style.paint(Tone::Title, name))
}

/// The heap after each collection.
fn curve(log: &Timeline, style: Style) -> String {
    let after: Vec<_> = log.heap_points.iter().map(|point| point.after).collect();
    let curve = spark(&after, style.width.saturating_sub(4));
    if curve.is_empty() || after.len() < 2 {
        return String::new();
    }
    let peak = log.peak(Space::Heap);
    let most = after.iter().max().copied().unwrap_or(0);
    let limit = match log.heap_max_bytes() {
        Some(max) => format!(", of {}", bytes(max)),
        None => String::new(),
    };
    let note = format!(
        "0 to {}; highest before a collection {}{limit}",
        bytes(most),
        bytes(peak.used)
    );
    let heading = heading("heap after each collection", style);
    let curve = style.paint(Tone::Bar, &curve);
    let note = counsel::fill(&style.paint(Tone::Quiet, &note), "  ", "  ", style);
    format!("{heading}  {curve}\n{note}")
}

fn table(name: &str, group: &Group, style: Style) -> String {
    let names = style.width.saturating_sub(53).clamp(8, 26);
    let head = format!(
        "  {:<names$}{:>9}{:>11}{:>10}{:>10}{:>10}",
        name, "count", "total", "mean", "p99", "max"
    );
    let mut text = style.paint(Tone::Quiet, head.trim_end());
    text.push('\n');
    let mut kinds: Vec<_> = group.by_kind.iter().collect();
    kinds.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.durations.total_ns()));
    for (kind, tally) in kinds {
        let values = &tally.durations;
        let or_none = |value: Option<u64>| value.map_or_else(|| "n/a".to_owned(), time_ns);
        let total = if values.count() == 0 {
            "n/a".to_owned()
        } else {
            time_ns(values.total_ns())
        };
        text.push_str(&format!(
            "  {:<names$}{:>9}{total:>11}{:>10}{:>10}{:>10}\n",
            cut(plain_name(kind.name(), name), names),
            count(tally.count),
            or_none(values.mean_ns().map(|mean_ns| mean_ns as u64)),
            or_none(values.quantile(0.99)),
            or_none(values.max_ns()),
        ));
    }
    text
}

/// The name of a kind in the table `table`, whose title need not be said again.
fn plain_name<'a>(kind: &'a str, table: &str) -> &'a str {
    match table {
        "concurrent" => kind.strip_prefix("concurrent ").unwrap_or(kind),
        _ => kind,
    }
}

fn histogram(pauses: &Distribution, style: Style) -> String {
    let bins = pauses.bins(&BINS_NS);
    let used = |count: &u64| *count > 0;
    let (Some(first), Some(last)) = (bins.iter().position(used), bins.iter().rposition(used))
    else {
        return String::new();
    };
    let mut text = heading("pauses by duration", style);
    let most = bins.iter().copied().max().unwrap_or(0);
    let cells = style.width.saturating_sub(32).clamp(8, 50);
    for (bin, number) in bins.iter().enumerate().take(last + 1).skip(first) {
        let label = match BINS_NS.get(bin) {
            Some(bound) => format!("< {}", short(*bound)),
            None => format!("≥ {}", short(BINS_NS[BINS_NS.len() - 1])),
        };
        let bar = style.paint(Tone::Bar, &bar(*number, most, cells));
        text.push_str(format!("  {label:>9} {:>9}  {bar}", count(*number)).trim_end());
        text.push('\n');
    }
    text
}

/// A round time without decimals.
fn short(time_ns: u64) -> String {
    match time_ns {
        0..1_000_000 => format!("{} µs", time_ns / 1000),
        1_000_000..1_000_000_000 => format!("{} ms", time_ns / 1_000_000),
        _ => format!("{} s", time_ns / 1_000_000_000),
    }
}

fn causes(log: &Timeline, style: Style, detail: Detail) -> String {
    let group = if log.pauses.by_cause.is_empty() {
        &log.cycles
    } else {
        &log.pauses
    };
    if group.by_cause.is_empty() {
        return String::new();
    }
    let mut causes: Vec<_> = group.by_cause.iter().collect();
    causes.sort_by_key(|(_, sum)| {
        (
            std::cmp::Reverse(sum.total_ns),
            std::cmp::Reverse(sum.count),
        )
    });
    let shown = if detail == Detail::Full {
        causes.len()
    } else {
        8
    };
    let names = style.width.saturating_sub(24).clamp(8, 44);
    let mut text = heading("causes", style);
    for (cause, sum) in causes.into_iter().take(shown) {
        text.push_str(&format!(
            "  {:<names$}{:>9}{:>11}\n",
            cut(cause.as_str(), names - 1),
            count(sum.count),
            time_ns(sum.total_ns)
        ));
    }
    text
}

/// What the reader should know of the log itself, and the what-if lines.
fn notes(log: &Timeline, style: Style) -> String {
    let mut text = String::new();
    let what_if = counsel::what_if(log);
    if !what_if.is_empty() {
        text.push_str(&heading("what if", style));
        for line in what_if {
            text.push_str(&counsel::fill(&line, "  ", "    ", style));
        }
    }
    let lines = &log.lines;
    if log.remarks.is_empty() && lines.unclassified == 0 {
        return text;
    }
    text.push_str(&heading("of the log itself", style));
    for (remark, seen) in &log.remarks {
        let times = if seen.count == 1 {
            String::new()
        } else {
            format!(", {} times", count(seen.count))
        };
        let note = format!("{}{times}; line {}", remark.sentence(), seen.first_line);
        text.push_str(&counsel::fill(&note, "  ", "    ", style));
    }
    if lines.unclassified > 0 {
        text.push_str(&format!(
            "  {} of {} lines not recognised, such as\n",
            count(lines.unclassified),
            count(lines.total)
        ));
        for (number, shown) in lines.shown.iter().take(3) {
            let shown = cut(&visible(shown), style.width.saturating_sub(16));
            text.push_str(&format!(
                "  {number:>9}: {}\n",
                style.paint(Tone::Quiet, &shown)
            ));
        }
    }
    text
}
