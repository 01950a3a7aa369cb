//! What people and programs are told of what a heap holds.

use super::*;
use crate::{Style, term};
use expect_test::expect;
use serde_json::Value;
use std::collections::BTreeSet;
use tenure_model::fragmentation::Recorded;
use tenure_model::profile::sample::{process_of, shop, symbols};
use tenure_model::profile::{Names, Sites, SitesBuilder, StackId, Symbols};
use tenure_trace::pages::{
    ClassRow, FLAG_COMPLETE, FLAG_REQUESTED, FLAG_SITES, HUGE, PagesHeader, PagesView, SiteRow,
};

/// The pages of the shop's parent or child: two classes and a large block, of up to three sites.
fn pages(pid: u32, sites: Option<[u32; 3]>) -> Recorded {
    let class = |class, block_bytes, live_blocks: u64, live_bytes, pinned| ClassRow {
        class,
        block_bytes,
        pages: 100,
        partly_pages: 90,
        empty_pages: 2,
        slots: 6400,
        carved: 6400,
        live_blocks,
        live_bytes,
        waste_bytes: live_blocks * block_bytes - live_bytes,
        free_slots: pinned / block_bytes.max(1),
        pinned_free_bytes: pinned,
        empty_bytes: 131_072,
        uncarved_bytes: 0,
        purged_bytes: 0,
    };
    let classes = [
        class(15, 256, 1000, 250_000, 5_000_000),
        class(31, 1024, 10, 9000, 40_000),
        ClassRow {
            class: HUGE,
            pages: 1,
            slots: 1,
            carved: 1,
            live_blocks: 1,
            live_bytes: 999_000,
            waste_bytes: 4520,
            ..ClassRow::default()
        },
    ];
    let rows = sites.map(|sites| rows(&classes, sites)).unwrap_or_default();
    let flags = match sites {
        Some(_) => FLAG_COMPLETE | FLAG_SITES | FLAG_REQUESTED,
        None => FLAG_COMPLETE,
    };
    let mut header = PagesHeader {
        pid,
        flags,
        reason: 1,
        threads: 2,
        class_rows: 3,
        os_page_bytes: 4096,
        free_slice_bytes: 2 << 20,
        empty_slice_bytes: 1 << 20,
        table_bytes: 77_000,
        site_rows: rows.len() as u64,
        ..PagesHeader::default()
    };
    let held = classes.iter().filter_map(ClassRow::held_bytes).sum::<u64>();
    header.held_bytes = held + (2 << 20);
    let mut file = header.encode().to_vec();
    classes.iter().for_each(|row| file.extend(row.encode()));
    rows.iter().for_each(|row| file.extend(row.encode()));
    let recorded = Recorded::read(&PagesView::parse(&file).unwrap()).unwrap();
    recorded.check();
    assert!(recorded.losses().is_empty(), "{:?}", recorded.losses());
    recorded
}

/// The first site pins nine tenths of the first class, the second the rest, the third the others.
fn rows(classes: &[ClassRow; 3], sites: [u32; 3]) -> Vec<SiteRow> {
    let [pins, also, rest] = sites;
    let part = |row: &ClassRow, site, of: fn(u64) -> u64| SiteRow {
        class: row.class,
        site,
        live_blocks: of(row.live_blocks),
        live_bytes: of(row.live_bytes),
        waste_bytes: of(row.waste_bytes),
        pages: of(row.partly_pages),
        pinned_free_bytes: of(row.pinned_free_bytes),
        ..SiteRow::default()
    };
    let mut first = part(&classes[0], pins, |all| all - all / 10);
    first.alone_pages = 80;
    first.alone_blocks = 800;
    first.alone_bytes = 80 * 65_536;
    vec![
        first,
        part(&classes[0], also, |all| all / 10),
        part(&classes[1], rest, |all| all),
        part(&classes[2], rest, |all| all),
    ]
}

/// The shop's two processes, and what their pages held.
struct Recording {
    sites: Sites,
    symbols: Symbols,
    held: Vec<(Recorded, Vec<StackId>)>,
}

impl Recording {
    fn new() -> Self {
        let run = shop();
        let mut builder = SitesBuilder::new(None);
        let mut held = Vec::new();
        for files in &run {
            let process = process_of(files).unwrap();
            let recorded = pages(process.pid(), Some([3, 5, 6]));
            let stacks = builder.add_with(process, recorded.sites());
            held.push((recorded, stacks));
        }
        let sites = builder.finish();
        Self {
            symbols: symbols(),
            sites,
            held,
        }
    }

    fn fragmentation(&self, processes: usize, class: Option<u64>) -> Fragmentation {
        let held = self
            .held
            .iter()
            .take(processes)
            .map(|(recorded, stacks)| HeldOf {
                recorded,
                stacks,
                program: "shop",
            });
        Fragmentation::of(held, class)
    }

    fn names(&self) -> Names<'_> {
        Names::new(&self.sites, &self.symbols)
    }
}

const ALL: Selection = Selection {
    sites: 10,
    is_one_class: false,
};

#[test]
fn text_shows_parts_classes_sites_and_what_to_do() {
    let recording = Recording::new();
    let held = recording.fragmentation(1, None);
    expect![[r#"
        ━━ shop ━━ fragmentation ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
          held               8.27 MiB   at exit, 200 heap pages
            live             1.20 MiB   14.5 %  █████▊
            internal waste   11.5 KiB    0.1 %  ▏
            pinned free      4.81 MiB   58.1 %  ███████████████████████▎
            cached           2.25 MiB   27.2 %  ██████████▉
            purged           1.00 MiB   free and given back: not held
          tables             75.2 KiB   beside what is held

          size class      held      live     waste    pinned    cached   pages, partly
               256 B  5.14 MiB   244 KiB  5.86 KiB  4.77 MiB   128 KiB   100, 90
              larger   980 KiB   976 KiB  4.41 KiB       0 B       0 B   1 block
               1 KiB   177 KiB  8.79 KiB  1.21 KiB  39.1 KiB   128 KiB   100, 90

             pinned    share  site
           4.29 MiB   89.3 %  serve server.cpp:120 ← main
                              220 KiB in 900 blocks on 81 pages, alone on 80
            488 KiB    9.9 %  Cache::insert cache.cpp:42 ← serve ← main
                              24.4 KiB in 100 blocks on 9 pages
           39.1 KiB    0.8 %  parse_request request.c:17 ← serve ← main
                              984 KiB in 11 blocks on 90 pages

          → serve server.cpp:120 pins 4.29 MiB of free slots, 89.3 % of all that are
            pinned, with 220 KiB of its own in 900 blocks on 81 heap pages. If those of
            its blocks lay together that are alone on their 80 pages, 4.80 MiB would
            come free: give blocks that live long a pool or region of their own, or
            allocate them before those that do not.

          → 2.25 MiB are free, still resident, and pinned by nobody: the heap keeps them
            for the next allocations; malloc_trim(0) gives to the kernel what lies in
            whole pages.
    "#]]
    .assert_eq(&text(&held, &recording.names(), ALL, Style::PLAIN));
}

#[test]
fn of_several_processes_each_has_a_line() {
    let recording = Recording::new();
    let held = recording.fragmentation(2, None);
    let text = text(&held, &recording.names(), ALL, Style::PLAIN);
    assert!(text.starts_with("━━ shop and 1 other process ━━"), "{text}");
    assert!(text.contains("in 2 processes, 400 heap pages"), "{text}");
    let lines = text
        .lines()
        .filter(|line| line.trim_end().ends_with("shop"));
    assert_eq!(lines.count(), 2, "{text}");
    let one = of_process(&held.processes[0], 2, Style::PLAIN);
    assert!(one.contains("which held most"), "{one}");
}

#[test]
fn no_line_is_wider_than_asked() {
    let recording = Recording::new();
    let held = recording.fragmentation(2, None);
    for width in [40, 60, 80, 120] {
        let style = Style {
            width,
            color: false,
        };
        let text = text(&held, &recording.names(), ALL, style);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn one_class_is_that_which_blocks_of_so_many_bytes_are_of() {
    let recording = Recording::new();
    let classes = |bytes| {
        let held = recording.fragmentation(1, Some(bytes));
        let sizes = held.classes.iter().map(|class| class.block_bytes);
        (sizes.collect::<Vec<_>>(), held.sites.len())
    };
    assert_eq!(classes(256), (vec![Some(256)], 2));
    assert_eq!(classes(241), (vec![Some(256)], 2));
    assert_eq!(classes(240), (vec![], 0));
    assert_eq!(classes(1000), (vec![Some(1024)], 1));
    assert_eq!(classes(896), (vec![], 0));
    assert_eq!(classes(600_000), (vec![None], 0));
    let held = recording.fragmentation(1, Some(1000));
    let one = Selection {
        is_one_class: true,
        ..ALL
    };
    let text = text(&held, &recording.names(), one, Style::PLAIN);
    assert!(
        text.contains("1 KiB") && !text.contains("256 B") && !text.contains('→'),
        "{text}"
    );
}

#[test]
fn without_sites_the_classes_are_shown_and_how_to_get_sites() {
    let recorded = pages(9, None);
    let held = Fragmentation::of(
        [HeldOf {
            recorded: &recorded,
            stacks: &[],
            program: "a\x1bb",
        }],
        None,
    );
    let (sites, symbols) = (Sites::default(), Symbols::new());
    let text = text(&held, &Names::new(&sites, &symbols), ALL, Style::PLAIN);
    assert!(
        text.contains("256 B") && text.contains("tenure run --every"),
        "{text}"
    );
    assert!(text.contains("what was asked for is not known"), "{text}");
    assert!(text.starts_with("━━ a\\u{1b}b ━━"), "{text}");
}

#[test]
fn json_adds_up_to_the_byte_and_every_field_is_explained() {
    let recording = Recording::new();
    let held = recording.fragmentation(2, None);
    let text = json(&held, &recording.names(), usize::MAX);
    let document: Value = serde_json::from_str(&text).unwrap();
    let number = |value: &Value, name: &str| value[name].as_u64().unwrap();
    let sum = |list: &str, name: &str| -> u64 {
        document[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| number(one, name))
            .sum()
    };
    let parts = [
        "live_bytes",
        "internal_waste_bytes",
        "pinned_free_bytes",
        "cached_bytes",
    ];
    let whole: u64 = parts.iter().map(|part| number(&document, part)).sum();
    assert_eq!(number(&document, "held_bytes"), whole);
    let free_slices = number(&document, "free_slice_bytes");
    assert_eq!(sum("classes", "held_bytes") + free_slices, whole);
    assert_eq!(sum("processes", "held_bytes"), whole);
    assert_eq!(
        sum("sites", "pinned_free_bytes"),
        number(&document, "pinned_free_bytes")
    );
    assert_eq!(document["tenure"], SCHEMA);
    let fields = text.lines().filter_map(|line| {
        let (field, _) = line.trim().strip_prefix('"')?.split_once("\":")?;
        Some(field.to_owned())
    });
    for field in fields.collect::<BTreeSet<_>>() {
        assert!(field == "tenure" || term::find(&field).is_some(), "{field}");
    }
    let limited: Value = serde_json::from_str(&json(&held, &recording.names(), 1)).unwrap();
    assert_eq!(limited["sites"].as_array().unwrap().len(), 1);
}

#[test]
fn nothing_much_calls_for_no_advice() {
    let recording = Recording::new();
    let mut held = recording.fragmentation(1, None);
    let rules = |held: &Fragmentation| {
        let all = advice(held, &recording.names());
        all.iter().map(|one| one.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&held), ["pinned", "cached"]);
    held.split.live = 1 << 40;
    assert_eq!(rules(&held), [""; 0]);
    assert_eq!(rules(&Fragmentation::default()), [""; 0]);
}
