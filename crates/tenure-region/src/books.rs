//! What a pool tells the ledger: the bytes that it holds, page by page.
//!
//! The one place where pools meet the ledger. An account is opened at the first page and closed
//! when the pool ends; a pool without a name has none.

use tenure_base::ledger::{Account, Kind, UNLIMITED};

use crate::accounts;
use crate::refused::Refused;

/// The account of a pool, if it has one.
#[derive(Clone, Copy)]
pub(crate) struct Books {
    name: &'static str,
    account: Option<&'static Account>,
}

impl Books {
    /// Nobody is told.
    pub(crate) const NONE: Self = Self {
        name: "",
        account: None,
    };

    pub(crate) const fn new(name: &'static str, account: &'static Account) -> Self {
        Self {
            name,
            account: Some(account),
        }
    }

    /// The pool is about to hold its first page.
    pub(crate) fn open(self) {
        if let Some(account) = self.account {
            accounts::open(account, Kind::Pool, self.name, UNLIMITED);
        }
    }

    /// So many bytes more.
    pub(crate) fn hold(self, bytes: usize) -> Result<(), Refused> {
        match self.account {
            Some(account) => account.charge(bytes).map_err(|_| Refused::Limit),
            None => Ok(()),
        }
    }

    /// So many bytes more, all in use; how many of them are is not told of again.
    pub(crate) fn hold_used(self, bytes: usize) -> Result<(), Refused> {
        self.hold(bytes)?;
        if let Some(account) = self.account {
            account.move_used(bytes.cast_signed());
        }
        Ok(())
    }

    /// As [`Books::release`], of what was held by [`Books::hold_used`].
    pub(crate) fn release_used(self, bytes: usize) {
        self.release(bytes);
        if let Some(account) = self.account {
            account.move_used(-bytes.cast_signed());
        }
    }

    /// So many bytes less.
    pub(crate) fn release(self, bytes: usize) {
        if let Some(account) = self.account {
            account.uncharge(bytes);
        }
    }

    /// Whether the account, if there is one, holds so many bytes.
    #[cfg(test)]
    pub(crate) fn is_at(self, bytes: usize) -> bool {
        (self.account).is_none_or(|account| account.held_bytes() == bytes)
    }

    /// So many bytes of what is held are in use; for pools that one thread uses at a time.
    #[inline]
    pub(crate) fn use_bytes(self, bytes: usize) {
        if let Some(account) = self.account {
            account.set_used(bytes);
        }
    }

    /// The pool ends. A static does not.
    #[cfg(feature = "alloc")]
    pub(crate) fn close(self) {
        if let Some(account) = self.account {
            account.close();
        }
    }
}
