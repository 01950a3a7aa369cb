//! The sites of a run: which call stacks allocated, how much, and for how long.
//!
//! A [`ProcessSites`] takes in the array files of one process; a [`SitesBuilder`] adds processes
//! up to [`Sites`]. The same stack in different threads and processes is one [`Site`]: frames are
//! the same by module (build-id, without one path) and offset.
//!
//! # Definitions
//!
//! *live* is what was not freed at the end of its process; a block that a forked child shares
//! with its parent counts once, in the parent. *at peak* is what was live when the requested live
//! bytes of a process were highest; peaks of different processes fall at different times and are
//! not added up, so that of the process with the largest is given ([`Peak`]).

mod builder;
mod diff;
mod figure;
mod frame;
mod histogram;
mod image;
mod interpreter;
mod lifetimes;
mod naming;
mod process_sites;
mod rule;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
mod site;
mod stacks;
mod sums;
mod symbols;

pub use builder::SitesBuilder;
pub use diff::{Change, Diff, SiteChange, SiteSide};
pub use figure::{Figure, Interval};
pub use frame::{Frame, FrameId, Function, FunctionId, Mapping, Module, ModuleId, ModuleKind};
pub use histogram::{Bucket, Histogram};
pub use image::{Image, LiveCurve, LivePoint, Mode, Peak};
pub use interpreter::{Unread, UnreadInterpreter};
pub use lifetimes::{Lifetime, Lifetimes};
pub use naming::{NamedFrame, Names};
pub use process_sites::ProcessSites;
pub use rule::{Border, Breach, Metric, Rule, RuleError};
pub use site::{Key, Site, SizeCount};
pub use stacks::{StackId, Stacks};
pub use symbols::{ModuleSymbols, SourceFrame, SourceVariable, Symbols, Unnamed};

use crate::unit::saturating_sum;
use std::cmp::Reverse;

/// Distinct call stacks that are kept of a process, and of a run; more are told as lost. Together
/// they need some two gigabytes of memory.
const SITES_MAX: usize = 1 << 20;

/// The sites of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sites {
    /// What was recorded of each allocation: of several processes the most detailed.
    pub mode: Mode,
    /// Mean gap between two samples in bytes; `None` where every allocation was seen.
    pub sample_rate_bytes: Option<u64>,
    /// The program images that recorded sites, in the order in which they were added.
    pub images: Vec<Image>,
    /// The programs and libraries that frames lie in.
    pub modules: Vec<Module>,
    /// The interpreted functions that frames lie in.
    pub functions: Vec<Function>,
    /// The interpreters that ran and whose frames could not be read, each once.
    pub unread_interpreters: Vec<UnreadInterpreter>,
    /// The frames that stacks are made of.
    pub frames: Vec<Frame>,
    /// The call stacks.
    pub stacks: Stacks,
    /// One for each stack that allocated, in the order of their stacks.
    pub sites: Vec<Site>,
    /// The moment that the figures at peak belong to; `None` where none was recorded.
    pub peak: Option<Peak>,
    /// What of the files could not be read or was not recorded, one sentence each.
    pub notes: Vec<String>,
}

impl Sites {
    /// The frame with this id.
    pub fn frame(&self, id: FrameId) -> Frame {
        self.frames
            .get(id.index())
            .copied()
            .unwrap_or(Frame::Unknown)
    }

    /// The module with this id, where there is one.
    pub fn module(&self, id: ModuleId) -> Option<&Module> {
        self.modules.get(id.index())
    }

    /// The frames of a site, innermost first.
    pub fn stack(&self, site: &Site) -> impl Iterator<Item = FrameId> + use<'_> {
        self.stacks.frames(site.stack)
    }

    /// The sites, those with the most first. Equals are in the order of bytes requested.
    pub fn ordered_by(&self, key: Key) -> Vec<&Site> {
        let mut ordered: Vec<_> = self.sites.iter().collect();
        ordered.sort_by_cached_key(|site| {
            let second = site.by(Key::Allocated);
            (Reverse(site.by(key)), Reverse(second), site.stack)
        });
        ordered
    }

    /// The sums over all sites. Lifetimes have none, and neither have ratios of frees.
    pub fn totals(&self) -> SiteTotals {
        let sum = |of: fn(&Site) -> Figure| Figure::sum(self.sites.iter().map(of));
        let add = |of: fn(&Site) -> u64| saturating_sum(self.sites.iter().map(of));
        SiteTotals {
            allocations: sum(|site| site.allocations),
            frees: sum(|site| site.frees),
            allocated_bytes: sum(|site| site.allocated_bytes),
            live_bytes: sum(|site| site.live_bytes),
            live_blocks: sum(|site| site.live_blocks),
            peak_bytes: sum(|site| site.peak_bytes),
            peak_blocks: sum(|site| site.peak_blocks),
            waste_bytes: add(Site::waste_bytes),
        }
    }
}

/// Sums over all sites.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SiteTotals {
    /// Blocks allocated.
    pub allocations: Figure,
    /// Blocks freed.
    pub frees: Figure,
    /// Bytes requested.
    pub allocated_bytes: Figure,
    /// Requested bytes not freed at the end.
    pub live_bytes: Figure,
    /// Blocks not freed at the end.
    pub live_blocks: Figure,
    /// Requested bytes live at the global peak.
    pub peak_bytes: Figure,
    /// Blocks live at the global peak.
    pub peak_blocks: Figure,
    /// Bytes handed out beyond those requested, over all allocations.
    pub waste_bytes: u64,
}

#[cfg(test)]
mod tests;
