//! The end of a heap.

use alloc::boxed::Box;
use core::ptr::NonNull;

use crate::memory::State;

/// Ends a state: drops its values, does what follows objects that are gone, gives its memory back.
pub(super) struct Owner(pub(super) NonNull<State>);

impl Drop for Owner {
    fn drop(&mut self) {
        /// Goes on behind a drop or a cleaner that has panicked.
        struct GoOn<'a>(&'a mut State);
        impl GoOn<'_> {
            fn end(&mut self) {
                let memory = self.0.memory_mut();
                memory.drop_all();
                memory.references.end();
                while let Some(gone) = memory.next_gone() {
                    gone.gone();
                }
            }
        }
        impl Drop for GoOn<'_> {
            fn drop(&mut self) {
                self.end();
            }
        }
        // SAFETY: the state was leaked from a box and is owned by this value alone; no mutation is
        // open when its heap ends.
        let mut state = unsafe { Box::from_raw(self.0.as_ptr()) };
        let mut go_on = GoOn(&mut state);
        go_on.end();
        core::mem::forget(go_on);
    }
}
