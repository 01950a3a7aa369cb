//! What a site is called in one line, and its stack in many.

use crate::quantity::counted;
use crate::visible::{cut, visible};
use tenure_model::profile::{NamedFrame, Names, Site, StackId};

/// Frames further out that a line names behind the site's own.
const CALLERS: usize = 3;

/// The site's own frame and who called it, at most `columns` wide.
pub(crate) fn line(names: &Names<'_>, site: &Site, columns: usize) -> String {
    stack_line(names, site.stack, names.own(site), columns)
}

/// As [`line()`], of a stack whose own frame is `own`.
pub(crate) fn stack_line(
    names: &Names<'_>,
    stack: StackId,
    own: Option<NamedFrame<'_>>,
    columns: usize,
) -> String {
    let Some(own) = own else {
        return cut("[no stack]", columns);
    };
    let mut line = place(&own);
    let frames = names.stack(stack);
    let at = frames.iter().position(|frame| *frame == own);
    let outer = at.map_or(&[][..], |at| &frames[at + 1..]);
    let callers = outer.iter().filter(|frame| !names.is_plumbing(frame));
    for caller in callers.take(CALLERS) {
        let longer = format!("{line} ← {}", visible(short(&caller.function)));
        if longer.chars().count() > columns {
            break;
        }
        line = longer;
    }
    cut(&line, columns)
}

/// Function, file and line of a frame.
pub(crate) fn place(frame: &NamedFrame<'_>) -> String {
    let function = visible(short(&frame.function));
    match source(frame) {
        Some(source) => format!("{function} {source}"),
        None => function,
    }
}

/// The name of the source file and the line, as far as they are known.
fn source(frame: &NamedFrame<'_>) -> Option<String> {
    let file = frame.file?;
    let name = visible(file.rsplit('/').next().unwrap_or(file));
    Some(match frame.line {
        Some(line) => format!("{name}:{line}"),
        None => name,
    })
}

/// What has brackets in a demangled name without being its parameters.
const BRACKETED: [&str; 2] = ["operator()", "(anonymous namespace)"];

/// A demangled function without its parameters: `f(int)` gives `f`.
fn short(function: &str) -> &str {
    let mut begin = 0;
    while let Some(at) = function[begin..].find('(').map(|at| begin + at) {
        let inside = BRACKETED.iter().find_map(|word| {
            let bracket = word.find('(')?;
            let start = at.checked_sub(bracket)?;
            function
                .get(start..)?
                .starts_with(word)
                .then_some(start + word.len())
        });
        match inside {
            Some(behind) => begin = behind,
            None => return if at > 0 { &function[..at] } else { function },
        }
    }
    function
}

/// Every function of a stack, innermost first, one a line.
pub(crate) fn stack(names: &Names<'_>, stack: StackId, indent: &str, columns: usize) -> String {
    lines(&names.stack(stack), indent, columns)
}

/// As [`stack()`], up to `main`, since what calls that is the same in every program, and at most
/// `limit` functions; says how many more there are.
pub(crate) fn stack_to_main(
    names: &Names<'_>,
    stack: StackId,
    limit: usize,
    indent: &str,
    columns: usize,
) -> String {
    let mut frames = names.stack(stack);
    let is_main = |frame: &NamedFrame<'_>| frame.is_named && frame.function == "main";
    if let Some(at) = frames.iter().position(is_main) {
        frames.truncate(at + 1);
    }
    let others = frames.len().saturating_sub(limit);
    frames.truncate(limit);
    let mut lines = lines(&frames, indent, columns);
    if others > 0 {
        let more = counted(others as u64, "caller", "callers");
        lines.push_str(&format!(
            "{indent}… and {more}; --num-callers N shows more\n"
        ));
    }
    lines
}

fn lines(frames: &[NamedFrame<'_>], indent: &str, columns: usize) -> String {
    let mut lines = String::new();
    for frame in frames {
        let mark = if frame.inlined { " (inlined)" } else { "" };
        let mut line = format!("{}{mark}", visible(&frame.function));
        if let Some(file) = frame.file {
            let at = frame.line.map_or(String::new(), |line| format!(":{line}"));
            line.push_str(&format!("  {}{at}", visible(file)));
        } else if let Some(module) = frame.module.filter(|_| frame.is_named) {
            line.push_str(&format!("  {}", visible(module)));
        }
        lines.push_str(indent);
        lines.push_str(&cut(&line, columns.saturating_sub(indent.chars().count())));
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    //! What is left of a long name.

    use super::short;

    #[test]
    fn parameters_are_left_out_and_operators_kept() {
        let pairs = [
            ("f", "f"),
            ("f(int, char)", "f"),
            ("A::operator()(int)", "A::operator()"),
            ("(anonymous namespace)::f(int)", "(anonymous namespace)::f"),
            (
                "a::(anonymous namespace)::f(int)",
                "a::(anonymous namespace)::f",
            ),
            ("(odd", "(odd"),
            ("[truncated]", "[truncated]"),
        ];
        for (function, expected) in pairs {
            assert_eq!(short(function), expected);
        }
    }
}
