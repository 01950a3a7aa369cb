//! Sums to the byte, and what becomes of files that do not add up.

use super::{Recorded, SitePins};
use tenure_trace::pages::{
    ClassRow, FLAG_COMPLETE, FLAG_REQUESTED, FLAG_SITES, FLAG_SITES_FULL, HUGE, PagesHeader,
    PagesView, SITE_ROW_BYTES, SiteRow,
};

/// A heap of two pages of 64-byte blocks, one of them partly used by two sites, and a large block.
fn rows() -> (PagesHeader, [ClassRow; 2], Vec<SiteRow>) {
    let small = ClassRow {
        class: 3,
        block_bytes: 64,
        pages: 2,
        partly_pages: 1,
        empty_pages: 1,
        slots: 2048,
        carved: 192,
        live_blocks: 3,
        live_bytes: 150,
        waste_bytes: 42,
        free_slots: 125,
        pinned_free_bytes: 8000,
        empty_bytes: 4096,
        uncarved_bytes: 0,
        purged_bytes: 64,
    };
    let huge = ClassRow {
        class: HUGE,
        pages: 1,
        slots: 1,
        carved: 1,
        live_blocks: 1,
        live_bytes: 600_000,
        waste_bytes: 2112,
        uncarved_bytes: 4096,
        ..ClassRow::default()
    };
    let site = |class, site, live: u64, waste, pinned: u64| SiteRow {
        class,
        site,
        live_blocks: if class == HUGE { 1 } else { live / 50 },
        live_bytes: live,
        waste_bytes: waste,
        pages: 1,
        pinned_free_bytes: pinned,
        ..SiteRow::default()
    };
    let sites = vec![
        site(3, 9, 100, 28, 5333),
        site(3, 4, 50, 14, 2667),
        site(HUGE, 9, 600_000, 2112, 0),
    ];
    let header = PagesHeader {
        pid: 5,
        flags: FLAG_COMPLETE | FLAG_SITES | FLAG_REQUESTED,
        reason: 1,
        threads: 1,
        class_rows: 2,
        os_page_bytes: 4096,
        held_bytes: 150 + 42 + 8000 + 4096 + 600_000 + 2112 + 4096 + 65_536,
        free_slice_bytes: 65_536,
        empty_slice_bytes: 131_072,
        site_rows: 3,
        ..PagesHeader::default()
    };
    (header, [small, huge], sites)
}

fn file(header: &PagesHeader, classes: &[ClassRow], sites: &[SiteRow]) -> Vec<u8> {
    let mut bytes = header.encode().to_vec();
    classes.iter().for_each(|row| bytes.extend(row.encode()));
    sites.iter().for_each(|row| bytes.extend(row.encode()));
    bytes
}

fn read(bytes: &[u8]) -> Result<Recorded, String> {
    let view = PagesView::parse(bytes).map_err(|error| error.to_string())?;
    let recorded = Recorded::read(&view)?;
    recorded.check();
    Ok(recorded)
}

#[test]
fn parts_add_up_to_what_is_held_to_the_byte() {
    let (header, classes, sites) = rows();
    let recorded = read(&file(&header, &classes, &sites)).unwrap();
    let split = recorded.split();
    assert_eq!(split.held(), header.held_bytes);
    assert_eq!(
        split.live + split.internal_waste + split.pinned_free + split.cached(),
        split.held()
    );
    assert_eq!(
        (split.live, split.pinned_free, split.cached(), split.purged),
        (600_150, 8000, 4096 + 4096 + 65_536, 131_136)
    );
    assert_eq!(recorded.losses(), [] as [String; 0]);
    assert_eq!(recorded.sites(), [9, 4]);
    let pinned = recorded.rows().iter().map(|row| row.pins.pinned_free_bytes);
    assert_eq!(pinned.sum::<u64>(), 8000);
    assert_eq!(recorded.classes()[1].block_bytes, None);
}

#[test]
fn a_site_alone_on_its_pages_gains_what_its_blocks_do_not_fill_together() {
    let (header, classes, mut sites) = rows();
    sites[0].alone_pages = 3;
    sites[0].alone_blocks = 65;
    sites[0].alone_bytes = 3 * 65_536;
    let recorded = read(&file(&header, &classes, &sites)).unwrap();
    // 65 blocks of 64 bytes take two OS pages.
    let pins: SitePins = recorded.rows()[0].pins;
    assert_eq!((pins.alone_pages, pins.gain_bytes), (3, 3 * 65_536 - 8192));
}

#[test]
fn sites_that_do_not_add_up_cost_the_sites_alone() {
    let (header, classes, sites) = rows();
    let whole = file(&header, &classes, &sites);
    let mut other = sites.clone();
    other[1].pinned_free_bytes += 1;
    let mut unknown = sites.clone();
    unknown[1].class = 77;
    let mut large = sites.clone();
    (large[0].live_bytes, large[1].live_bytes) = (u64::MAX, u64::MAX);
    let damaged = [
        file(&header, &classes, &other),
        file(&header, &classes, &unknown),
        file(&header, &classes, &large),
        whole[..whole.len() - 1].to_vec(),
        whole[..whole.len() - 3 * SITE_ROW_BYTES].to_vec(),
    ];
    for bytes in damaged {
        let recorded = read(&bytes).unwrap();
        assert!(!recorded.has_sites() && recorded.rows().is_empty() && recorded.sites().is_empty());
        assert!(recorded.losses()[0].contains("call stacks"));
        assert_eq!(recorded.split().held(), header.held_bytes);
    }
}

#[test]
fn classes_that_are_cut_or_hold_no_number_are_refused() {
    let (header, classes, sites) = rows();
    let whole = file(&header, &classes, &sites);
    assert!(
        read(&whole[..whole.len() - 3 * SITE_ROW_BYTES - 1]).is_err_and(|why| why.contains("cut"))
    );
    let mut large = classes;
    large[0].live_bytes = u64::MAX - 5;
    assert!(read(&file(&header, &large, &sites)).is_err_and(|why| why.contains("damaged")));
    let open = PagesHeader {
        flags: FLAG_SITES,
        ..header
    };
    assert!(read(&file(&open, &classes, &sites)).is_err());
}

#[test]
fn what_makes_figures_inexact_is_told() {
    let (header, classes, sites) = rows();
    let told = |header: PagesHeader| {
        read(&file(&header, &classes, &sites))
            .unwrap()
            .losses()
            .join("; ")
    };
    let deaf = PagesHeader {
        threads: 4,
        threads_unanswered: 1,
        held_bytes: 0,
        ..header
    };
    assert!(told(deaf).contains("1 of 4 threads"));
    assert!(
        told(PagesHeader {
            held_bytes: 1,
            ..header
        })
        .contains("counted 1")
    );
    let full = PagesHeader {
        flags: header.flags | FLAG_SITES_FULL,
        ..header
    };
    assert!(told(full).contains("no memory"));
}

#[test]
fn a_census_of_samples_has_no_sites_and_says_nothing_of_them() {
    let (mut header, classes, _) = rows();
    header.flags = FLAG_COMPLETE;
    header.site_rows = 0;
    let recorded = read(&file(&header, &classes, &[])).unwrap();
    assert!(!recorded.has_sites() && !recorded.scan().has_requested);
    assert!(recorded.losses().is_empty());
}

#[test]
fn any_byte_may_be_anything() {
    let (header, classes, sites) = rows();
    let whole = file(&header, &classes, &sites);
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            if let Err(why) = read(&damaged) {
                assert!(!why.is_empty());
            }
        }
    }
}
