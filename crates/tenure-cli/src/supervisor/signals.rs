//! Signals that reach the supervisor and are meant for the program.
//!
//! Caught, not ignored: what is ignored stays ignored across exec, so the program would start with
//! signals ignored that nobody asked it to ignore. For the same reason a signal that was ignored
//! when we started (`nohup`) is left alone.

use crate::own_process::{OwnProcess, is_in_foreground};
use shared_child::SharedChild;
use shared_child::unix::SharedChildExt;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::{self, Handle};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const PASSED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Signals that are caught from now on.
pub(super) struct Signals(iterator::Signals);

impl Signals {
    /// Catches every signal that is to be passed on. To be called before the program is started,
    /// so that none is lost between.
    pub(super) fn catch() -> io::Result<Self> {
        let own = OwnProcess::ask().unwrap_or_default();
        let caught = PASSED.into_iter().filter(|&signal| !own.ignores(signal));
        iterator::Signals::new(caught.chain([SIGCHLD])).map(Self)
    }

    /// Passes on to `child` what was caught, and what will be.
    pub(super) fn pass_to(mut self, child: Arc<SharedChild>) -> Passing {
        let handle = self.0.handle();
        let (told, news) = channel();
        let thread = thread::spawn(move || {
            for signal in self.0.forever() {
                if signal == SIGCHLD {
                    // Nobody listens any more when the program has ended already.
                    let _ = told.send(());
                } else if !is_sent_by_terminal(signal) {
                    // A program that has just ended cannot take it, which is as well.
                    let _ = child.send_signal(signal);
                }
            }
        });
        Passing {
            handle,
            thread,
            news,
        }
    }
}

/// Whether the terminal has sent `signal` to the program already: keys send theirs to the whole
/// foreground group.
fn is_sent_by_terminal(signal: i32) -> bool {
    matches!(signal, SIGINT | SIGQUIT) && is_in_foreground()
}

/// Signals being passed on to a child.
pub(super) struct Passing {
    handle: Handle,
    thread: JoinHandle<()>,
    news: Receiver<()>,
}

impl Passing {
    /// Returns when the child may have ended, at the latest after `pause`.
    pub(super) fn wait(&self, pause: Duration) {
        // Either way the caller looks.
        let _ = self.news.recv_timeout(pause);
    }

    /// Passes no more on. Signals that come now are caught and dropped, so that the record can
    /// be written in peace.
    pub(super) fn stop(self) {
        self.handle.close();
        // The thread ends when the iterator does; it cannot panic.
        let _ = self.thread.join();
    }
}
