//! Dates as each generation writes them, and the clock of the run that begins at the first.

use tenure_model::timeline::{Sink, Stamp};

use crate::gclog::cursor::Cursor;
use crate::gclog::stamp;

/// Names of the months, as C writes them.
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// The clock of a run whose log has dates alone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    first_unix_ns: Option<i64>,
    /// The time last told, on the run's clock.
    pub(super) now_ns: Option<u64>,
}

impl Clock {
    /// Takes a date; tells the sink, and gives the time on the run's clock.
    pub(super) fn tick(&mut self, text: &[u8], sink: &mut dyn Sink) -> Option<u64> {
        let unix_ns = date(text)?;
        let first_unix_ns = *self.first_unix_ns.get_or_insert(unix_ns);
        let run_ns = u64::try_from(unix_ns.saturating_sub(first_unix_ns)).unwrap_or(0);
        self.now_ns = Some(run_ns);
        sink.stamp(Stamp {
            run_ns,
            unix_ns: Some(unix_ns),
            heap: 0,
        });
        Some(run_ns)
    }
}

/// A date in any of the ways, in nanoseconds since 1970.
fn date(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    stamp::date(&mut Cursor::new(text))
        .or_else(|| of_c(text))
        .or_else(|| of_slashes(text))
}

/// `Tue May 28 21:35:05 2002`, or without the day of the week.
fn of_c(text: &[u8]) -> Option<i64> {
    let mut parts = text
        .split(|byte| *byte == b' ')
        .filter(|part| !part.is_empty());
    let mut part = parts.next()?;
    let month = loop {
        if let Some(index) = MONTHS.iter().position(|month| *month == part) {
            break index as u64 + 1;
        }
        if part.len() != 3 || !part[0].is_ascii_alphabetic() {
            return None;
        }
        part = parts.next()?;
    };
    let day = number(parts.next()?)?;
    let time = parts.next()?;
    let year = number(parts.next()?)?;
    of_parts(year, month, day, time)
}

/// `14/02/08 05:10:58`: day, month, year.
fn of_slashes(text: &[u8]) -> Option<i64> {
    let mut cursor = Cursor::new(text);
    let day = cursor.integer()?;
    let month = cursor.eat(b"/").then(|| cursor.integer())??;
    let year = cursor.eat(b"/").then(|| cursor.integer())??;
    let year = if year < 100 { year + 2000 } else { year };
    cursor.eat(b" ").then_some(())?;
    of_parts(year, month, day, cursor.rest())
}

fn number(text: &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(text);
    cursor.integer().filter(|_| cursor.at_end())
}

/// By way of the one form that `stamp` reads.
fn of_parts(year: u64, month: u64, day: u64, time: &[u8]) -> Option<i64> {
    if year > 9999 || month > 12 || day > 31 || time.len() > 12 {
        return None;
    }
    let time = std::str::from_utf8(time).ok()?;
    let iso = format!("{year:04}-{month:02}-{day:02}T{time}");
    stamp::date(&mut Cursor::new(iso.as_bytes()))
}
