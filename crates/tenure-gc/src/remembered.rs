//! Old objects that may point to young ones: those written to, and those promoted with what stayed.
//!
//! **Shape:** the barrier sets [`LOGGED`] in an object and puts it on the `log`, once until the
//! log is drained; draining sets [`REMEMBERED`] and puts it on the `list`, once until a collection
//! finds that it points to nothing young. **Invariant:** an old object that points to a young one
//! has one of the two bits and is on the list of that name, when a collection begins.

use alloc::vec::Vec;

use crate::object::{LOGGED, Object, REMEMBERED};

/// The objects that a minor collection looks through.
pub(crate) struct Remembered {
    /// Written to since the log was last drained.
    pub(crate) log: Vec<Object>,
    /// To be looked through.
    pub(crate) list: Vec<Object>,
}

impl Remembered {
    pub(crate) const fn new() -> Self {
        Self {
            log: Vec::new(),
            list: Vec::new(),
        }
    }

    /// Notes that a live old object may be written to.
    pub(crate) fn note_write(&mut self, object: Object) {
        // SAFETY: the caller's object is live.
        unsafe { object.set_word(object.word().with(LOGGED)) };
        self.log.push(object);
    }

    /// Notes that a live old object may point to young ones.
    pub(crate) fn remember(&mut self, object: Object) {
        // SAFETY: the caller's object is live.
        unsafe {
            let word = object.word();
            if !word.has(REMEMBERED) {
                object.set_word(word.with(REMEMBERED));
                self.list.push(object);
            }
        }
    }

    /// Takes the log, whose objects may be written to anew, onto the list.
    pub(crate) fn drain_log(&mut self) {
        let mut log = core::mem::take(&mut self.log);
        for object in log.drain(..) {
            // SAFETY: logged objects are live: a mark ends with an empty log.
            unsafe { object.set_word(object.word().without(LOGGED)) };
            self.remember(object);
        }
        self.log = log;
    }
}
