//! Text to values: lists are pairs, names are numbered.

use crate::fault::Fault;
use crate::machine::Maker;
use crate::value::{Symbol, Value};

/// Names, each once.
#[derive(Default)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// The number of a name.
    pub(crate) fn symbol(&mut self, name: &str) -> Symbol {
        let at = self.0.iter().position(|known| known == name);
        let at = at.unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        });
        Symbol(at as u32)
    }
}

/// Reads all forms of the text, as one list.
pub(crate) fn read<'gc>(
    text: &str,
    names: &mut Names,
    maker: &Maker<'gc, '_>,
) -> Result<Value<'gc>, Fault> {
    // Lists that are open, the innermost last: where each began, and its values.
    let mut open: Vec<(usize, Vec<Value<'gc>>)> = vec![(0, Vec::new())];
    for (at, token) in tokens(text) {
        let value = match token {
            "(" => {
                open.push((at, Vec::new()));
                continue;
            }
            ")" => {
                let (_, values) = open.pop().ok_or(Fault::Parenthesis(at))?;
                maker.list(&values)
            }
            "#t" => Value::Bool(true),
            "#f" => Value::Bool(false),
            "nil" => Value::Nil,
            word => match word.parse() {
                Ok(number) => Value::Int(number),
                Err(_) => Value::Symbol(names.symbol(word)),
            },
        };
        match open.last_mut() {
            Some((_, values)) => values.push(value),
            None => return Err(Fault::Parenthesis(at)),
        }
    }
    match open.as_slice() {
        [(_, forms)] => Ok(maker.list(forms)),
        [.., (at, _)] => Err(Fault::Parenthesis(*at)),
        [] => Err(Fault::Parenthesis(text.len())),
    }
}

/// The words of the text and where they begin; `;` begins a remark.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &text[at..];
            let start = at + rest.find(|letter: char| !letter.is_whitespace())?;
            let rest = &text[start..];
            if rest.starts_with(';') {
                at = start + rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            let ends = |letter: char| letter.is_whitespace() || "();".contains(letter);
            let length = match rest.as_bytes()[0] {
                b'(' | b')' => 1,
                _ => rest.find(ends).unwrap_or(rest.len()),
            };
            at = start + length;
            return Some((start, &text[start..at]));
        }
    })
}
