//! An account of the ledger: what one manager of memory in a program held, by kind and name.

use tenure_trace::state::AccountRecord;

/// What the managers of one kind and name held when they were last looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// `heap`, `arena`, `pool`, `collected`, `mapped`, `process` or `budget`; `other` for a kind
    /// that is not known here.
    pub kind: &'static str,
    /// The name that the program gave; may be empty.
    pub name: String,
    /// How many there are.
    pub members: u32,
    /// Bytes held: taken from the system or from another manager.
    pub held_bytes: u64,
    /// Bytes of these in use, as the managers last said.
    pub used_bytes: u64,
    /// The most that one of them has held.
    pub peak_bytes: u64,
    /// The most that one of them may hold.
    pub limit_bytes: Option<u64>,
    /// Requests that a limit has refused.
    pub refusals: u64,
}

impl Account {
    /// What the record says.
    pub fn of(record: &AccountRecord) -> Self {
        Self {
            kind: match record.kind {
                1 => "heap",
                2 => "arena",
                3 => "pool",
                4 => "collected",
                5 => "mapped",
                6 => "process",
                7 => "budget",
                _ => "other",
            },
            name: String::from_utf8_lossy(record.name()).into_owned(),
            members: record.members,
            held_bytes: record.held_bytes,
            used_bytes: record.used_bytes,
            peak_bytes: record.peak_bytes,
            limit_bytes: (record.limit_bytes != u64::MAX).then_some(record.limit_bytes),
            refusals: record.refusals,
        }
    }

    /// Bytes held and not in use.
    pub fn waste_bytes(&self) -> u64 {
        self.held_bytes.saturating_sub(self.used_bytes)
    }
}
