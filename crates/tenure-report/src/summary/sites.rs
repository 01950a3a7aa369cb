//! The sites that hold the most, at exit and when memory was first refused, and those that come and
//! go the most.

use crate::lifespan::lifespan;
use crate::quantity::{bytes, counted};
use crate::site_name;
use crate::style::{Style, Tone};
use std::cmp::Reverse;
use tenure_model::profile::{Names, Site, Sites};

/// Sites that each list names.
const SITES: usize = 5;
const BYTES_COLUMNS: usize = 12;
const BLOCKS_COLUMNS: usize = 18;
const LIFE_COLUMNS: usize = 13;

/// The sites that a summary names: those that hold the most, those that did when the limit first
/// refused a request, and those that churn the most.
/// Names are needed for these alone.
pub fn named_sites(sites: &Sites) -> [Vec<&Site>; 3] {
    let most = |of: fn(&Site) -> (u64, u64)| {
        let mut with_any: Vec<_> = sites.sites.iter().filter(|site| of(site).0 > 0).collect();
        with_any.sort_by_key(|site| (Reverse(of(site)), site.stack));
        with_any.truncate(SITES);
        with_any
    };
    [
        most(|site| (site.live_bytes.value, site.live_blocks.value)),
        most(|site| (site.refusal_bytes, site.refusal_blocks)),
        most(|site| (site.frees.value, site.freed_bytes.value)),
    ]
}

/// What a list says of a site: bytes and blocks.
type Amount = fn(&Site) -> (u64, u64);

/// The lists; empty where no call stacks were recorded.
pub fn sites(names: &Names<'_>, style: Style) -> String {
    let [holds, held, churns] = named_sites(names.sites());
    let mut text = String::new();
    let lists: [(&str, Vec<&Site>, Amount); 3] = [
        ("hold the most at exit", holds, |site| {
            (site.live_bytes.value, site.live_blocks.value)
        }),
        (
            "held the most when memory was first refused",
            held,
            |site| (site.refusal_bytes, site.refusal_blocks),
        ),
        ("allocate and free the most", churns, |site| {
            (site.freed_bytes.value, site.frees.value)
        }),
    ];
    for (head, sites, amount) in lists {
        if sites.is_empty() {
            continue;
        }
        let head = format!("{head}: bytes, blocks, median life, where");
        let head = crate::visible::cut(&head, style.width.saturating_sub(2));
        text.push_str(&format!("\n  {}\n", style.paint(Tone::Quiet, &head)));
        for site in sites {
            text.push_str(&line(names, site, amount(site), style));
        }
    }
    text
}

fn line(names: &Names<'_>, site: &Site, (amount, blocks): (u64, u64), style: Style) -> String {
    let figure = format!("{:>BYTES_COLUMNS$}", bytes(amount));
    let blocks = counted(blocks, "block", "blocks");
    let life = lifespan(site.lifetimes_ns.p50());
    let mut line = style.paint(Tone::Figure, &figure);
    line.push_str(&format!("{blocks:>BLOCKS_COLUMNS$}"));
    let mut used = BYTES_COLUMNS + BLOCKS_COLUMNS;
    // A narrow line keeps the name of the place.
    if style.width >= 60 {
        line.push_str(&format!("{life:>LIFE_COLUMNS$}"));
        used += LIFE_COLUMNS;
    }
    let room = style.width.saturating_sub(used + 2);
    let own = names
        .own(site)
        .map_or("[no stack]".into(), |own| site_name::place(&own));
    line.push_str(&format!("  {}\n", crate::visible::cut(&own, room)));
    line
}
