//! The size classes with the most bytes, as a bar chart.

use super::Detail;
use crate::bar::bar;
use crate::quantity::{bytes, count, exact_bytes};
use crate::style::{Style, Tone};
use crate::term;
use std::cmp::Reverse;
use tenure_model::profile::Class;
use tenure_model::unit::saturating_sum;

/// How many size classes a brief chart shows.
const BRIEF_CLASSES: usize = 10;
const SIZE_COLUMNS: usize = 12;
const REQUESTED_COLUMNS: usize = 11;
const ALLOCATIONS_COLUMNS: usize = 15;
const LIVE_COLUMNS: usize = 11;
/// A bar shorter than this says nothing.
const BAR_CELLS_MIN: usize = 6;

/// A chart of `classes`, which are in ascending order and not empty.
pub(super) fn classes(classes: &[Class], style: Style, detail: Detail) -> String {
    let columns = Columns::fitting(style.width);
    let mut largest: Vec<&Class> = classes.iter().collect();
    largest.sort_by_key(|class| Reverse(class.requested_bytes));
    let rest = match detail {
        Detail::Brief => largest.split_off(largest.len().min(BRIEF_CLASSES)),
        Detail::Full => Vec::new(),
    };
    if detail == Detail::Full {
        largest = classes.iter().collect();
    }
    let whole = largest
        .iter()
        .map(|class| class.requested_bytes)
        .max()
        .unwrap_or(0);
    let heads = [
        term::CLASSES.label,
        term::REQUESTED.label,
        term::ALLOCATIONS.label,
        term::CLASS_LIVE.label,
    ];
    let mut chart = style.paint(
        Tone::Quiet,
        columns.line(heads, "", Style::PLAIN).trim_end(),
    );
    chart.push('\n');
    for class in &largest {
        let bar = bar(class.requested_bytes, whole, columns.bar_cells);
        chart.push_str(&columns.row(&size(class), std::slice::from_ref(class), &bar, style));
    }
    if !rest.is_empty() {
        chart.push_str(&columns.row(&format!("{} others", rest.len()), &rest, "", style));
    }
    chart
}

fn size(class: &Class) -> String {
    let size = exact_bytes(class.usable_bytes);
    match (class.huge, class.usable_bytes) {
        (true, u64::MAX) => "larger".to_owned(),
        (true, _) => format!("≤ {size}"),
        (false, _) => size,
    }
}

/// Which columns fit.
struct Columns {
    bar_cells: usize,
    live: bool,
}

impl Columns {
    fn fitting(width: usize) -> Self {
        let without_live = SIZE_COLUMNS + 2 + REQUESTED_COLUMNS + ALLOCATIONS_COLUMNS;
        let cells = |columns: usize| width.saturating_sub(columns);
        if cells(without_live + LIVE_COLUMNS) >= BAR_CELLS_MIN {
            return Self {
                bar_cells: cells(without_live + LIVE_COLUMNS),
                live: true,
            };
        }
        let bar_cells = match cells(without_live) {
            few if few < BAR_CELLS_MIN => 0,
            cells => cells,
        };
        Self {
            bar_cells,
            live: false,
        }
    }

    /// A line for the sum of `classes`.
    fn row(&self, size: &str, classes: &[&Class], bar: &str, style: Style) -> String {
        let sum = |of: fn(&Class) -> u64| saturating_sum(classes.iter().map(|class| of(class)));
        let requested = bytes(sum(|class| class.requested_bytes));
        let allocations = count(sum(|class| class.allocations));
        let live = bytes(sum(|class| class.live_bytes));
        self.line([size, &requested, &allocations, &live], bar, style)
    }

    fn line(&self, texts: [&str; 4], bar: &str, style: Style) -> String {
        let [size, requested, allocations, live] = texts;
        let cells = self.bar_cells;
        let bar = style.paint(Tone::Bar, &format!("{bar:<cells$}"));
        let mut line = format!(
            "{size:>SIZE_COLUMNS$}  {bar}{requested:>REQUESTED_COLUMNS$}\
             {allocations:>ALLOCATIONS_COLUMNS$}"
        );
        if self.live {
            line.push_str(&format!("{live:>LIVE_COLUMNS$}"));
        }
        line.push('\n');
        line
    }
}
