//! What can be done about memory that is held and not used: a rule, its evidence, its remedy.

use super::Fragmentation;
use crate::quantity::{bytes, count, counted, percent};
use crate::site_name;
use tenure_model::profile::Names;
use tenure_model::unit::Ratio;

/// Less than this is not worth a word, in bytes.
const WORTH_BYTES: u64 = 256 << 10;
/// Nor is less than this part of what is held, as one part in so many.
const WORTH_PARTS: u64 = 20;

/// An advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    /// Which rule gives it.
    pub(crate) rule: &'static str,
    /// What it saves at most, in bytes.
    pub(crate) gain_bytes: u64,
    /// Evidence and remedy, in sentences.
    pub(crate) text: String,
}

/// What the figures call for, one advice for each rule that applies.
pub(crate) fn advice(held: &Fragmentation, names: &Names<'_>) -> Vec<Advice> {
    let rules = [pinned(held, names), cached(held), wasted(held)];
    rules.into_iter().flatten().collect()
}

fn is_worth(part: u64, held: &Fragmentation) -> bool {
    part >= WORTH_BYTES && part >= held.split.held() / WORTH_PARTS
}

/// The site that pins most.
fn pinned(held: &Fragmentation, names: &Names<'_>) -> Option<Advice> {
    let first = held.sites.first()?;
    let pins = first.pins;
    if !is_worth(pins.pinned_free_bytes, held) {
        return None;
    }
    let own = names.own_of(first.stack);
    let name = own.map_or("blocks without a call stack".to_owned(), |own| {
        site_name::place(&own)
    });
    let share = Ratio::of(pins.pinned_free_bytes, held.pinned_by_sites);
    let mut text = format!(
        "{name} pins {} of free slots, {} of all that are pinned, with {} of its own in {} on {}.",
        bytes(pins.pinned_free_bytes),
        percent(share),
        bytes(pins.live_bytes),
        counted(pins.live_blocks, "block", "blocks"),
        counted(pins.pages, "heap page", "heap pages"),
    );
    text.push_str(&match pins.gain_bytes {
        0 => {
            " Blocks of other sites lie on all of these: what is allocated side by side lives for \
              different times."
                .to_owned()
        }
        gain => format!(
            " If those of its blocks lay together that are alone on their {}, {} would come free: \
             give blocks that live long a pool or region of their own, or allocate them before \
             those that do not.",
            counted(pins.alone_pages, "page", "pages"),
            bytes(gain)
        ),
    });
    Some(Advice {
        rule: "pinned",
        gain_bytes: pins.gain_bytes,
        text,
    })
}

/// What is free and resident.
fn cached(held: &Fragmentation) -> Option<Advice> {
    let cached = held.split.cached();
    is_worth(cached, held).then(|| Advice {
        rule: "cached",
        gain_bytes: cached,
        text: format!(
            "{} are free, still resident, and pinned by nobody: the heap keeps them for the next \
             allocations; malloc_trim(0) gives to the kernel what lies in whole pages.",
            bytes(cached)
        ),
    })
}

/// The class whose blocks waste most.
fn wasted(held: &Fragmentation) -> Option<Advice> {
    let classes = held.classes.iter();
    let class = classes.max_by_key(|class| class.split.internal_waste)?;
    let (waste, live) = (class.split.internal_waste, class.split.live);
    let block = class.block_bytes?;
    let mean = live.checked_div(class.live_blocks)?;
    is_worth(waste, held).then(|| Advice {
        rule: "wasted",
        gain_bytes: waste,
        text: format!(
            "Blocks of {} bytes waste {}: they were asked for {} bytes on average; ask for sizes \
             that fit a class (`tenure stats`).",
            count(block),
            bytes(waste),
            count(mean)
        ),
    })
}
