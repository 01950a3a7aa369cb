//! The page of a record whose heap pages were counted.

use crate::recorded::Record;
use tenure_model::fragmentation::{Class, Reason, Scan, SitePins, Split};
use tenure_model::profile::sample::{shop, symbols};
use tenure_report::fragmentation::{Fragmentation, ProcessHeld, SiteHeld};
use tenure_report::report::{self, Limits};

fn class(block_bytes: Option<u64>, live_blocks: u64, split: Split) -> Class {
    Class {
        block_bytes,
        pages: 40,
        partly_pages: 39,
        slots: 40 * 64,
        carved: 40 * 64,
        live_blocks,
        free_slots: split.pinned_free / 1024,
        split,
        ..Class::default()
    }
}

/// What the shop's heap held; with sites, its first one pins most and the second the rest.
fn held(record: &Record, has_sites: bool) -> Fragmentation {
    let pinned = Split {
        live: 100_000,
        internal_waste: 2400,
        pinned_free: 2_519_040,
        uncarved: 4096,
        ..Split::default()
    };
    let large = Split {
        live: 3_000_000,
        ..Split::default()
    };
    let classes = vec![class(Some(1024), 100, pinned), class(None, 3, large)];
    let mut split = Split {
        free_slices: 196_608,
        purged: 65_536,
        ..Split::default()
    };
    classes.iter().for_each(|class| split += class.split);
    let pins = |live_blocks, pinned_free_bytes| SitePins {
        live_blocks,
        live_bytes: live_blocks * 1000,
        pages: 39,
        pinned_free_bytes,
        alone_pages: 30,
        gain_bytes: pinned_free_bytes / 4 * 3,
        ..SitePins::default()
    };
    let mut sites = Vec::new();
    if has_sites {
        for (site, pins) in record
            .sites
            .sites
            .iter()
            .zip([pins(90, 2_500_000), pins(10, 19_040)])
        {
            sites.push(SiteHeld {
                stack: site.stack,
                pins,
            });
        }
    }
    Fragmentation {
        processes: vec![ProcessHeld {
            program: "shop".into(),
            scan: Scan {
                reason: Reason::Exit,
                ..Scan::default()
            },
            split,
            table_bytes: 40_960,
        }],
        split,
        table_bytes: 40_960,
        classes,
        pinned_by_sites: sites.iter().map(|site| site.pins.pinned_free_bytes).sum(),
        sites,
        has_sites,
        has_requested: has_sites,
    }
}

/// The shop's page with what its heap held.
pub(crate) fn page(has_sites: bool) -> String {
    let record = Record::new("shop.tnr", &["shop", "--open"], &shop(), symbols());
    let held = held(&record, has_sites);
    let recorded = report::Recorded {
        held: Some(&held),
        ..record.recorded()
    };
    report::page(&recorded, Limits::default()).html
}
