//! What container runtimes and log shippers put around each line.
//!
//! Layers are taken off from the outside: `docker compose logs -t` has a name and a date, a
//! cluster's agent may put JSON around both. Which layers there are is learnt from the first
//! lines; a log that shows none pays nothing afterwards.
//!
//! **Not here**: the pieces of a line that a container runtime split at 16 KiB stay pieces; no
//! collector writes lines that long.

mod json;
mod prefix;

use prefix::Prefix;

/// Lines from which the layers are learnt.
const LEARN_LINES: u32 = 64;
/// Layers around a line, at most.
const LAYERS_MAX: usize = 4;

/// Takes the wrapper off each line. What it is, is learnt from the first lines.
#[derive(Debug, Default)]
pub(crate) struct Wrapper {
    unwrapped: Vec<u8>,
    layers: Vec<Layer>,
    wrapped_lines: u32,
    bare_lines: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Prefix(Prefix),
    Json,
}

impl Wrapper {
    /// The line inside: borrowed from `line` where it stands there whole, from the wrapper's
    /// own buffer where it had to be decoded.
    pub(crate) fn unwrap<'a>(&'a mut self, line: &'a [u8]) -> &'a [u8] {
        let is_learning = self.wrapped_lines + self.bare_lines < LEARN_LINES;
        if self.layers.is_empty() && (!is_learning || line.is_empty()) {
            return line;
        }
        if self.layers.is_empty() {
            self.learn(line);
            if self.layers.is_empty() {
                self.bare_lines += 1;
                return line;
            }
        }
        let mut inside = line;
        let mut is_decoded = false;
        let mut is_wrapped = false;
        for layer in &self.layers {
            match layer {
                Layer::Prefix(prefix) => {
                    if let Some(rest) = prefix.strip(inside) {
                        inside = rest;
                        is_wrapped = true;
                    }
                }
                Layer::Json => {
                    is_decoded = json::message(inside, &mut self.unwrapped);
                    is_wrapped |= is_decoded;
                }
            }
        }
        if is_learning {
            self.count(is_wrapped, line);
        }
        if is_decoded { &self.unwrapped } else { inside }
    }

    /// True if lines have been wrapped so far.
    pub(crate) fn is_used(&self) -> bool {
        self.wrapped_lines > self.bare_lines
    }

    /// A few lines of another program do not make a wrapped log.
    fn count(&mut self, is_wrapped: bool, line: &[u8]) {
        if is_wrapped {
            self.wrapped_lines += 1;
        } else if !line.is_empty() {
            self.bare_lines += 1;
        }
        let is_last = self.wrapped_lines + self.bare_lines == LEARN_LINES;
        if is_last && !self.is_used() {
            self.layers.clear();
        }
    }

    fn learn(&mut self, line: &[u8]) {
        let mut inside = line;
        while self.layers.len() < LAYERS_MAX {
            let Some((prefix, rest)) = Prefix::find(inside) else {
                break;
            };
            self.layers.push(Layer::Prefix(prefix));
            inside = rest;
        }
        if json::message(inside, &mut self.unwrapped) {
            self.layers.push(Layer::Json);
        }
    }
}

#[cfg(test)]
mod tests;
