//! What stands before a line: dates, names and streams.
//!
//! # Shape
//!
//! ```text
//! 2026-11-24T00:35:34.123456789Z stdout F text        containerd, CRI-O
//! 2026-11-24T00:35:34.123456789Z text                 docker logs -t, kubectl logs --timestamps
//! web-1  | text                                       docker compose
//! [pod/web-5d7f/app] text                             kubectl logs --prefix
//! Nov 24 00:35:34 host java[123]: text                journald, syslog
//! 2026-11-24T00:35:34+0000 host java[123]: text       journalctl -o short-iso
//! <34>1 2026-11-24T00:35:34.000Z host app 12 id - text  syslog, RFC 5424
//! ```

use crate::gclog::cursor::Cursor;
use crate::gclog::stamp;

/// Bytes of the longest name of a host, service or pod.
const NAME_MAX: usize = 128;

/// One kind of prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    /// A date, a stream and whether the line is full or partial.
    Stream,
    /// A host and a program behind a date.
    Host,
    /// Syslog with its number and structured data.
    Syslog,
    /// A service.
    Service,
    /// A pod and its container.
    Pod,
    /// A date alone.
    Date,
}

/// In the order in which they are tried: what says more comes first.
const ALL: [Prefix; 6] = [
    Prefix::Stream,
    Prefix::Host,
    Prefix::Syslog,
    Prefix::Service,
    Prefix::Pod,
    Prefix::Date,
];

impl Prefix {
    /// The prefix of a line and what follows it.
    pub(super) fn find(line: &[u8]) -> Option<(Self, &[u8])> {
        ALL.into_iter()
            .find_map(|prefix| Some((prefix, prefix.strip(line)?)))
    }

    /// What follows the prefix; `None` if the line has none of this kind.
    pub(super) fn strip(self, line: &[u8]) -> Option<&[u8]> {
        let mut cursor = Cursor::new(line);
        match self {
            Self::Stream => stream(&mut cursor)?,
            Self::Host => host(&mut cursor)?,
            Self::Syslog => syslog(&mut cursor)?,
            Self::Service => service(&mut cursor)?,
            Self::Pod => pod(&mut cursor)?,
            Self::Date => date(&mut cursor)?,
        }
        Some(cursor.rest())
    }
}

/// `2026-11-24T00:35:34.123456789Z stdout F `
fn stream(cursor: &mut Cursor<'_>) -> Option<()> {
    date(cursor)?;
    let is_stream = cursor.eat(b"stdout ") || cursor.eat(b"stderr ");
    (is_stream && (cursor.eat(b"F ") || cursor.eat(b"P "))).then_some(())
}

/// A date with zone, which is how a shipper writes it and no runtime does before a blank.
fn date(cursor: &mut Cursor<'_>) -> Option<()> {
    let line = cursor.rest();
    if line.get(10) != Some(&b'T') {
        return None;
    }
    stamp::date(cursor)?;
    let read = &line[..line.len() - cursor.rest().len()];
    let has_zone = read.last() == Some(&b'Z')
        || read
            .get(19..)?
            .iter()
            .any(|byte| matches!(byte, b'+' | b'-'));
    // An empty line has lost the blank at its end.
    (has_zone && (cursor.eat(b" ") || cursor.at_end())).then_some(())
}

/// `Nov 24 00:35:34 host java[123]: `, or with a whole date.
fn host(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat(b"<") {
        cursor.integer()?;
        cursor.eat(b">").then_some(())?;
    }
    if date(cursor).is_none() {
        month_and_time(cursor)?;
    }
    name(cursor)?;
    cursor.eat(b" ").then_some(())?;
    let program = cursor.take_while(|byte| byte != b' ');
    let is_program = program.len() > 1 && program.len() <= NAME_MAX && program.ends_with(b":");
    (is_program && (cursor.eat(b" ") || cursor.at_end())).then_some(())
}

/// `Nov 24 00:35:34 ` or `Nov  4 00:35:34.123456 `
fn month_and_time(cursor: &mut Cursor<'_>) -> Option<()> {
    let month = cursor.rest().get(..4)?;
    let is_month = month[0].is_ascii_uppercase()
        && month[1..3].iter().all(u8::is_ascii_lowercase)
        && month[3] == b' ';
    is_month.then_some(())?;
    cursor.skip(4);
    cursor.eat(b" ");
    cursor.integer().filter(|day| *day <= 31)?;
    cursor.eat(b" ").then_some(())?;
    let time = cursor.take_while(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let is_time = time.len() >= 8 && time[2] == b':' && time[5] == b':';
    (is_time && cursor.eat(b" ")).then_some(())
}

/// `<34>1 2026-11-24T00:35:34.000Z host app 12 id - `
fn syslog(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.eat(b"<").then_some(())?;
    cursor.integer()?;
    cursor.eat(b">1 ").then_some(())?;
    date(cursor)?;
    for _ in 0..4 {
        cursor.until(b' ')?;
    }
    if cursor.eat(b"[") {
        cursor.until(b']')?;
    } else {
        cursor.eat(b"-").then_some(())?;
    }
    (cursor.eat(b" ") || cursor.at_end()).then_some(())
}

/// `web-1  | `, in colour or not.
fn service(cursor: &mut Cursor<'_>) -> Option<()> {
    colour(cursor);
    name(cursor)?;
    let before = cursor.rest().len();
    cursor.skip_blanks();
    if cursor.rest().len() == before || !cursor.eat(b"|") {
        return None;
    }
    colour(cursor);
    (cursor.eat(b" ") || cursor.at_end()).then_some(())
}

/// `[pod/web-5d7f/app] `
fn pod(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.eat(b"[pod/").then_some(())?;
    let name = cursor.until(b']')?;
    let is_name = name.contains(&b'/') && !name.contains(&b' ');
    (is_name && (cursor.eat(b" ") || cursor.at_end())).then_some(())
}

/// A name of a host or service.
fn name(cursor: &mut Cursor<'_>) -> Option<()> {
    let is_of_name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    let name = cursor.take_while(is_of_name);
    let begins = name.first().is_some_and(u8::is_ascii_alphanumeric);
    (begins && name.len() <= NAME_MAX).then_some(())
}

/// A terminal's change of colour.
fn colour(cursor: &mut Cursor<'_>) {
    let mut ahead = *cursor;
    if ahead.eat(b"\x1b[") {
        ahead.take_while(|byte| byte.is_ascii_digit() || byte == b';');
        if ahead.eat(b"m") {
            *cursor = ahead;
        }
    }
}
