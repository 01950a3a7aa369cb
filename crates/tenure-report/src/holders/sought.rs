//! Which sites a person means by a word.

use std::collections::HashSet;
use std::str::FromStr;
use tenure_model::profile::{Key, NamedFrame, Names, StackId};

/// Sites by name: part of a function's name, `file:line`, or the place in the list that
/// `tenure top` prints, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// A place in the list by live bytes.
    Number(usize),
    /// Part of a name.
    Name(String),
    /// A source file and a line in it.
    Line(String, u32),
}

impl FromStr for Sought {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("name a function, file:line, or a number from `tenure top`".to_owned());
        }
        if let Ok(number) = text.parse::<usize>() {
            return match number {
                0 => Err("sites are counted from 1".to_owned()),
                number => Ok(Self::Number(number)),
            };
        }
        if let Some((file, line)) = text.rsplit_once(':')
            && !file.is_empty()
            && let Ok(line) = line.parse()
        {
            return Ok(Self::Line(file.to_owned(), line));
        }
        Ok(Self::Name(text.to_owned()))
    }
}

impl Sought {
    fn is(&self, frame: &NamedFrame<'_>) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Name(name) => frame.function.contains(name),
            Self::Line(file, line) => {
                let ends = |path: &str| {
                    let rest = path.strip_suffix(file.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
                };
                frame.line == Some(*line) && frame.file.is_some_and(ends)
            }
        }
    }
}

/// The stacks among `stacks` that `sought` means: those of sites that are named so; where there
/// are none, those that go through such a frame.
pub fn sites_called(names: &Names<'_>, stacks: &[StackId], sought: &Sought) -> HashSet<StackId> {
    if let Sought::Number(number) = sought {
        let ordered = names.sites().ordered_by(Key::Live);
        let site = ordered.get(number - 1).map(|site| site.stack);
        return site.into_iter().collect();
    }
    let all = || stacks.iter().copied();
    let named = all().filter(|&stack| names.own_of(stack).is_some_and(|own| sought.is(&own)));
    let named: HashSet<_> = named.collect();
    if !named.is_empty() {
        return named;
    }
    let goes_through = |stack: &StackId| names.stack(*stack).iter().any(|frame| sought.is(frame));
    all().filter(goes_through).collect()
}
