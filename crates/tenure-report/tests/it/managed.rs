//! The page of a record whose processes have accounts.

use crate::recorded::Record;
use tenure_model::profile::Account;
use tenure_model::profile::sample::{shop, symbols};

fn account(kind: &'static str, name: &str, held_bytes: u64) -> Account {
    Account {
        kind,
        name: name.into(),
        members: 1,
        held_bytes,
        used_bytes: held_bytes / 4 * 3,
        peak_bytes: held_bytes,
        ..Account::default()
    }
}

/// The shop, with managers of every kind in its first process and one in the second.
pub(crate) fn record() -> Record {
    let mut record = Record::new("shop.tnr", &["shop", "--open"], &shop(), symbols());
    let [parent, child] = &mut record.profile.processes[..] else {
        panic!("two processes")
    };
    parent.accounts = vec![
        Account {
            limit_bytes: Some(60 << 20),
            refusals: 12,
            ..account("budget", "server", 48 << 20)
        },
        Account {
            limit_bytes: Some(1 << 40),
            ..account("heap", "tiles", 32 << 20)
        },
        Account {
            members: 1200,
            ..account("arena", "requests", 16 << 20)
        },
        Account {
            used_bytes: 0,
            ..account("pool", "<i>connections</i>", 4 << 20)
        },
    ];
    child.accounts = vec![account("heap", "", 1 << 20)];
    child.accounts_left_out = 2;
    record
}
