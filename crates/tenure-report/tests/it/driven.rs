//! The page driven as a reader drives it, in a headless browser.

use crate::browser::{DRIVE, Opened, WINDOW, Window, open};
use crate::look::{clean, unsampled};
use crate::recorded::Record;
use crate::{held, hostile, managed, pinned, scale, workload};
use tenure_model::profile::sample::{shop, symbols};
use tenure_report::report::Limits;

/// Opens the page of `record` and runs `script` in it.
fn drive(record: &Record, script: &str, window: Window) -> Option<Opened> {
    let page = record.page(Limits::default()).html;
    let opened = open(&page, &format!("{DRIVE}{script}"), window)?;
    opened.expect_drawn();
    Some(opened)
}

fn shop_record() -> Record {
    Record::new("shop.tnr", &["shop", "--open"], &shop(), symbols())
}

#[track_caller]
fn expect(opened: Option<Opened>, lines: &[&str]) {
    if let Some(opened) = opened {
        assert_eq!(opened.said(), lines);
    }
}

#[test]
fn the_graph_is_drawn_zoomed_searched_and_turned_round() {
    let script = include_str!("driven/graph.js");
    expect(
        drive(&shop_record(), script, WINDOW),
        &[
            "colours true",
            "cells true",
            "Call stacks that allocate, Live and held bytes over time, Allocation sites, Sizes, \
             Lifetimes",
            "focus Pool::take(unsigned long): 3.00 MiB in 3 blocks, 94.9 % of what is live at \
             exit, 94.9 % of its parent",
            "crumbs all > __libc_start_main > main > serve > Pool::take",
            "out 4",
            "found 1 function found: 160 KiB, 4.9 % of what is live at exit",
            "found nothing found",
            "inverted parse_request: 5,004 allocations 1.71 MiB, 79.4 % of all allocations",
        ],
    );
}

#[test]
fn a_click_zooms_and_the_pointer_is_told_what_is_under_it() {
    let script = include_str!("driven/pointer.js");
    expect(
        drive(&shop_record(), script, WINDOW),
        &[
            "Pool::take(unsigned long) | 3.00 MiB in 3 blocks | 94.9 % of what is live at exit, \
             94.9 % of its parent | /src/shop/pool.cpp:30 | /usr/bin/shop · own code",
            "Pool::take",
            "hidden true",
            "ms: shop 4711 3.16 MiB · shop 4712 12.5 KiB",
            "peak 3.16 MiB at 99.9 ms",
        ],
    );
}

#[test]
fn the_table_sorts_filters_and_opens() {
    let script = include_str!("driven/table.js");
    expect(
        drive(&shop_record(), script, WINDOW),
        &[
            "10 Pool::grow(), Cache::insert(Key const&, Value)",
            "count parse_request, Cache::insert(Key const&, Value) descending",
            "count [no stack] ascending",
            "life > 200 ms",
            "metric Pool::grow()",
            "filter 7 7 of 10 sites",
            "filter 0 No site has this in its stack.",
            "open alloc::alloc::exchange_malloc < json::JsonNode::new < serve(Socket&) < main < \
             __libc_start_main",
            "lines /src/json/src/node.rs:61 · /usr/bin/shop",
            "selected 1",
            "2.34 KiB 100 266 ms, > 125 ms, > 125 ms 24 B × 200",
            "bars true 1",
            "closed 0 0",
        ],
    );
}

#[test]
fn a_process_can_be_looked_at_alone() {
    let script = include_str!("driven/process.js");
    expect(
        drive(&shop_record(), script, WINDOW),
        &[
            "all 2 processes | 4711 shop – 5.00 MiB allocated | 4712 shop (forked) – 12.5 KiB \
             allocated",
            "1 Cache::insert(Key const&, Value) 12.5 KiB",
            "metrics 10.0 KiB, 12.5 KiB, 12.5 KiB, 50",
            "curves 1 held 1",
        ],
    );
}

#[test]
fn estimates_carry_their_intervals() {
    let script = include_str!("driven/estimates.js");
    let record = workload::sampled();
    expect(
        drive(&record, script, WINDOW),
        &["sampled", "true", "true", "4"],
    );
}

#[test]
fn what_is_not_there_is_said() {
    let script = include_str!("driven/nothing_live.js");
    expect(
        drive(&clean(), script, WINDOW),
        &[
            "live at peak62.5 KiB",
            "Nothing was live at exit: all 100 blocks were freed. What was live at the peak, and \
             what was allocated, are behind the switch above.",
            "0",
        ],
    );
    let script = include_str!("driven/unsampled.js");
    expect(
        drive(&unsampled(), script, WINDOW),
        &[
            "No sample fell into this run, which allocated 100 B. Record with `tenure run \
             --every`, or with more samples: `--sample=4096`.",
            "0",
        ],
    );
}

#[test]
fn every_figure_of_the_page_is_explained() {
    let script = include_str!("driven/terms.js");
    let Some(opened) = drive(&shop_record(), script, WINDOW) else {
        return;
    };
    let labels = opened.said();
    assert!(labels.len() > 12, "{labels:?}");
    for label in labels {
        assert!(tenure_report::term::find(&label).is_some(), "{label}");
    }
}

#[test]
fn it_fits_a_phone_a_wall_and_the_dark() {
    let script = include_str!("driven/widths.js");
    for (width, dark) in [(400, false), (800, true), (2560, false)] {
        let lines = [
            "wide 0",
            if dark { "dark" } else { "light" },
            "colours true",
        ];
        expect(
            drive(&shop_record(), script, Window { width, dark }),
            &lines,
        );
    }
}

#[test]
fn a_tab_shows_what_is_held_and_which_sites_pin_it() {
    let script = format!("{DRIVE}{}", include_str!("driven/fragmentation.js"));
    for (width, dark, has_sites) in [(400, true, true), (1400, false, true), (800, true, false)] {
        let page = pinned::page(has_sites);
        let Some(opened) = open(&page, &script, Window { width, dark }) else {
            return;
        };
        opened.expect_drawn();
        let mut lines = vec![
            "Allocations, Fragmentation",
            "wide 0",
            "shown true",
            "5.55 MiB are held by the heap at exit.",
            "parts live: 2.96 MiB, 53.2 %; internal waste: 2.34 KiB, 0.0 %; pinned free: 2.40 \
             MiB, 43.3 %; cached: 196 KiB, 3.4 %",
            "bar true true",
            "classes larger | 2.86 MiB | 2.86 MiB | 0 B | 0 B | 0 B |  | 3 blocks; 1,024 B | 2.50 \
             MiB | 97.7 KiB | 2.34 KiB | 2.40 MiB | 4.00 KiB | 40, 39 partly | 100 blocks",
        ];
        lines.extend(match has_sites {
            true => &[
                "sites Cache::insert(Key const&, Value)cache.cpp:42 · shop | 2.38 MiB | 99.2 % | \
                 9087.9 KiB | 39alone on 30 | 1.79 MiB; parse_requestrequest.c:17 · shop | 18.6 \
                 KiB | 0.8 % | 109.77 KiB | 39alone on 30 | 13.9 KiB",
                "advice 1",
                "stack operator new(unsigned long) < Cache::insert(Key const&, Value) < \
                 serve(Socket&) < main < __libc_start_main",
            ][..],
            false => &[
                "sites Which call stacks pin pages is known of runs that were recorded with \
                 --every or --events.",
                "advice 0",
            ],
        });
        assert_eq!(opened.said(), lines, "{width}");
    }
}

#[test]
fn managers_of_memory_are_a_table_with_bars() {
    let script = format!("{DRIVE}{}", include_str!("driven/managers.js"));
    let page = managed::record().page(Limits::default()).html;
    for (width, dark) in [(400, true), (1400, false)] {
        let Some(opened) = open(&page, &script, Window { width, dark }) else {
            return;
        };
        opened.expect_drawn();
        let lines = [
            "wide 0",
            "What each heap, arena and pool with a name held when the program ended, or when it \
             was last looked at. Peak and limit are of one of those that share a name. Budgets \
             hold nothing themselves: their bytes are in other accounts too.",
            "budget servershop 4711 | 48.0 MiB | 36.0 MiB | 12.0 MiB | 48.0 MiB | 60.0 MiB | 12",
            "heap tilesshop 4711 | 32.0 MiB | 24.0 MiB | 8.00 MiB | 32.0 MiB | 1.00 TiB | 0",
            "arena requests ×1,200shop 4711 | 16.0 MiB | 12.0 MiB | 4.00 MiB | 16.0 MiB | – | 0",
            "pool <i>connections</i>shop 4711 | 4.00 MiB | 0 B | 4.00 MiB | 4.00 MiB | – | 0",
            "heap without a nameshop 4712 | 1.00 MiB | 768 KiB | 256 KiB | 1.00 MiB | – | 0",
            "used within held within limit true",
            "first 3 without limit 2",
            "open 1",
            "The record had no room for 2 more accounts.",
            "second process heap without a nameshop 4712 | 1.00 MiB | 768 KiB | 256 KiB | 1.00 \
             MiB | – | 0",
        ];
        assert_eq!(opened.said(), lines, "{width}");
    }
    let none = drive(&workload::server(), "say(all('.managers').length);", WINDOW);
    expect(none, &["0"]);
}

#[test]
fn of_sixty_thousand_nodes_only_what_is_seen_is_drawn() {
    let script = include_str!("driven/large.js");
    expect(
        drive(&scale::large(), script, WINDOW),
        &[
            "cells true true",
            "inverted true true",
            "true",
            "50 true",
            "100",
        ],
    );
}

#[test]
fn hostile_names_are_shown_and_not_obeyed() {
    let script = include_str!("driven/hostile.js");
    let lines = [
        "images 0 titles a</title><script>obeyed=1</script>.tnr – memory",
        &format!("{} | {}", hostile::MARKUP, hostile::ENDING),
        "not obeyed",
    ];
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    expect(drive(&hostile::record(), script, WINDOW), &lines);
}

#[test]
fn a_script_that_fails_is_noticed() {
    let page = shop_record().page(Limits::default()).html;
    let script = "throw new Error(\"planted\");";
    if let Some(opened) = open(&page, script, WINDOW) {
        assert!(opened.console.iter().any(|line| line.contains("planted")));
        assert!(
            opened
                .dom
                .contains("could not be drawn whole: Uncaught Error: planted")
        );
    }
    let broken = page.replacen("const data = read();", "const data = reed();", 1);
    assert_ne!(broken, page);
    if let Some(opened) = open(&broken, "", WINDOW) {
        assert!(!opened.dom.contains("data-state=\"drawn\""));
        assert_eq!(opened.console.len(), 1, "{:?}", opened.console);
    }
}

#[test]
fn tabs_show_who_holds_what_is_lost_and_the_way() {
    let stage = held::stage(true);
    let page = held::page(&stage);
    let script = include_str!("driven/holders.js");
    let Some(opened) = open(&page, &format!("{DRIVE}{script}"), WINDOW) else {
        return;
    };
    opened.expect_drawn();
    assert_eq!(
        opened.said(),
        [
            "Allocations, Holders, Leaks, Path true",
            "shown true false",
            "roots global `cache` in shop | thread 42 (shop) | thread 42 (shop) | several roots \
             together | lost (nobody holds it)",
            "areas fall true",
            "told global `cache` in shop",
            "crumbs roots > global `cache` in shop",
            "back 1",
            "nothing found",
            "2 found; Enter goes to the largest",
            "found roots > global `cache` in shop > make_table",
            "way false global `cache` in shop > insert shop.c:20",
            "tab tab-leaks",
            "kinds definitely lost50 B in 1 true, indirectly lostnone false, possibly lostnone \
             true, still reachable4.20 KiB in 105 false",
            "rows 1 forgetshop.c:30 · shop50 B1definitely lost",
            "all 4",
            "filtered 1",
            "stack make_table < main",
        ]
    );
}
