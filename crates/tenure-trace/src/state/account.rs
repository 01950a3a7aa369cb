//! The accounts of a state file's header: what each manager of memory in the process held when it
//! was last looked at.
//!
//! A `u32` number of accounts, a `u32` number of those for which there was no room, then
//! [`ACCOUNTS_MAX`] records of [`ACCOUNT_BYTES`]. Accounts of one kind and name are one record.
//! Offsets of fields are in bytes from the start of a record. A file that was written before there
//! were accounts has zeros there: none.

use super::header::{ACCOUNT_COUNT_OFFSET, ACCOUNTS_LEFT_OUT_OFFSET, ACCOUNTS_OFFSET};
use crate::little_endian::{array_at, u32_at, u64_at};

/// Records for which there is room.
pub const ACCOUNTS_MAX: usize = 18;
/// Size of a record in bytes.
pub const ACCOUNT_BYTES: usize = 80;
/// Bytes of a name.
pub const NAME_BYTES: usize = 32;

/// `u32`: the kind of manager, by its number in the ledger.
pub const KIND_OFFSET: usize = 0;
/// `u32`, accounts: how many of this kind and name there are.
pub const MEMBERS_OFFSET: usize = 4;
/// `[u8; 32]`: the name in UTF-8, filled up with zeros.
pub const NAME_OFFSET: usize = 8;
/// `u64`, bytes: held.
pub const HELD_BYTES_OFFSET: usize = 40;
/// `u64`, bytes: in use of these.
pub const USED_BYTES_OFFSET: usize = 48;
/// `u64`, bytes: the most that one of them has held.
pub const PEAK_BYTES_OFFSET: usize = 56;
/// `u64`, bytes: the most that one may hold; all ones for no limit.
pub const LIMIT_BYTES_OFFSET: usize = 64;
/// `u64`, requests: refused.
pub const REFUSALS_OFFSET: usize = 72;

/// One record. Each field is documented at its offset constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each field has the documentation of its offset constant"
)]
pub struct AccountRecord {
    pub kind: u32,
    pub members: u32,
    pub name: [u8; NAME_BYTES],
    pub held_bytes: u64,
    pub used_bytes: u64,
    pub peak_bytes: u64,
    pub limit_bytes: u64,
    pub refusals: u64,
}

impl AccountRecord {
    /// Reads one record; `None` where the bytes end before.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            kind: u32_at(bytes, KIND_OFFSET)?,
            members: u32_at(bytes, MEMBERS_OFFSET)?,
            name: array_at(bytes, NAME_OFFSET)?,
            held_bytes: u64_at(bytes, HELD_BYTES_OFFSET)?,
            used_bytes: u64_at(bytes, USED_BYTES_OFFSET)?,
            peak_bytes: u64_at(bytes, PEAK_BYTES_OFFSET)?,
            limit_bytes: u64_at(bytes, LIMIT_BYTES_OFFSET)?,
            refusals: u64_at(bytes, REFUSALS_OFFSET)?,
        })
    }

    /// The name without the zeros behind it.
    pub fn name(&self) -> &[u8] {
        let end = self.name.iter().position(|&byte| byte == 0);
        &self.name[..end.unwrap_or(NAME_BYTES)]
    }
}

/// The accounts of a whole header.
pub(super) fn all(head: &[u8]) -> impl Iterator<Item = AccountRecord> + '_ {
    let count = u32_at(head, ACCOUNT_COUNT_OFFSET).unwrap_or(0) as usize;
    let records = head.get(ACCOUNTS_OFFSET..).unwrap_or_default();
    let records = records.chunks_exact(ACCOUNT_BYTES).take(ACCOUNTS_MAX);
    records.take(count).filter_map(AccountRecord::decode)
}

/// How many accounts there was no room for.
pub(super) fn left_out(head: &[u8]) -> u32 {
    u32_at(head, ACCOUNTS_LEFT_OUT_OFFSET).unwrap_or(0)
}
