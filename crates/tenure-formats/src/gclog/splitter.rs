//! Bytes in pieces to whole lines: line ends of each kind, UTF-16, and a bound on length.

/// Bytes of the longest line; what is beyond is dropped and the line is called long.
const LINE_MAX: usize = 1 << 20;

/// How characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// The first bytes have not come.
    Unknown,
    /// ASCII, UTF-8, Latin-1: a byte is a byte.
    Bytes,
    /// UTF-16 as PowerShell's redirection writes it.
    Utf16 { big_endian: bool },
}

/// One line as it was split off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawLine<'a> {
    /// The bytes, without line end.
    pub(crate) bytes: &'a [u8],
    /// True if it was longer than 1 MiB and is cut.
    pub(crate) long: bool,
}

/// Splits bytes into lines. Holds at most one unfinished line.
#[derive(Debug)]
pub(crate) struct Splitter {
    encoding: Encoding,
    unfinished: Vec<u8>,
    long: bool,
    half: Option<u8>,
}

impl Default for Splitter {
    fn default() -> Self {
        Self {
            encoding: Encoding::Unknown,
            unfinished: Vec::new(),
            long: false,
            half: None,
        }
    }
}

impl Splitter {
    /// Hands each line that ends in `bytes` to `take`, and keeps what follows the last.
    pub(crate) fn feed(&mut self, bytes: &[u8], take: &mut impl FnMut(RawLine<'_>)) {
        match self.encoding {
            Encoding::Unknown => self.begin(bytes, take),
            Encoding::Bytes => self.split(bytes, take),
            Encoding::Utf16 { big_endian } => {
                let decoded = self.decode(bytes, big_endian);
                self.split(&decoded, take);
            }
        }
    }

    /// The end: hands on the line that has no line end.
    pub(crate) fn finish(&mut self, take: &mut impl FnMut(RawLine<'_>)) {
        if self.encoding == Encoding::Unknown {
            self.encoding = Encoding::Bytes;
        }
        if !self.unfinished.is_empty() {
            let line = std::mem::take(&mut self.unfinished);
            take(RawLine {
                bytes: without_return(&line),
                long: self.long,
            });
        }
        self.long = false;
    }

    /// The first bytes: three of them tell the encoding.
    fn begin(&mut self, bytes: &[u8], take: &mut impl FnMut(RawLine<'_>)) {
        let mut head = std::mem::take(&mut self.unfinished);
        head.extend_from_slice(bytes);
        if head.len() < 3 {
            self.unfinished = head;
            return;
        }
        let (encoding, skip) = match head[..3] {
            [0xff, 0xfe, _] => (Encoding::Utf16 { big_endian: false }, 2),
            [0xfe, 0xff, _] => (Encoding::Utf16 { big_endian: true }, 2),
            [0xef, 0xbb, 0xbf] => (Encoding::Bytes, 3),
            _ => (Encoding::Bytes, 0),
        };
        self.encoding = encoding;
        self.feed(&head[skip..], take);
    }

    /// UTF-16 to bytes; what is not ASCII becomes `?`, as no log needs it.
    fn decode(&mut self, bytes: &[u8], big_endian: bool) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(bytes.len() / 2 + 1);
        for byte in bytes {
            let Some(first) = self.half.take() else {
                self.half = Some(*byte);
                continue;
            };
            let pair = [first, *byte];
            let unit = if big_endian {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            };
            decoded.push(u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?'));
        }
        decoded
    }

    fn split(&mut self, bytes: &[u8], take: &mut impl FnMut(RawLine<'_>)) {
        let mut from = 0;
        for at in memchr::memchr_iter(b'\n', bytes) {
            let line = &bytes[from..at];
            from = at + 1;
            if self.unfinished.is_empty() && !self.long {
                let long = line.len() > LINE_MAX;
                let line = line.get(..LINE_MAX).unwrap_or(line);
                take(RawLine {
                    bytes: without_return(line),
                    long,
                });
            } else {
                self.keep(line);
                let whole = std::mem::take(&mut self.unfinished);
                take(RawLine {
                    bytes: without_return(&whole),
                    long: self.long,
                });
                self.long = false;
                self.unfinished = whole;
                self.unfinished.clear();
            }
        }
        self.keep(&bytes[from..]);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_MAX.saturating_sub(self.unfinished.len());
        if bytes.len() > room {
            self.long = true;
        }
        self.unfinished
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests;
