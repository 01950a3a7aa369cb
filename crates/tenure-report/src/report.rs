//! A recorded profile as one page that opens without a network.
//!
//! The page shows the call stacks as a graph, live bytes over time, and tables of all sites and of
//! the managers of memory; of the whole run and of each process. Where heaps were looked at,
//! tabs show who holds what. Its
//! scripts stand in `ui/report/`; what they read is written by the files beside this one:
//!
//! * `document`: the head of the data, the processes and what the heap counted;
//! * `view`: the sites of the whole run, or of one process;
//! * `columns`: the figures of sites, a list for each;
//! * `places`: functions, files and modules, each once;
//! * `heaps`: who holds the memory of each process, and the shortest ways to blocks;
//! * `losses`: what is lost of them;
//! * `held`: what heaps hold and why;
//! * `managers`: what each heap, arena and pool with a name held;
//! * `choice`: which sites are listed one by one when they are too many.

mod choice;
mod columns;
mod document;
mod heaps;
mod held;
mod losses;
mod managers;
mod places;
mod view;

use crate::fragmentation::Fragmentation;
use crate::holders::Holders;
use crate::leaks::Leaks;
use crate::visible::visible;
use crate::web_page::{BASE_STYLE, SHARED, WebPage};
use document::Document;
use tenure_model::profile::{Profile, Sites, Symbols};

const STYLE: &str = include_str!("../ui/report/page.css");
const MAIN: &str = include_str!("../ui/report/main.js");

macro_rules! modules {
    ($($name:literal)*) => {
        [$((
            concat!("tenure/report/", $name),
            include_str!(concat!("../ui/report/", $name, ".js")),
        )),*]
    };
}

/// Modules that others import, by the name under which they do.
const MODULES: [(&str, &str); 22] = modules! {
    "controls" "detail" "empty" "figures" "fragmentation" "graph" "heap" "histogram" "holders"
    "layout" "leaks" "managers" "paint" "profile" "sites" "state" "tabs" "timeline" "tooltip" "tree"
    "treemap" "way"
};

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// Name of the record's file.
    pub name: &'a str,
    /// The processes of the run and their counters.
    pub profile: &'a Profile,
    /// The sites of the run.
    pub sites: &'a Sites,
    /// The sites of each image of [`Self::sites`] alone, in the same order; may be empty, then the
    /// page has no choice of a process.
    pub each: &'a [Sites],
    /// Names of functions.
    pub symbols: &'a Symbols,
    /// The heaps that were looked at, the largest first; none where none was.
    pub heaps: &'a [Holders<'a>],
    /// What is lost of them.
    pub leaks: Option<&'a Leaks>,
    /// What its heaps held, where that was counted.
    pub held: Option<&'a Fragmentation>,
}

/// How much is listed one by one; what is beyond is summed up, and the page says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sites of the whole run.
    pub sites: usize,
    /// Sites of one process.
    pub sites_of_process: usize,
    /// Processes that can be looked at alone.
    pub processes: usize,
    /// Points of a process's live bytes over time.
    pub points: usize,
    /// Heaps of which is told who holds what.
    pub heaps: usize,
    /// Lines of the tree of holders of a heap.
    pub holders: usize,
    /// Those of them directly below one line.
    pub holders_together: usize,
    /// Sites to which a way from a root is told, of a heap.
    pub ways: usize,
    /// Loss records of each kind.
    pub leaks: usize,
    /// Sites that pin pages.
    pub pins: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sites: 20_000,
            sites_of_process: 2_000,
            processes: 32,
            points: 2_048,
            heaps: 4,
            holders: 5_000,
            holders_together: 60,
            ways: 400,
            leaks: 1_000,
            pins: 1_000,
        }
    }
}

/// A page, and what of the record it lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The file's content.
    pub html: String,
    /// Sites of the run.
    pub sites: usize,
    /// Sites of the run that are listed one by one; the others are summed up in one row.
    pub listed: usize,
}

/// The record as a page.
///
/// ```
/// use tenure_model::profile::{Profile, Sites, Symbols};
/// use tenure_report::report::{Limits, Recorded, page};
/// let recorded = Recorded {
///     name: "a.tnr",
///     profile: &Profile::default(),
///     sites: &Sites::default(),
///     each: &[],
///     symbols: &Symbols::new(),
///     heaps: &[],
///     leaks: None,
///     held: None,
/// };
/// assert!(page(&recorded, Limits::default()).html.starts_with("<!doctype html>"));
/// ```
pub fn page(recorded: &Recorded<'_>, limits: Limits) -> Page {
    let document = Document::of(recorded, limits);
    let modules: Vec<_> = SHARED.iter().chain(&MODULES).copied().collect();
    let page = WebPage {
        title: &format!("{} – memory", visible(recorded.name)),
        styles: &[BASE_STYLE, STYLE],
        modules: &modules,
        main: MAIN,
    };
    let sites = recorded.sites.sites.len();
    Page {
        html: page.html(&document),
        sites,
        listed: sites - document.sites_left_out(),
    }
}

#[cfg(test)]
mod tests;
