//! The ledger: an account for each manager of memory, with what it holds and what it may hold.
//!
//! **Shape:** an [`Account`] is a handful of atomic words that its manager keeps for ever and opens
//! under a name; a [`Ledger`] is the list of all accounts that were ever opened. Managers report
//! chunks, not objects, so an account costs next to nothing.
//! **Invariants:**
//! * (a) no charge that succeeds leaves `held` above the limit that it read;
//! * (b) `peak` is the most that `held` has been since the account was opened;
//! * (c) the list only grows, and each account is on it once: a reader needs no lock;
//! * (d) kind and name are read as they were between one [`Ledger::open`] and the next
//!   [`Account::close`], never a mixture of two openings.
//!
//! **Cost:** a charge is one compare-and-swap and one maximum; reading is a few loads an account.
//! **Not here:** who is asked when a limit is met (the manager knows), and limits over several
//! accounts.

use crate::sync::atomic::{
    AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

/// Bytes of a name that are kept; longer ones are cut at a letter.
pub const NAME_BYTES_MAX: usize = 32;
const NAME_WORDS: usize = NAME_BYTES_MAX / 8;

/// The limit of an account without one.
pub const UNLIMITED: usize = usize::MAX;

/// What kind of manager has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Blocks of any size, freed one by one.
    Heap = 1,
    /// Values that are freed together.
    Arena = 2,
    /// Blocks of one size.
    Pool = 3,
    /// A heap with a garbage collector.
    Collected = 4,
    /// Files and devices mapped into memory.
    Mapped = 5,
    /// All that counts against a limit on the whole process, whoever manages it: what it holds is
    /// in other accounts too.
    Process = 6,
    /// A limit that managers pay into: what it holds is in their accounts too.
    Budget = 7,
}

impl Kind {
    fn from_code(code: u8) -> Option<Self> {
        [
            Self::Heap,
            Self::Arena,
            Self::Pool,
            Self::Collected,
            Self::Mapped,
            Self::Process,
            Self::Budget,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == code)
    }
}

/// A charge that an account did not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Bytes that were to be held in addition.
    pub wanted_bytes: usize,
    /// Bytes held.
    pub held_bytes: usize,
    /// The most that may be held.
    pub limit_bytes: usize,
}

/// What an account says at one moment. Each number is whole; they are not of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What manages the memory.
    pub kind: Kind,
    /// As which.
    pub name: Name,
    /// Bytes held: taken from the operating system or from another manager.
    pub held_bytes: usize,
    /// Bytes of these that are in use, as the manager last said.
    pub used_bytes: usize,
    /// The most that was held.
    pub peak_bytes: usize,
    /// The most that may be held; [`UNLIMITED`] for no limit.
    pub limit_bytes: usize,
    /// Requests that the limit has refused.
    pub refusals: u64,
}

/// The name of an account, at most [`NAME_BYTES_MAX`] bytes of UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name([u64; NAME_WORDS]);

impl Name {
    fn of(text: &str) -> Self {
        let mut end = text.len().min(NAME_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut words = [0; NAME_WORDS];
        for (at, byte) in text.as_bytes()[..end].iter().enumerate() {
            words[at / 8] |= u64::from(*byte) << (at % 8 * 8);
        }
        Self(words)
    }

    /// Writes the name into `room` and gives the part that it fills.
    pub fn text<'a>(&self, room: &'a mut [u8; NAME_BYTES_MAX]) -> &'a str {
        for (at, byte) in room.iter_mut().enumerate() {
            *byte = (self.0[at / 8] >> (at % 8 * 8)) as u8;
        }
        let end = room.iter().position(|byte| *byte == 0);
        core::str::from_utf8(&room[..end.unwrap_or(NAME_BYTES_MAX)]).unwrap_or_default()
    }
}

/// What one manager of memory holds and may hold.
///
/// # Examples
/// ```
/// use tenure_base::ledger::{Account, Kind, Ledger};
///
/// static LEDGER: Ledger = Ledger::new();
/// static TILES: Account = Account::new();
///
/// LEDGER.open(&TILES, Kind::Arena, "tiles", 10_000);
/// TILES.charge(8_000).unwrap();
/// let refused = TILES.charge(4_000).unwrap_err();
/// assert_eq!((refused.held_bytes, refused.limit_bytes), (8_000, 10_000));
/// TILES.uncharge(8_000);
/// assert_eq!(LEDGER.readings().next().unwrap().peak_bytes, 8_000);
/// ```
#[repr(C, align(64))]
pub struct Account {
    held: AtomicUsize,
    limit: AtomicUsize,
    peak: AtomicUsize,
    used: AtomicUsize,
    refusals: AtomicU64,
    /// Odd while the account is open, even while it is not; never goes back.
    epoch: AtomicU32,
    listed: AtomicU8,
    kind: AtomicU8,
    name: [AtomicU64; NAME_WORDS],
    next: AtomicPtr<Account>,
}

impl Default for Account {
    fn default() -> Self {
        Self::new()
    }
}

/// Defines a constructor that is `const` but for the modelled atomics, which cannot be.
macro_rules! constructor {
    ($(#[$doc:meta])* => $made:expr) => {
        $(#[$doc])*
        #[cfg(not(loom))]
        #[must_use]
        pub const fn new() -> Self {
            $made
        }

        $(#[$doc])*
        #[cfg(loom)]
        #[must_use]
        pub fn new() -> Self {
            $made
        }
    };
}

impl Account {
    constructor! {
        /// A closed account that holds nothing.
        => Self {
            held: AtomicUsize::new(0),
            limit: AtomicUsize::new(UNLIMITED),
            peak: AtomicUsize::new(0),
            used: AtomicUsize::new(0),
            refusals: AtomicU64::new(0),
            epoch: AtomicU32::new(0),
            listed: AtomicU8::new(0),
            kind: AtomicU8::new(0),
            name: [
                AtomicU64::new(0),
                AtomicU64::new(0),
                AtomicU64::new(0),
                AtomicU64::new(0),
            ],
            next: AtomicPtr::new(core::ptr::null_mut()),
        }
    }

    /// Holds `bytes` more.
    ///
    /// # Errors
    /// The limit would be passed: nothing has changed but the count of refusals.
    pub fn charge(&self, bytes: usize) -> Result<(), Refused> {
        self.try_charge(bytes).inspect_err(|_| self.note_refusal())
    }

    /// As [`Account::charge`], for a manager that can do something about a refusal before it tells
    /// anybody: it is not counted.
    ///
    /// # Errors
    /// The limit would be passed, and nothing has changed.
    pub fn try_charge(&self, bytes: usize) -> Result<(), Refused> {
        self.raise(bytes, self.limit_bytes()).map(|_| ())
    }

    /// Holds `bytes` more if that makes no more than `most_bytes`, whatever the limit, and gives
    /// what is held then.
    ///
    /// # Errors
    /// It would be more, and nothing has changed.
    pub fn raise(&self, bytes: usize, most_bytes: usize) -> Result<usize, Refused> {
        let mut held = self.held.load(Ordering::Relaxed);
        loop {
            let after = held.checked_add(bytes).filter(|after| *after <= most_bytes);
            let Some(after) = after else {
                return Err(Refused {
                    wanted_bytes: bytes,
                    held_bytes: held,
                    limit_bytes: most_bytes,
                });
            };
            // Relaxed: the words count memory and guard none.
            match self
                .held
                .compare_exchange_weak(held, after, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => {
                    self.peak.fetch_max(after, Ordering::Relaxed);
                    return Ok(after);
                }
                Err(seen) => held = seen,
            }
        }
    }

    /// Holds `bytes` less.
    pub fn uncharge(&self, bytes: usize) {
        let before = self.held.fetch_sub(bytes, Ordering::Relaxed);
        debug_assert!(before >= bytes, "{bytes} bytes given back of {before} held");
    }

    /// Counts a request that was refused.
    pub fn note_refusal(&self) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
    }

    /// Says that `by` bytes more of what is held are in use (fewer, when negative).
    pub fn move_used(&self, by: isize) {
        self.used.fetch_add(by.cast_unsigned(), Ordering::Relaxed);
    }

    /// Says how many bytes of what is held are in use; for a manager that is the only one of the
    /// account.
    #[inline]
    pub fn set_used(&self, bytes: usize) {
        self.used.store(bytes, Ordering::Relaxed);
    }

    /// Changes the limit; [`UNLIMITED`] takes it away. What is held already stays, also beyond it.
    pub fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// The most that may be held.
    pub fn limit_bytes(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// What the account says; `None` while it is closed.
    pub fn read(&self) -> Option<Reading> {
        let (epoch, kind, name) = self.label()?;
        let reading = Reading {
            kind,
            name,
            held_bytes: self.held_bytes(),
            used_bytes: self.used.load(Ordering::Relaxed),
            peak_bytes: self.peak.load(Ordering::Relaxed),
            limit_bytes: self.limit_bytes(),
            refusals: self.refusals.load(Ordering::Relaxed),
        };
        self.is_still(epoch).then_some(reading)
    }

    /// Kind and name, and the number of the opening that they belong to; `None` while the account
    /// is closed.
    pub fn label(&self) -> Option<(u32, Kind, Name)> {
        // Acquire pairs with the release in `begin`: the name is that of this opening or a later.
        let epoch = self.epoch.load(Ordering::Acquire);
        if epoch & 1 == 0 {
            return None;
        }
        let kind = Kind::from_code(self.kind.load(Ordering::Relaxed));
        let name = Name(core::array::from_fn(|at| {
            self.name[at].load(Ordering::Relaxed)
        }));
        Some((epoch, kind?, name)).filter(|_| self.is_still(epoch))
    }

    fn is_still(&self, epoch: u32) -> bool {
        // Pairs with the fence in `begin`: who saw a later name sees a later epoch too.
        fence(Ordering::Acquire);
        self.epoch.load(Ordering::Relaxed) == epoch
    }

    /// Closes the account; readers pass it over until it is opened again. The manager alone calls
    /// this, while it holds nothing any more.
    pub fn close(&self) {
        let epoch = self.epoch.load(Ordering::Relaxed);
        if epoch & 1 == 1 {
            self.epoch.store(epoch.wrapping_add(1), Ordering::Relaxed);
        }
    }

    fn begin(&self, kind: Kind, name: &str, limit: usize) {
        self.close();
        let epoch = self.epoch.load(Ordering::Relaxed);
        // Pairs with the fence in `is_still`.
        fence(Ordering::Release);
        self.kind.store(kind as u8, Ordering::Relaxed);
        for (word, letters) in self.name.iter().zip(Name::of(name).0) {
            word.store(letters, Ordering::Relaxed);
        }
        self.held.store(0, Ordering::Relaxed);
        self.used.store(0, Ordering::Relaxed);
        self.peak.store(0, Ordering::Relaxed);
        self.refusals.store(0, Ordering::Relaxed);
        self.limit.store(limit, Ordering::Relaxed);
        self.epoch.store(epoch.wrapping_add(1), Ordering::Release);
    }
}

/// Accounts for managers that are many or come and go: one for each kind and name.
///
/// At most `N` names have one; managers of further names go without. An account stays open when the
/// last manager of its name has ended: then it holds nothing. **Limit:** a child that is forked
/// while another thread searches never finds an account.
///
/// # Examples
/// ```
/// use tenure_base::ledger::{Kind, LEDGER, Shared};
/// static ACCOUNTS: Shared<8> = Shared::new();
/// let first = ACCOUNTS.account(&LEDGER, Kind::Arena, "tiles").unwrap();
/// let again = ACCOUNTS.account(&LEDGER, Kind::Arena, "tiles").unwrap();
/// assert!(core::ptr::eq(first, again));
/// assert!(ACCOUNTS.account(&LEDGER, Kind::Arena, "").is_none());
/// ```
#[cfg(not(loom))]
pub struct Shared<const N: usize> {
    accounts: [Account; N],
    is_searched: core::sync::atomic::AtomicBool,
}

#[cfg(not(loom))]
impl<const N: usize> Default for Shared<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(not(loom))]
impl<const N: usize> Shared<N> {
    /// Accounts without names.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            accounts: [const { Account::new() }; N],
            is_searched: core::sync::atomic::AtomicBool::new(false),
        }
    }

    /// The account of all managers of this kind and name; `None` without a name, and when all
    /// accounts have other names. O(N); threads that search at the same time wait for each other.
    pub fn account(
        &'static self,
        ledger: &Ledger,
        kind: Kind,
        name: &str,
    ) -> Option<&'static Account> {
        if name.is_empty() {
            return None;
        }
        while self.is_searched.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        let wanted = Name::of(name);
        let found = self.accounts.iter().find(|account| match account.label() {
            None => true,
            Some((_, its_kind, its_name)) => its_kind == kind && its_name == wanted,
        });
        if let Some(account) = found.filter(|account| account.label().is_none()) {
            ledger.open(account, kind, name, UNLIMITED);
        }
        self.is_searched.store(false, Ordering::Release);
        found
    }
}

/// All accounts that were ever opened with it.
#[repr(C)]
pub struct Ledger {
    first: AtomicPtr<Account>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self::new()
    }
}

/// The function by which a recorder takes the ledger of a program that links this crate itself:
/// `extern "C" fn(*const Ledger)`. The number changes with the layout of [`Account`] and
/// [`Ledger`], so that neither side reads what the other does not have.
pub const JOIN_SYMBOL: &core::ffi::CStr = c"tenure_ledger_join_1";

/// The ledger of this process; of each copy of this crate in it, if there are several. A recorder
/// that was preloaded has one of its own, and reads those that [`JOIN_SYMBOL`] has shown it.
#[cfg(not(loom))]
pub static LEDGER: Ledger = Ledger::new();

impl Ledger {
    constructor! {
        /// An empty ledger. A process needs one only: `LEDGER`.
        => Self {
            first: AtomicPtr::new(core::ptr::null_mut()),
        }
    }

    /// Opens `account`, which holds nothing, under a name and with a limit. Its manager alone calls
    /// this. O(1).
    pub fn open(&self, account: &'static Account, kind: Kind, name: &str, limit_bytes: usize) {
        account.begin(kind, name, limit_bytes);
        if account.listed.swap(1, Ordering::Relaxed) == 1 {
            return;
        }
        let place = core::ptr::from_ref(account).cast_mut();
        let mut first = self.first.load(Ordering::Relaxed);
        loop {
            account.next.store(first, Ordering::Relaxed);
            // Release pairs with the acquire in `readings`: who meets the account sees its link.
            match self.first.compare_exchange_weak(
                first,
                place,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(seen) => first = seen,
            }
        }
    }

    /// What each open account says, the latest first. Needs no lock and no memory; an account that
    /// is opened or closed meanwhile may be left out.
    pub fn readings(&self) -> impl Iterator<Item = Reading> {
        let mut next = self.first.load(Ordering::Acquire);
        core::iter::from_fn(move || {
            loop {
                let account = listed(next)?;
                next = account.next.load(Ordering::Acquire);
                if let Some(reading) = account.read() {
                    return Some(reading);
                }
            }
        })
    }
}

/// The account that a link of the list leads to.
#[allow(
    unsafe_code,
    reason = "a list through values of others is followed by address"
)]
fn listed(link: *mut Account) -> Option<&'static Account> {
    // SAFETY: links are null or were made from a `&'static Account` by `Ledger::open`, with release
    // order before the acquire load that the caller has read the link with.
    unsafe { link.as_ref() }
}

#[cfg(all(test, not(loom)))]
mod tests;
