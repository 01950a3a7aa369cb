//! Advice as text: what is the matter, why, what to change.

use tenure_model::timeline::Timeline;
use tenure_model::timeline::advice::{Advice, Weight};

use crate::style::{Style, Tone};

/// Pieces of advice that a brief summary shows.
const BRIEF_MAX: usize = 5;

/// The advice, `all` of it or the first five.
pub(super) fn advice(advice: &[Advice], all: bool, style: Style) -> String {
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
            let versions = match remedy.versions().as_str() {
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
    let mut lines = Vec::new();
    for (fit, what) in [(log.young_fit, "young"), (log.whole_fit, "whole-heap")] {
        let Some(fit) = fit else { continue };
        let twice = fit.bytes.saturating_mul(2);
        lines.push(format!(
            "one {what} collection each {} for {} allocated between; with room for {} one each \
             {} (model off by {:.0} % on the {} intervals of this log)",
            super::text::time(fit.interval_s),
            crate::quantity::bytes(fit.bytes),
            crate::quantity::bytes(twice),
            super::text::time(fit.interval_with(twice)),
            fit.error * 100.0,
            fit.intervals,
        ));
    }
    lines
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
