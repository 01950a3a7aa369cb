//! The account of the ledger that a heap has by its name: what it holds and what lives.

use tenure_base::ledger::{Account, Kind, LEDGER, Shared};

use crate::cycle::Cycle;

/// Names of heaps for which there is an account.
static ACCOUNTS: Shared<16> = Shared::new();

/// What the account of a heap's name was told of this heap.
#[derive(Default)]
pub(crate) struct Books {
    account: Option<&'static Account>,
    held_bytes: usize,
    live_bytes: usize,
}

impl Books {
    /// Those of a heap with that name, which holds nothing yet.
    pub(crate) fn open(name: &str) -> Self {
        if name.is_empty() {
            return Self::default();
        }
        tenure_os::join::join();
        Self {
            account: ACCOUNTS.account(&LEDGER, Kind::Collected, name),
            ..Self::default()
        }
    }

    /// Tells what a pause has left: held are old and large objects' regions and what is young.
    pub(crate) fn add(&mut self, cycle: &Cycle) {
        let live = cycle.young_bytes.1 + cycle.old_bytes.1 + cycle.large_bytes.1;
        self.tell(cycle.held_bytes + cycle.young_bytes.1, live);
    }

    fn tell(&mut self, held_bytes: usize, live_bytes: usize) {
        let Some(account) = self.account else {
            return;
        };
        if held_bytes > self.held_bytes {
            // An account of a name has no limit.
            let _ = account.charge(held_bytes - self.held_bytes);
        } else {
            account.uncharge(self.held_bytes - held_bytes);
        }
        account.move_used(live_bytes.wrapping_sub(self.live_bytes).cast_signed());
        (self.held_bytes, self.live_bytes) = (held_bytes, live_bytes);
    }
}

impl Drop for Books {
    fn drop(&mut self) {
        self.tell(0, 0);
    }
}
