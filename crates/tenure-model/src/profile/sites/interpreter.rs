//! Interpreters whose frames could not be read.

use tenure_trace::profile::Interpreter;
use tenure_trace::profile::code::{STATE_READ, STATE_VERSION};

/// A CPython that ran in a process, and whose functions are not in its stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadInterpreter {
    /// Its version, such as 3, 14, 0; `None` for one that is older than 3.11.
    pub version: Option<[u8; 3]>,
    /// Why.
    pub reason: Unread,
}

/// Why the frames of an interpreter could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is of a version that the recorder does not know.
    Version,
    /// It is of a known version, but built in an unknown way.
    Build,
}

impl UnreadInterpreter {
    /// What a record says of `interpreter`; `None` where it was read.
    pub(super) fn of(interpreter: Interpreter) -> Option<Self> {
        let reason = match interpreter.state {
            STATE_READ => return None,
            STATE_VERSION => Unread::Version,
            _ => Unread::Build,
        };
        let [_, _, _, _, major, minor, patch, _] = interpreter.version.to_be_bytes();
        let version = (interpreter.version != 0).then_some([major, minor, patch]);
        Some(Self { version, reason })
    }
}
