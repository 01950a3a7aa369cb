//! The `TENURE=` string: what a user may write there, and what we make of it.
//!
//! **Shape:** options separated by commas; `dir=PATH` comes last, because a path may hold commas.
//! A wrong option is named on stderr with the nearest right one and then ignored: a typing error in
//! an environment variable must not stop somebody's service.

use core::str;
use tenure_heap::{PURGE_DELAY_MS, Purge};
use tenure_os::notice::notice;
use tenure_record::Mode;

/// An option as the table has it.
struct Known {
    /// What is written; with `=` at the end when a value follows.
    word: &'static str,
    /// What help says about it.
    meaning: &'static str,
}

/// All options: the parser, the help text and the suggestions read this table.
const KNOWN: [Known; 11] = [
    Known {
        word: "fast",
        meaning: "the malloc alone, nothing is recorded (the default)",
    },
    Known {
        word: "stats",
        meaning: "count every allocation into the folder given by dir=",
    },
    Known {
        word: "sample",
        meaning: "note who allocates for some blocks, few enough to cost nothing",
    },
    Known {
        word: "sample=",
        meaning: "BYTES: the same, one block in so many bytes on average",
    },
    Known {
        word: "every",
        meaning: "note who allocates, how much and for how long, for every block",
    },
    Known {
        word: "events",
        meaning: "the same, and each allocation and free with its time",
    },
    Known {
        word: "leaks",
        meaning: "with any of these: look at the heap at the end; blocks begin with zeroes",
    },
    Known {
        word: "purge=",
        meaning: "DELAY_MS: free memory goes back to the kernel after so long; off: only on frees",
    },
    Known {
        word: "limit=",
        meaning: "BYTES: requests beyond it fail; 200M, 1G or a plain number",
    },
    Known {
        word: "help",
        meaning: "print this list when the program starts",
    },
    Known {
        word: "dir=",
        meaning: "PATH: the folder for the counts; must come last",
    },
];

/// The longest word that is compared with the table; longer ones are cut.
const WORD_BYTES_MAX: usize = 24;

/// What the string asks for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Options<'a> {
    /// What is recorded.
    pub(crate) mode: Option<Mode>,
    /// The heap is looked at when the program leaves.
    pub(crate) leaks: bool,
    /// When free memory goes back.
    pub(crate) purge: Option<Purge>,
    /// The most bytes that the process may hold.
    pub(crate) limit: Option<usize>,
    /// Print the options and what is in force.
    pub(crate) help: bool,
    /// Where the counts go.
    pub(crate) dir: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    /// Reads `text`, the value of `TENURE`; names on stderr what it cannot use.
    pub(crate) fn parse(text: &'a [u8]) -> Self {
        let mut options = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(path) = rest.strip_prefix(b"dir=") {
                options.dir = Some(path).filter(|path| !path.is_empty());
                if options.dir.is_none() {
                    notice(format_args!(
                        "TENURE: dir= has no path after it and is ignored"
                    ));
                }
                break;
            }
            let end = rest
                .iter()
                .position(|&byte| byte == b',')
                .unwrap_or(rest.len());
            match &rest[..end] {
                b"" => {}
                b"fast" => options.mode = None,
                b"stats" => options.mode = Some(Mode::Stats),
                b"sample" => options.mode = Some(Mode::Sample { rate_bytes: 0 }),
                b"every" => options.mode = Some(Mode::Every),
                b"events" => options.mode = Some(Mode::Events),
                b"leaks" => options.leaks = true,
                b"help" => options.help = true,
                rate if rate.starts_with(b"sample=") => options.sample(rate),
                delay if delay.starts_with(b"purge=") => options.purge(delay),
                limit if limit.starts_with(b"limit=") => options.limit(limit),
                unknown => complain(unknown),
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        options.check();
        options
    }

    /// Tells of options that do nothing without each other.
    fn check(&self) {
        match (self.mode, self.dir) {
            (Some(mode), None) => {
                let word = word(mode);
                notice(format_args!(
                    "TENURE: {word} needs a folder and is ignored; write TENURE={word},dir=PATH"
                ));
            }
            (None, Some(_)) => notice(format_args!(
                "TENURE: dir= alone records nothing; write TENURE=stats,dir=PATH"
            )),
            _ => {}
        }
    }

    /// Reads `sample=BYTES`.
    fn sample(&mut self, text: &[u8]) {
        match number(&text[b"sample=".len()..]) {
            Some(rate_bytes @ 1..) => self.mode = Some(Mode::Sample { rate_bytes }),
            _ => notice(format_args!(
                "TENURE: \"{}\" needs a number of bytes above 0 and is ignored; \
                 write sample=524288 for one block in 512 KiB",
                readable(text)
            )),
        }
    }

    /// Reads `purge=off` and `purge=DELAY_MS`.
    fn purge(&mut self, text: &[u8]) {
        let value = &text[b"purge=".len()..];
        if value == b"off" {
            self.purge = Some(Purge::Inline);
            return;
        }
        let delay_ms = number(value).and_then(|delay_ms| u32::try_from(delay_ms).ok());
        match delay_ms.filter(|delay_ms| PURGE_DELAY_MS.contains(delay_ms)) {
            Some(delay_ms) => self.purge = Some(Purge::After(delay_ms)),
            None => notice(format_args!(
                "TENURE: \"{}\" needs a delay of {} to {} milliseconds, or off, and is ignored; \
                 1000 is the usual one",
                readable(text),
                PURGE_DELAY_MS.start(),
                PURGE_DELAY_MS.end(),
            )),
        }
    }

    /// Reads `limit=BYTES`.
    fn limit(&mut self, text: &[u8]) {
        match size(&text[b"limit=".len()..]) {
            Some(limit @ 1..) => self.limit = Some(limit),
            _ => notice(format_args!(
                "TENURE: \"{}\" needs a number of bytes above 0, which may end in K, M, G or T, \
                 and is ignored; write limit=200M",
                readable(text)
            )),
        }
    }

    /// Prints the table and what is in force, when help was asked for.
    pub(crate) fn print_help(&self) {
        if !self.help {
            return;
        }
        notice(format_args!("options in TENURE=, separated by commas:"));
        for known in &KNOWN {
            let mark = if self.is_in_force(known.word) {
                "*"
            } else {
                " "
            };
            notice(format_args!("{mark} {:<8} {}", known.word, known.meaning));
        }
        notice(format_args!("(* is in force)"));
        match (self.mode, self.dir) {
            (Some(Mode::Sample { rate_bytes }), Some(dir)) if rate_bytes > 0 => {
                notice(format_args!(
                    "in force: sample={rate_bytes}{},dir={}",
                    self.with_leaks(),
                    readable(dir)
                ));
            }
            (Some(mode), Some(dir)) => notice(format_args!(
                "in force: {}{},dir={}",
                word(mode),
                self.with_leaks(),
                readable(dir)
            )),
            _ => notice(format_args!(
                "in force: fast; the malloc alone, without counting"
            )),
        }
        match self.purge.unwrap_or_else(tenure_heap::purge) {
            Purge::After(delay_ms) => notice(format_args!("in force: purge={delay_ms}")),
            Purge::Inline => notice(format_args!("in force: purge=off")),
        }
        self.print_limit();
    }

    fn print_limit(&self) {
        if let Some(limit) = self.limit {
            notice(format_args!("in force: limit={limit}"));
        }
    }

    fn with_leaks(&self) -> &'static str {
        if self.leaks { ",leaks" } else { "" }
    }

    /// Whether what the table's word asks for is done.
    fn is_in_force(&self, option: &str) -> bool {
        let mode = self.mode.filter(|_| self.dir.is_some());
        match (option, mode) {
            ("help", _) => self.help,
            ("purge=", _) => true,
            ("limit=", _) => self.limit.is_some(),
            ("fast", mode) => mode.is_none(),
            (_, None) => false,
            ("dir=", _) => true,
            ("leaks", _) => self.leaks,
            ("sample=", Some(Mode::Sample { rate_bytes })) => rate_bytes > 0,
            ("sample", Some(Mode::Sample { rate_bytes })) => rate_bytes == 0,
            (option, Some(mode)) => option == word(mode),
        }
    }
}

/// A number in decimal digits; `None` for what is none or too large.
fn number(digits: &[u8]) -> Option<u64> {
    let sum = |sum: u64, &digit: &u8| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    };
    let number = digits.iter().try_fold(0, sum);
    number.filter(|_| !digits.is_empty())
}

/// A number of bytes with its unit, in powers of 1024: `4096`, `512KiB`, `200M`; `None` for what is
/// none or too large.
fn size(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
    let shift = match unit {
        b"" | b"B" => 0,
        b"K" | b"k" | b"KiB" => 10,
        b"M" | b"m" | b"MiB" => 20,
        b"G" | b"g" | b"GiB" => 30,
        b"T" | b"t" | b"TiB" => 40,
        _ => return None,
    };
    let bytes = number(digits)?.checked_mul(1 << shift)?;
    usize::try_from(bytes).ok()
}

/// The option that chooses `mode`.
fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Stats => "stats",
        Mode::Sample { .. } => "sample",
        Mode::Every => "every",
        Mode::Events => "events",
    }
}

fn readable(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

fn complain(word: &[u8]) {
    let nearest = KNOWN
        .iter()
        .min_by_key(|known| distance(word, known.word.as_bytes()));
    notice(format_args!(
        "TENURE: option \"{}\" is not known and is ignored; the nearest is \"{}\" \
         (TENURE=help lists all)",
        readable(word),
        nearest.map_or("", |known| known.word),
    ));
}

/// How many letters must be added, dropped or changed to make `left` into `right` (Levenshtein).
fn distance(left: &[u8], right: &[u8]) -> usize {
    let right = &right[..right.len().min(WORD_BYTES_MAX)];
    let mut row = [0; WORD_BYTES_MAX + 1];
    for (column, cell) in row.iter_mut().enumerate() {
        *cell = column;
    }
    for (line, &letter) in left.iter().take(WORD_BYTES_MAX).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, &other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
