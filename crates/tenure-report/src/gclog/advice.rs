//! Advice as text: what is the matter, why, what to change.

use tenure_model::timeline::advice::{Advice, Weight};
use tenure_model::timeline::{Fit, FitShare, Timeline};

use super::text::{percent, time};
use crate::quantity::bytes;
use crate::style::{Style, Tone};

/// Error of the model beyond which it forecasts nothing.
const ERROR_MAX: f64 = 0.5;
/// Pieces of advice that a brief summary shows.
const BRIEF_MAX: usize = 5;

/// The advice, `all` of it or the first five.
///
/// `product` is what versions are counted of.
pub(super) fn advice(advice: &[Advice], product: &str, all: bool, style: Style) -> String {
    let mut text = String::new();
    let shown = if all { advice.len() } else { BRIEF_MAX };
    for one in advice.iter().take(shown) {
        let tone = match one.rule.weight {
            Weight::Grave => Tone::Bad,
            Weight::Warning => Tone::Figure,
            Weight::Hint => Tone::Quiet,
        };
        let weight = style.paint(tone, one.rule.weight.name());
        text.push_str(&fill(
            &format!("{weight}: {}", one.rule.title),
            "  ",
            "    ",
            style,
        ));
        let lines = lines_of(&one.evidence.lines);
        text.push_str(&fill(
            &format!("seen: {}{lines}", one.evidence.text),
            "    ",
            "      ",
            style,
        ));
        for remedy in &one.remedies {
            let versions = match remedy.versions(product).as_str() {
                "all versions" => String::new(),
                versions => format!("  ({versions})"),
            };
            text.push_str(&fill(
                &format!("try:  {}{versions}", remedy.what),
                "    ",
                "      ",
                style,
            ));
        }
        let effect = format!("then: {}", one.rule.effect);
        text.push_str(&fill(&effect, "    ", "      ", style));
        let source = style.paint(Tone::Quiet, &format!("from: {}", one.rule.source));
        text.push_str(&fill(&source, "    ", "      ", style));
    }
    if advice.len() > shown {
        let more = advice.len() - shown;
        text.push_str(&format!("  {more} more with --all or --json\n"));
    }
    text
}

fn lines_of(lines: &[u64]) -> String {
    let mut shown: Vec<_> = lines.to_vec();
    shown.dedup();
    match shown.as_slice() {
        [] => String::new(),
        [only] => format!("; line {only}"),
        several => {
            let several: Vec<_> = several.iter().map(u64::to_string).collect();
            format!("; lines {}", several.join(", "))
        }
    }
}

/// What-if lines: the model fitted to the log, with its error.
pub(super) fn what_if(log: &Timeline) -> Vec<String> {
    let fits = [(log.young_fit, "young"), (log.whole_fit, "whole-heap")];
    let told = fits
        .into_iter()
        .filter_map(|(fit, what)| Some((fit?, what)));
    told.map(|(fit, what)| what_if_line(&fit, what)).collect()
}

fn what_if_line(fit: &Fit, what: &str) -> String {
    let twice = fit.bytes.saturating_mul(2);
    let told = fit.share.filter(|share| share.error <= ERROR_MAX);
    let of = |share: FitShare| match share.is_of_processors {
        true => "of CPU",
        false => "of the time",
    };
    let now = told.map_or(String::new(), |share| {
        format!(", {} {}", percent(share.share), of(share))
    });
    let then = told
        .zip(fit.share_with(twice))
        .map_or(String::new(), |(share, then)| {
            format!(" and {} {}", percent(then), of(share))
        });
    let off = told.map_or(String::new(), |share| {
        format!(", shares by {:.0} %,", share.error * 100.0)
    });
    let known = format!(
        "one {what} collection each {} for {} allocated between{now}",
        time(fit.interval_s),
        bytes(fit.bytes),
    );
    if fit.error > ERROR_MAX {
        return format!(
            "{known}; no forecast, as the model is off by {:.0} % on the {} intervals of this log",
            fit.error * 100.0,
            fit.intervals,
        );
    }
    format!(
        "{known}; with room for {} one each {}{then} (model: intervals off by {:.0} %{off} over \
         {} of this log)",
        bytes(twice),
        time(fit.interval_with(twice)),
        fit.error * 100.0,
        fit.intervals,
    )
}

/// `text` filled to the width, the first line behind `first`, the others behind `next`.
pub(super) fn fill(text: &str, first: &str, next: &str, style: Style) -> String {
    let mut filled = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split(' ') {
        let used = shown_columns(&line) + 1 + shown_columns(word);
        if !is_empty && used > style.width {
            filled.push_str(line.trim_end());
            filled.push('\n');
            line = next.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    filled.push_str(line.trim_end());
    filled.push('\n');
    filled
}

/// Columns of a text without its colours.
fn shown_columns(text: &str) -> usize {
    let mut columns = 0;
    let mut in_code = false;
    for character in text.chars() {
        match character {
            '\x1b' => in_code = true,
            'm' if in_code => in_code = false,
            _ if in_code => {}
            _ => columns += 1,
        }
    }
    columns
}
