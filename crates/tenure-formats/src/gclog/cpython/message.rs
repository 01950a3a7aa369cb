//! The messages of the collector, each a line that begins with `gc: `.
//!
//! # Shape
//!
//! ```text
//! gc: collecting generation 2...
//! gc: objects in each generation: 782 0 53201
//! gc: objects in permanent generation: 0                          since 3.7
//! gc: done, 456 unreachable, 0 uncollectable, 0.0362s elapsed     since 3.8
//! gc: done, 0.0001s elapsed                                       2.5 to 3.7, nothing found
//! gc: done, 456 unreachable, 0 uncollectable, 0.0014s elapsed.    2.5 to 3.1
//! gc: done.                                                       before 2.5
//! ```
//!
//! The counts are of objects, not bytes: the collector does not know their sizes.

use crate::gclog::cursor::{Cursor, SECOND_NS};

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A collection begins, of this generation and all younger ones.
    Begin(u64),
    /// How many objects there are.
    Objects,
    /// A collection has ended; `duration_ns` is `None` where the log does not tell it, or is cut.
    Done {
        duration_ns: Option<u64>,
        whole: bool,
    },
    /// One object, by `DEBUG_COLLECTABLE` and its like, or a note at shutdown.
    Object,
}

/// The first message of a line, and where it stands: other output may stand before it.
pub(super) fn find(line: &[u8]) -> Option<(usize, Message)> {
    memchr::memmem::find_iter(line, b"gc: ")
        .find_map(|at| Some((at, read(Cursor::new(&line[at + 4..]))?)))
}

fn read(mut cursor: Cursor<'_>) -> Option<Message> {
    if cursor.eat(b"collecting generation ") {
        let generation = cursor.integer()?;
        return cursor.eat(b"...").then_some(Message::Begin(generation));
    }
    if cursor.eat(b"objects in ") {
        let rest = cursor.rest();
        let is_known =
            rest.starts_with(b"each generation:") || rest.starts_with(b"permanent generation:");
        return is_known.then_some(Message::Objects);
    }
    if cursor.eat(b"done") {
        return done(cursor);
    }
    let is_object = cursor.eat(b"collectable <")
        || cursor.eat(b"uncollectable <")
        || (cursor.integer().is_some() && cursor.eat(b" uncollectable objects at shutdown"));
    is_object.then_some(Message::Object)
}

/// What follows `gc: done`.
fn done(mut cursor: Cursor<'_>) -> Option<Message> {
    let untold = |whole| Message::Done {
        duration_ns: None,
        whole,
    };
    if cursor.eat(b".") {
        return Some(untold(true));
    }
    let Some(duration_ns) = elapsed(&mut cursor) else {
        let was_before_2_5 = cursor.rest().ends_with(b" uncollectable.");
        return (cursor.at_end() || cursor.eat(b",")).then_some(untold(was_before_2_5));
    };
    Some(Message::Done {
        duration_ns: Some(duration_ns),
        whole: true,
    })
}

/// `, n unreachable, m uncollectable, t s elapsed`, of which only the last part is sure to come.
fn elapsed(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut ahead = *cursor;
    for name in [&b" unreachable"[..], b" uncollectable"] {
        let mut part = ahead;
        if part.eat(b", ") && part.integer().is_some() && part.eat(name) {
            ahead = part;
        }
    }
    if !ahead.eat(b", ") {
        return None;
    }
    let duration_ns = ahead.scaled(SECOND_NS)?;
    ahead.eat(b"s elapsed").then_some(duration_ns)
}
