//! The tree of holders as text.

use super::{Heap, Holders, Line, LineHolder, Others, Tree};
use crate::quantity::{bytes, counted, percent, span};
use crate::site_name;
use crate::style::{Style, Tone};
use crate::visible::{cut, visible};
use std::time::Duration;
use tenure_model::graph::{Recorded, RootKind};
use tenure_model::unit::Ratio;

const FIGURE_COLUMNS: usize = 10;
const SHARE_COLUMNS: usize = 8;
/// Columns that a name has at least before what is said of its blocks goes to the next line.
const NAME_COLUMNS_MIN: usize = 30;

/// A tree as text; every line ends with a line end.
pub fn text(holders: &Holders<'_>, tree: &Tree, style: Style) -> String {
    let heap = &holders.heap;
    let scan = heap.recorded.scan();
    let words = format!(
        "{} {} ━━ who holds the heap ",
        visible(heap.program),
        scan.pid
    );
    let mut text = title(&words, style);
    let still = match scan.pause {
        Duration::ZERO => String::new(),
        pause => format!("; it stood still for {}", span(pause)),
    };
    let blocks = counted(tree.total_blocks, "block", "blocks");
    let sums = format!("  {} in {blocks}{still}", bytes(tree.total_bytes));
    text.push_str(&cut(&sums, style.width));
    text.push('\n');
    for root in &tree.roots {
        text.push('\n');
        write(&mut text, heap, root, (tree.total_bytes, 0), style);
    }
    if tree.roots.is_empty() && tree.total_blocks > 0 && tree.others.lines == 0 {
        text.push_str("\n  nobody holds any of it\n");
    }
    if let Some(rest) = others(tree.others, "root", "roots") {
        let rest = cut(&format!("  {rest}"), style.width);
        text.push_str(&format!("\n{}\n", style.paint(Tone::Quiet, &rest)));
    }
    text
}

/// A line with a title in it, as wide as the target.
pub(super) fn title(words: &str, style: Style) -> String {
    let words = cut(words, style.width.saturating_sub(6));
    let fill = style.width.saturating_sub(words.chars().count() + 3);
    let words = style.paint(Tone::Title, &words);
    format!("━━ {words}{}\n", "━".repeat(fill))
}

fn write(
    text: &mut String,
    heap: &Heap<'_>,
    line: &Line,
    (total, depth): (u64, usize),
    style: Style,
) {
    let figure = format!("{:>FIGURE_COLUMNS$}", bytes(line.retained_bytes));
    let share = percent(Ratio::of(line.retained_bytes, total));
    let indent = indent(depth);
    let used = FIGURE_COLUMNS + SHARE_COLUMNS + 2 + indent.chars().count();
    let room = style.width.saturating_sub(used);
    let tail = tail(line);
    let tail_columns = tail.chars().count() + 3;
    let is_beside = !tail.is_empty() && room >= tail_columns + NAME_COLUMNS_MIN;
    let columns = if is_beside { room - tail_columns } else { room };
    let name = name(heap, &line.holder, columns);
    let tone = if depth == 0 {
        Tone::Title
    } else {
        Tone::Figure
    };
    text.push_str(&style.paint(Tone::Figure, &figure));
    text.push_str(&format!("{share:>SHARE_COLUMNS$}  {indent}"));
    match depth {
        0 => text.push_str(&style.paint(tone, &name)),
        _ => text.push_str(&name),
    }
    if is_beside {
        text.push_str(&style.paint(Tone::Quiet, &format!(" · {tail}")));
    }
    text.push('\n');
    let blanks = " ".repeat(used);
    if !tail.is_empty() && !is_beside {
        let tail = cut(&tail, room);
        text.push_str(&format!("{blanks}{}\n", style.paint(Tone::Quiet, &tail)));
    }
    if !line.pointed_from.is_empty() {
        let words = format!("pointed to from {}", line.pointed_from.join("; "));
        let words = style.paint(Tone::Quiet, &cut(&words, room));
        text.push_str(&format!("{blanks}{words}\n"));
    }
    for child in &line.children {
        write(text, heap, child, (total, depth + 1), style);
    }
    // What is left out under a line without children is no news: it is what that line retains.
    if let Some(rest) =
        others(line.others, "site", "sites").filter(|_| depth == 0 || !line.children.is_empty())
    {
        let blanks = " ".repeat(FIGURE_COLUMNS + SHARE_COLUMNS + 2);
        let indent = self::indent(depth + 1);
        let room = style
            .width
            .saturating_sub(blanks.len() + indent.chars().count());
        let rest = style.paint(Tone::Quiet, &cut(&rest, room));
        text.push_str(&format!("{blanks}{indent}{rest}\n"));
    }
}

fn indent(depth: usize) -> String {
    match depth {
        0 => String::new(),
        depth => format!("{}└ ", "  ".repeat(depth - 1)),
    }
}

/// What is said of a line's own blocks.
fn tail(line: &Line) -> String {
    if !matches!(line.holder, LineHolder::Site(_)) || line.blocks == 0 {
        return String::new();
    }
    let blocks = counted(line.blocks, "block", "blocks");
    match line.own_bytes < line.retained_bytes {
        true => format!("{blocks} of {}", bytes(line.own_bytes)),
        false => blocks,
    }
}

fn others(others: Others, one: &str, many: &str) -> Option<String> {
    let lines = (others.lines > 0).then(|| counted(others.lines, one, many))?;
    let verb = if others.lines == 1 {
        "retains"
    } else {
        "retain"
    };
    Some(format!(
        "{lines} more {verb} {}",
        bytes(others.retained_bytes)
    ))
}

/// What a line is called, at most `columns` wide.
pub(super) fn name(heap: &Heap<'_>, holder: &LineHolder, columns: usize) -> String {
    match holder {
        LineHolder::Place(place) => cut(&place.name, columns),
        LineHolder::Several => cut("several roots together, none alone", columns),
        LineHolder::Lost => cut("lost (nobody holds it)", columns),
        LineHolder::Site(stack) => {
            // Callers tell sites of one name apart; more than a hundred columns of them do not.
            let columns = columns.min(100);
            site_name::stack_line(heap.names, *stack, heap.own(*stack), columns)
        }
    }
}

/// Arenas of CPython are multiples of this, in bytes.
const ARENA_BYTES: u64 = 256 << 10;

/// Says that the objects of a Python program hide in memory that is not the heap's, where it looks
/// so: `None` where it does not.
///
/// CPython asks the kernel for arenas and cuts small objects out of them; only what is larger than
/// 512 bytes is asked of malloc. Then the arenas hold the blocks, and nobody knows the objects.
pub fn arena_hint(recorded: &Recorded) -> Option<String> {
    let roots = recorded.roots();
    let is_python = |name: &str| {
        let name = name.rsplit('/').next().unwrap_or_default();
        name.starts_with("libpython") || name.starts_with("python")
    };
    let modules = || roots.iter().filter(|root| root.kind == RootKind::Module);
    if !modules().any(|root| is_python(&root.name)) {
        return None;
    }
    let arenas = roots.iter().filter(|root| {
        let length = root.end.saturating_sub(root.start);
        let is_anonymous = root.kind == RootKind::Mapping && root.name.is_empty();
        is_anonymous && length >= ARENA_BYTES && !root.references.is_empty()
    });
    let arena_bytes = arenas.fold(0, |sum: u64, root| {
        sum.saturating_add(root.end - root.start)
    });
    (arena_bytes >= ARENA_BYTES).then(|| {
        format!(
            "Python keeps small objects in {} of arenas of its own, where nobody can tell them \
             apart; run it with PYTHONMALLOC=malloc to see each",
            bytes(arena_bytes)
        )
    })
}
