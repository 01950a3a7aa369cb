//! Which code of the tree only tests can reach: the walls bind the product, not its tests.

use super::lexer::Token;

/// Whether the file is test code by its place: a `tests`, `benches` or `examples` folder, or a
/// `tests.rs` beside the module that it tests.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "tests" | "benches" | "examples" | "tests.rs"))
}

/// For each token, whether it stands in an item that only a test build compiles.
pub(crate) fn mask(tokens: &[Token]) -> Vec<bool> {
    let mut mask = vec![false; tokens.len()];
    let mut at = 0;
    while at < tokens.len() {
        let Some(attribute) = Attribute::at(tokens, at) else {
            at += 1;
            continue;
        };
        if !attribute.selects_tests(tokens) {
            at = attribute.end;
            continue;
        }
        let end = if attribute.inner {
            tokens.len()
        } else {
            item_end(tokens, attribute.end)
        };
        mask[at..end].fill(true);
        at = end;
    }
    mask
}

/// Modules that a file declares for tests alone (`#[cfg(test)] mod shadow;`).
pub(crate) fn test_modules(tokens: &[Token], mask: &[bool]) -> Vec<String> {
    tokens
        .windows(3)
        .zip(mask)
        .filter(|(w, test)| **test && w[0].is_word("mod") && w[2].is_punct(';'))
        .map(|(w, _)| w[1].text.clone())
        .collect()
}

/// An attribute and its extent in tokens.
#[derive(Clone, Copy)]
pub(crate) struct Attribute {
    /// `#![…]` rather than `#[…]`.
    pub(crate) inner: bool,
    /// Index of the token after the opening bracket.
    pub(crate) body: usize,
    /// Index of the token after the closing bracket.
    pub(crate) end: usize,
}

impl Attribute {
    /// The attribute that begins at `at`, if one does.
    pub(crate) fn at(tokens: &[Token], at: usize) -> Option<Attribute> {
        if !tokens.get(at)?.is_punct('#') {
            return None;
        }
        let inner = tokens.get(at + 1)?.is_punct('!');
        let open = at + 1 + usize::from(inner);
        if !tokens.get(open)?.is_punct('[') {
            return None;
        }
        let end = closing(tokens, open);
        Some(Attribute {
            inner,
            body: open + 1,
            end,
        })
    }

    /// The words of the attribute, in order.
    pub(crate) fn words<'a>(&self, tokens: &'a [Token]) -> Vec<&'a str> {
        let body = &tokens[self.body..self.end];
        body.iter()
            .filter(|t| !t.text.is_empty())
            .map(|t| t.text.as_str())
            .collect()
    }

    /// Whether the item exists in test builds only: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test…`.
    fn selects_tests(&self, tokens: &[Token]) -> bool {
        match self.words(tokens).as_slice() {
            ["test"] | ["cfg", "test"] => true,
            ["cfg", "all", rest @ ..] => {
                rest.contains(&"test") && !rest.contains(&"not") && !rest.contains(&"any")
            }
            _ => false,
        }
    }
}

/// Index behind the item that starts at `start` (more attributes may come first).
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while let Some(attribute) = Attribute::at(tokens, at) {
        at = attribute.end;
    }
    while let Some(token) = tokens.get(at) {
        if token.is_punct('{') {
            return closing(tokens, at);
        }
        at = match () {
            () if token.is_punct(';') => return at + 1,
            () if token.is_punct('(') || token.is_punct('[') => closing(tokens, at),
            () => at + 1,
        };
    }
    at
}

/// Index behind the bracket that closes the one at `open`.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if ['(', '[', '{'].iter().any(|&c| token.is_punct(c)) {
            depth += 1;
        } else if [')', ']', '}'].iter().any(|&c| token.is_punct(c)) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + 1;
            }
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests;
