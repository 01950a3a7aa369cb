//! The `TENURE=` string: what a user may write there, and what we make of it.
//!
//! **Shape:** options separated by commas; `dir=PATH` comes last, because a path may hold commas.
//! A wrong option is named on stderr with the nearest right one and then ignored: a typing error in
//! an environment variable must not stop somebody's service.

use core::str;
use tenure_os::notice::notice;

/// An option as the table has it.
struct Known {
    /// What is written; with `=` at the end when a value follows.
    word: &'static str,
    /// What help says about it.
    meaning: &'static str,
}

/// All options: the parser, the help text and the suggestions read this table.
const KNOWN: [Known; 3] = [
    Known {
        word: "stats",
        meaning: "count every allocation into the folder given by dir=",
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
    /// Count every allocation.
    pub(crate) stats: bool,
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
                b"stats" => options.stats = true,
                b"help" => options.help = true,
                unknown => complain(unknown),
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        options.check();
        options
    }

    /// Tells of options that do nothing without each other.
    fn check(&self) {
        match (self.stats, self.dir) {
            (true, None) => notice(format_args!(
                "TENURE: stats needs a folder and is ignored; write TENURE=stats,dir=PATH"
            )),
            (false, Some(_)) => notice(format_args!(
                "TENURE: dir= alone records nothing; write TENURE=stats,dir=PATH"
            )),
            _ => {}
        }
    }

    /// Prints the table and what is in force, when help was asked for.
    pub(crate) fn print_help(&self) {
        if !self.help {
            return;
        }
        notice(format_args!("options in TENURE=, separated by commas:"));
        for known in &KNOWN {
            notice(format_args!("  {:<6} {}", known.word, known.meaning));
        }
        match (self.stats, self.dir) {
            (true, Some(dir)) => notice(format_args!("in force: stats,dir={}", readable(dir))),
            _ => notice(format_args!(
                "in force: nothing; the malloc alone, without counting"
            )),
        }
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
