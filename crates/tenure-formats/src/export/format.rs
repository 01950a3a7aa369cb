//! The formats, by name, and the choice among them.

use super::{Sheet, dhat, firefox, folded, heaptrack, jeprof, massif, pprof, speedscope};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt;
use std::io::{self, Write};

/// A format of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `profile.proto`, gzipped: `go tool pprof`, Speedscope, Grafana, Polar Signals.
    Pprof,
    /// A line for each stack: `flamegraph.pl`, inferno, Speedscope.
    Folded,
    /// `massif.out`: `ms_print`, massif-visualizer.
    Massif,
    /// heaptrack's text, version 3: `heaptrack_print`, `heaptrack_gui`.
    Heaptrack,
    /// DHAT's JSON, version 2: `dh_view.html` of valgrind.
    Dhat,
    /// Speedscope's JSON: `speedscope`, <https://www.speedscope.app>.
    Speedscope,
    /// The processed profile of the Firefox Profiler: <https://profiler.firefox.com>.
    Firefox,
    /// jemalloc's `heap_v2` text: `jeprof`.
    Jeprof,
}

/// The figure of a site that a format with one figure shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum By {
    /// Bytes live at the end.
    #[default]
    Live,
    /// Bytes live at the peak.
    Peak,
    /// Bytes requested over the whole run.
    Allocated,
    /// Allocations.
    Count,
}

/// Why a profile cannot be written in a format, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub(super) String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Pprof,
        Self::Folded,
        Self::Massif,
        Self::Heaptrack,
        Self::Dhat,
        Self::Speedscope,
        Self::Firefox,
        Self::Jeprof,
    ];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pprof => "pprof",
            Self::Folded => "folded",
            Self::Massif => "massif",
            Self::Heaptrack => "heaptrack",
            Self::Dhat => "dhat",
            Self::Speedscope => "speedscope",
            Self::Firefox => "firefox",
            Self::Jeprof => "jeprof",
        }
    }

    /// The program that reads it, and how.
    pub fn reader(self) -> &'static str {
        match self {
            Self::Pprof => "go tool pprof FILE",
            Self::Folded => "flamegraph.pl FILE > FLAMES.svg",
            Self::Massif => "ms_print FILE",
            Self::Heaptrack => "heaptrack_print FILE",
            Self::Dhat => "dh_view.html of valgrind",
            Self::Speedscope => "speedscope FILE",
            Self::Firefox => "https://profiler.firefox.com",
            Self::Jeprof => "jeprof PROGRAM FILE",
        }
    }

    /// Whether the bytes are text.
    pub fn is_text(self) -> bool {
        self != Self::Pprof
    }

    /// The figures that one can choose from; empty where the format has all it can hold.
    pub fn choices(self) -> &'static [By] {
        match self {
            Self::Folded | Self::Speedscope => &By::ALL,
            Self::Pprof => &[By::Live, By::Allocated, By::Count],
            _ => &[],
        }
    }
}

impl By {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Live, Self::Peak, Self::Allocated, Self::Count];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Peak => "peak",
            Self::Allocated => "allocated",
            Self::Count => "count",
        }
    }
}

/// Writes `sheet` into `sink`; gives what the format had no place for, one sentence each.
///
/// `by` is the figure that a format with one shows; of those with several the one shown first.
///
/// # Errors
///
/// A [`Refusal`] where the sheet has nothing for this format, else what the sink says.
pub fn write(
    sheet: &Sheet,
    format: Format,
    by: Option<By>,
    sink: &mut dyn Write,
) -> Result<Vec<String>, ExportError> {
    refuse(sheet, format, by)?;
    let by = by.unwrap_or_default();
    let mut notes = match format {
        Format::Pprof => pprof::write(sheet, by, sink)?,
        Format::Folded => folded::write(sheet, by, sink)?,
        Format::Massif => massif::write(sheet, sink)?,
        Format::Heaptrack => heaptrack::write(sheet, sink)?,
        Format::Dhat => dhat::write(sheet, sink)?,
        Format::Speedscope => speedscope::write(sheet, by, sink)?,
        Format::Firefox => firefox::write(sheet, sink)?,
        Format::Jeprof => jeprof::write(sheet, sink)?,
    };
    if sheet.is_estimated {
        notes.push("the figures are estimates from samples; their intervals are left out".into());
    }
    Ok(notes)
}

/// As [`write()`], gzipped; pprof, which always is, is not gzipped twice.
///
/// # Errors
///
/// Those of [`write()`].
pub fn write_gzipped(
    sheet: &Sheet,
    format: Format,
    by: Option<By>,
    sink: &mut dyn Write,
) -> Result<Vec<String>, ExportError> {
    if format == Format::Pprof {
        return write(sheet, format, by, sink);
    }
    let mut packed = GzEncoder::new(sink, Compression::default());
    let notes = write(sheet, format, by, &mut packed)?;
    packed.finish()?;
    Ok(notes)
}

/// Why nothing was written.
#[derive(Debug)]
pub enum ExportError {
    /// The profile has nothing for the format.
    Refused(Refusal),
    /// The sink did not take it.
    Sink(io::Error),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Sink(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<Refusal> for ExportError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::Sink(error)
    }
}

fn refuse(sheet: &Sheet, format: Format, by: Option<By>) -> Result<(), Refusal> {
    let word = format.word();
    if sheet.rows.is_empty() {
        return Err(Refusal(
            "the record has no call stacks; record again with `tenure run --sample` or `--every`"
                .into(),
        ));
    }
    let choices = format.choices();
    let Some(by) = by.filter(|by| !choices.contains(by)) else {
        return Ok(());
    };
    let by = by.word();
    Err(Refusal(match choices {
        [] => format!("{word} takes no `--by {by}`: it holds every figure that it has a place for"),
        _ => {
            let words: Vec<_> = choices.iter().map(|choice| choice.word()).collect();
            let words = words.join("|");
            format!("{word} has no place for the figure of `--by {by}`; choose --by {words}")
        }
    }))
}
