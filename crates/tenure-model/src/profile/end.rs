//! How a recorded program image came to its end.

/// How a recorded program image came to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Left through `exit` or the end of `main`.
    Exit,
    /// Stopped by a fault in its use of the heap, such as a double free.
    Fault,
    /// Replaced itself by another program that recorded too (exec).
    Exec,
    /// Killed by this signal; known of the process that the supervisor started.
    Signal(i32),
    /// Still running when the record was made.
    Running,
    /// Gone without leaving through `exit`: killed, left by `_exit`, or replaced by a program
    /// that did not record.
    #[default]
    Unseen,
}

impl End {
    /// One word for machines: `exit`, `fault`, `exec`, `signal`, `running` or `unseen`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Fault => "fault",
            Self::Exec => "exec",
            Self::Signal(_) => "signal",
            Self::Running => "running",
            Self::Unseen => "unseen",
        }
    }
}
