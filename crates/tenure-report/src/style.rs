//! What the target of a text can show: its width, and whether it takes colour.

/// What the target of a text can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns that a line may fill. Text adapts from 40 on; 80 and more shows everything.
    pub width: usize,
    /// Whether ANSI colours are wanted: the target is a terminal and `NO_COLOR` is not set.
    pub color: bool,
}

impl Style {
    /// 80 columns without colour, for files and pipes.
    pub const PLAIN: Self = Self {
        width: 80,
        color: false,
    };

    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Title | Tone::Figure => "1",
            Tone::Quiet => "2",
            Tone::Bar => "36",
            Tone::Good => "32",
            Tone::Bad => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// What a piece of text is, from which its colour follows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    Title,
    Figure,
    Quiet,
    Bar,
    Good,
    Bad,
}
