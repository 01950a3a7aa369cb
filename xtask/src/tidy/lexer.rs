//! Splits Rust source into tokens and comments, so that rules never trip over text in strings.
//!
//! Only what the rules need: identifiers, lifetimes, `::`, punctuation, and the fact that a
//! literal stood here. Literals carry no text. Malformed source never fails: an open string or
//! comment simply runs to the end of the file, and the compiler says the rest.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword; `r#x` is the identifier `x`.
    Ident,
    /// A lifetime or loop label.
    Lifetime,
    /// A string, character or number.
    Literal,
    /// The path separator `::`.
    PathSep,
    /// One other character.
    Punct(char),
}

/// One token and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// The identifier's text; empty for every other kind.
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Token {
    /// Whether this is the identifier or keyword `word`.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Ident && self.text == word
    }

    /// Whether this is the character `c` of punctuation.
    pub(crate) fn is_punct(&self, c: char) -> bool {
        self.kind == Kind::Punct(c)
    }
}

/// One line of a comment, without the line's other text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// Tokens and comments of one file, each in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Comment>,
}

/// Lexes one file.
pub(crate) fn lex(source: &str) -> Lexed {
    let mut lexer = Lexer {
        chars: source.chars().collect(),
        at: 0,
        line: 1,
        out: Lexed::default(),
    };
    lexer.run();
    lexer.out
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    out: Lexed,
}

impl Lexer {
    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            match c {
                '/' if self.peek(1) == Some('/') => self.line_comment(),
                '/' if self.peek(1) == Some('*') => self.block_comment(),
                '"' => self.string(),
                '\'' => self.quote(),
                ':' if self.peek(1) == Some(':') => {
                    self.push(Kind::PathSep, String::new());
                    self.bump();
                    self.bump();
                }
                _ if c.is_whitespace() => self.bump(),
                _ if c.is_ascii_digit() => self.number(),
                _ if is_word_start(c) => self.word(),
                _ => {
                    self.push(Kind::Punct(c), String::new());
                    self.bump();
                }
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn bump(&mut self) {
        if self.peek(0) == Some('\n') {
            self.line += 1;
        }
        self.at += 1;
    }

    fn push(&mut self, kind: Kind, text: String) {
        self.out.tokens.push(Token {
            kind,
            text,
            line: self.line,
        });
    }

    /// Adds the comment that began at `start`, one entry for each of its lines.
    fn push_comment(&mut self, start: usize, first_line: usize) {
        let end = self.at.min(self.chars.len());
        let text: String = self.chars[start..end].iter().collect();
        for (offset, line) in text.lines().enumerate() {
            self.out.comments.push(Comment {
                text: line.to_owned(),
                line: first_line + offset,
            });
        }
    }

    fn line_comment(&mut self) {
        let (start, line) = (self.at, self.line);
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.bump();
        }
        self.push_comment(start, line);
    }

    fn block_comment(&mut self) {
        let (start, line) = (self.at, self.line);
        let mut depth = 0;
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('*')) => {
                    depth += 1;
                    self.bump();
                }
                ('*', Some('/')) => {
                    depth -= 1;
                    self.bump();
                }
                _ => {}
            }
            self.bump();
            if depth == 0 {
                break;
            }
        }
        self.push_comment(start, line);
    }

    fn string(&mut self) {
        self.push(Kind::Literal, String::new());
        self.bump();
        self.skip_to_closing('"');
    }

    /// Skips past `quote`, stepping over escaped characters.
    fn skip_to_closing(&mut self, quote: char) {
        while let Some(c) = self.peek(0) {
            self.bump();
            if c == '\\' {
                self.bump();
            } else if c == quote {
                break;
            }
        }
    }

    /// A character literal or a lifetime: it is a literal when the quote closes again.
    fn quote(&mut self) {
        if self.peek(1) == Some('\\') || self.peek(2) == Some('\'') {
            self.push(Kind::Literal, String::new());
            self.bump();
            self.skip_to_closing('\'');
            return;
        }
        self.push(Kind::Lifetime, String::new());
        self.bump();
        while self.peek(0).is_some_and(is_word_part) {
            self.bump();
        }
    }

    fn number(&mut self) {
        self.push(Kind::Literal, String::new());
        while let Some(c) = self.peek(0) {
            let fraction = c == '.' && self.peek(1).is_some_and(|next| next.is_ascii_digit());
            if !(is_word_part(c) || fraction) {
                break;
            }
            self.bump();
        }
    }

    /// An identifier, or a literal that begins with one (`r"…"`, `br#"…"#`, `b'x'`, `c"…"`).
    fn word(&mut self) {
        let rest = &self.chars[self.at..];
        let text: String = rest.iter().take_while(|&&c| is_word_part(c)).collect();
        let length = text.chars().count();
        match (text.as_str(), self.peek(length)) {
            ("r" | "br" | "cr", Some('"' | '#')) if self.raw_string(length) => {}
            ("r", Some('#')) => {
                self.at += 2; // raw identifier: the name after `r#` is lexed as a plain word
            }
            ("b" | "c", Some('"')) => {
                self.bump();
                self.string();
            }
            ("b", Some('\'')) => {
                self.bump();
                self.push(Kind::Literal, String::new());
                self.bump();
                self.skip_to_closing('\'');
            }
            _ => {
                self.at += length;
                self.push(Kind::Ident, text);
            }
        }
    }

    /// Consumes a raw string whose prefix has `prefix` characters; false when none begins here.
    fn raw_string(&mut self, prefix: usize) -> bool {
        let mut hashes = 0;
        while self.peek(prefix + hashes) == Some('#') {
            hashes += 1;
        }
        if self.peek(prefix + hashes) != Some('"') {
            return false;
        }
        self.push(Kind::Literal, String::new());
        self.at += prefix + hashes + 1;
        while let Some(c) = self.peek(0) {
            self.bump();
            if c == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                self.at += hashes;
                break;
            }
        }
        true
    }
}

fn is_word_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_word_part(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests;
