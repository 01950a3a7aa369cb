//! A line as the message of a JSON record: Docker's json-file, journald, structured loggers.

/// Names under which loggers put the message, whichever comes first as a text.
const NAMES: [&[u8]; 9] = [
    b"log",
    b"message",
    b"msg",
    b"MESSAGE",
    b"textPayload",
    b"text",
    b"short_message",
    b"@message",
    b"line",
];

/// Puts the message of a record into `out`; false if the line is no record with one.
///
/// A record that is cut within its message gives what there is of it.
pub(super) fn message(line: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut scanner = Scanner {
        rest: line.trim_ascii(),
    };
    if !scanner.eat(b'{') {
        return false;
    }
    loop {
        let Some(name) = scanner.string() else {
            return false;
        };
        if !scanner.eat(b':') {
            return false;
        }
        if NAMES.contains(&name) && scanner.peek() == Some(b'"') {
            scanner.eat(b'"');
            decode(scanner.rest, out);
            return true;
        }
        if !scanner.skip_value() || !scanner.eat(b',') {
            return false;
        }
    }
}

/// A place in a record. Blanks before what is read are skipped.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_here = self.peek() == Some(byte);
        if is_here {
            self.rest = &self.rest[1..];
        }
        is_here
    }

    /// A string without its quotes, as it stands there.
    fn string(&mut self) -> Option<&'a [u8]> {
        if !self.eat(b'"') {
            return None;
        }
        let mut at = 0;
        loop {
            at += memchr::memchr2(b'"', b'\\', self.rest.get(at..)?)?;
            if self.rest[at] == b'"' {
                let (string, tail) = self.rest.split_at(at);
                self.rest = &tail[1..];
                return Some(string);
            }
            at += 2;
        }
    }

    /// A value of any kind; false if it does not end.
    fn skip_value(&mut self) -> bool {
        let mut depth = 0usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    if self.string().is_none() {
                        return false;
                    }
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.rest = &self.rest[1..];
                    continue;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.rest = &self.rest[1..];
                }
                Some(b',' | b':') if depth > 0 => {
                    self.rest = &self.rest[1..];
                    continue;
                }
                Some(byte) if byte.is_ascii_alphanumeric() || byte == b'-' => {
                    let is_of_value =
                        |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                    let count = self
                        .rest
                        .iter()
                        .take_while(|byte| is_of_value(byte))
                        .count();
                    self.rest = &self.rest[count..];
                }
                _ => return false,
            }
            if depth == 0 {
                return true;
            }
        }
    }
}

/// Decodes up to the closing quote, or to the end. Line ends at the end are dropped; one within
/// becomes a blank, as a line has none.
fn decode(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        if rest[at] == b'"' {
            trim_end(out);
            return;
        }
        rest = escape(&rest[at + 1..], out);
    }
    out.extend_from_slice(rest);
    trim_end(out);
}

/// Decodes what follows a backslash, and gives what follows that.
fn escape<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some((kind, rest)) = text.split_first() else {
        return text;
    };
    match kind {
        b'n' => out.push(b'\n'),
        b't' => out.push(b'\t'),
        b'r' => out.push(b'\r'),
        b'u' => return unicode(rest, out),
        b'b' | b'f' => out.push(b' '),
        other => out.push(*other),
    }
    rest
}

/// Four hexadecimal digits, or twice four with a backslash and `u` between them.
fn unicode<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some(first) = hexadecimal(text) else {
        return text;
    };
    let mut rest = &text[4..];
    let mut unit = u32::from(first);
    if (0xd800..0xdc00).contains(&unit) {
        let second = rest.strip_prefix(b"\\u").and_then(hexadecimal);
        if let Some(second) = second.filter(|second| (0xdc00..0xe000).contains(second)) {
            unit = 0x1_0000 + ((unit - 0xd800) << 10) + (u32::from(second) - 0xdc00);
            rest = &rest[6..];
        }
    }
    let character = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
    let mut buffer = [0; 4];
    out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    rest
}

fn hexadecimal(text: &[u8]) -> Option<u16> {
    let digits = std::str::from_utf8(text.get(..4)?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

fn trim_end(out: &mut Vec<u8>) {
    while matches!(out.last(), Some(b'\n' | b'\r')) {
        out.pop();
    }
    for byte in out.iter_mut() {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}
