//! Names for the frames of a recording.

use super::Recording;
use crate::screen;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::env;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tenure_model::profile::{FrameId, Unnamed};
use tenure_probe::symbols::{Cache, Note, Progress, Symboliser, name_frames, name_places};

/// Looking up names that takes longer shows how far it is.
const PATIENCE: Duration = Duration::from_secs(1);
/// Notes about modules that are told; the others are counted.
const NOTES_MAX: usize = 5;

/// Completes the names that `recording` carries by those of the frames `wanted`.
///
/// They come from the files of the modules, their debug data, and the cache of what was looked up
/// before. What is missing is told on stderr, but for a record that carries names: those were
/// looked up where its files were, and what they lack is no news here. A frame without a name is
/// shown by its module and offset.
pub(crate) fn complete(recording: &mut Recording, wanted: &[FrameId]) {
    let is_bundle = !recording.symbols.is_empty();
    let mut bar = Bar::new();
    let frames = wanted.iter().copied();
    let Recording { sites, symbols, .. } = recording;
    let notes = name_frames(&symboliser(), sites, frames, symbols, &mut |progress| {
        bar.show(progress);
    });
    bar.bar.finish_and_clear();
    if !is_bundle {
        tell(&notes);
    }
}

/// Completes them by those of the places from which heaps are reached.
pub(crate) fn complete_places(recording: &mut Recording, wanted: &[Unnamed]) {
    let mut bar = Bar::new();
    let symbols = &mut recording.symbols;
    let is_bundle = !symbols.is_empty();
    let notes = name_places(&symboliser(), wanted, symbols, &mut |progress| {
        bar.show(progress);
    });
    bar.bar.finish_and_clear();
    if !is_bundle {
        tell(&notes);
    }
}

/// One that keeps what it finds in the user's cache.
fn symboliser() -> Symboliser {
    match cache_folder() {
        Some(folder) => Symboliser::new().with_cache(Cache::new(folder)),
        None => Symboliser::new(),
    }
}

fn tell(notes: &[Note]) {
    for note in notes.iter().take(NOTES_MAX) {
        screen::complain(&note.to_string());
    }
    if notes.len() > NOTES_MAX {
        let more = notes.len() - NOTES_MAX;
        screen::complain(&format!("{more} more modules have no or fewer symbols"));
    }
}

/// `$XDG_CACHE_HOME/tenure/symbols`, else `~/.cache/tenure/symbols`; else there is no cache.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(base.join("tenure/symbols"))
}

/// A bar that appears once looking up has lasted.
struct Bar {
    begin: Instant,
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let template = "symbols {bar:30} {pos} of {len} {wide_msg}";
        // The template is a constant; were it wrong, the default one would do.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            begin: Instant::now(),
            bar,
        }
    }

    fn show(&mut self, progress: Progress<'_>) {
        if self.begin.elapsed() < PATIENCE {
            return;
        }
        if self.bar.is_hidden() {
            // Draws nothing where stderr is not a terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let name = progress.module.file_name().unwrap_or_default();
        self.bar.set_length(progress.total as u64);
        self.bar.set_position(progress.done as u64);
        self.bar
            .set_message(tenure_report::shell_word(&name.to_string_lossy()));
    }
}
