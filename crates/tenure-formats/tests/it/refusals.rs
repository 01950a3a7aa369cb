//! What cannot be written is refused, with the way out.

use crate::shop::sheet;
use std::io;
use tenure_formats::export::{By, ExportError, Format, Sheet, write};
use tenure_model::profile::{Names, Symbols, sample};

fn refusal(sheet: &Sheet, format: Format, by: Option<By>) -> String {
    let mut bytes = Vec::new();
    let error = write(sheet, format, by, &mut bytes).expect_err("refused");
    assert!(matches!(error, ExportError::Refused(_)));
    assert!(bytes.is_empty());
    error.to_string()
}

#[test]
fn a_record_without_stacks_is_refused_by_every_format() {
    for format in Format::ALL {
        let message = refusal(&Sheet::default(), format, None);
        assert!(
            message.contains("no call stacks") && message.contains("--every"),
            "{message}"
        );
    }
}

#[test]
fn a_choice_that_a_format_does_not_have_is_refused() {
    let message = refusal(&sheet(), Format::Pprof, Some(By::Peak));
    assert!(
        message.contains("choose --by live|allocated|count"),
        "{message}"
    );
    let message = refusal(&sheet(), Format::Massif, Some(By::Live));
    assert!(message.contains("massif takes no `--by live`"), "{message}");
    for format in Format::ALL {
        for by in format.choices() {
            write(&sheet(), format, Some(*by), &mut io::sink()).expect("offered, so written");
        }
    }
}

#[test]
fn estimates_are_said_to_be_estimates() {
    let (sites, symbols) = (sample::sampled_sites(), Symbols::new());
    let sheet = Sheet::of(&Names::new(&sites, &symbols), None);
    for format in Format::ALL {
        let notes = write(&sheet, format, None, &mut io::sink()).expect("written");
        assert!(
            notes.iter().any(|note| note.contains("estimates")),
            "{notes:?}"
        );
    }
}

/// A sink that is full after some bytes.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        match taken {
            0 if !bytes.is_empty() => Err(io::ErrorKind::StorageFull.into()),
            taken => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told() {
    for format in Format::ALL {
        for room in [0, 1, 100] {
            let error = write(&sheet(), format, None, &mut Full(room)).expect_err("no room");
            assert!(matches!(error, ExportError::Sink(_)), "{error}");
        }
    }
}
