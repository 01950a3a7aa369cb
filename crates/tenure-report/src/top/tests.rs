//! The order of sites as it is printed; `UPDATE_EXPECT=1` renews what is expected.

use super::*;
use crate::sample;
use expect_test::{Expect, expect, expect_file};
use serde_json::Value;
use tenure_model::profile::{Sites, Symbols};

fn shown(sites: &Sites, symbols: &Symbols, selection: Selection, width: usize) -> String {
    let style = Style {
        width,
        color: false,
    };
    let text = text(
        &Names::new(sites, symbols),
        &Profile::default(),
        selection,
        style,
    );
    for line in text.lines() {
        let columns = line.chars().count();
        assert!(columns <= width, "more than {width} columns: {line}");
        assert_eq!(line, line.trim_end(), "no blanks at the end");
    }
    text
}

fn check(by: Key, limit: usize, stacks: bool, width: usize, expected: &Expect) {
    let (sites, symbols, _) = sample::shop();
    let selection = Selection { by, limit, stacks };
    expected.assert_eq(&shown(&sites, &symbols, selection, width));
}

#[test]
fn by_what_is_live() {
    check(
        Key::Live,
        4,
        false,
        80,
        &expect![[r#"
        ━━ shop ━━ by live at exit ━━ every allocation ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
          3.16 MiB live at exit in 777 blocks, 3.16 MiB at peak
          5.01 MiB allocated in 6,301 blocks, from 10 sites

           3.00 MiB   94.9 % █████████▌  Pool::grow pool.cpp:9 ← Pool::take ← serve
                     live 3 blocks · allocated 3.00 MiB in 3 · median life ≥ 163 ms

            160 KiB    4.9 % ▌           Cache::insert cache.cpp:42 ← serve ← main
                     live 640 blocks · allocated 263 KiB in 1,050 · median life ≥ 124 ms

           2.50 KiB    0.1 % ▏           0x7f0000001000 ← serve ← main
                     live 5 blocks · allocated 2.50 KiB in 5 · median life ≥ 100 ms

           2.34 KiB    0.1 % ▏           json::JsonNode::new node.rs:61 ← serve ← main
                     live 100 blocks · allocated 4.69 KiB in 200 · median life 266 ms

                     and 3 other sites; --limit N shows more
    "#]],
    );
}

#[test]
fn by_what_was_live_at_the_peak_in_fifty_columns() {
    check(
        Key::Peak,
        2,
        false,
        50,
        &expect![[r#"
        ━━ shop ━━ by live at peak ━━ every allocation ━━━
          3.16 MiB live at exit in 777 blocks, 3.16 MiB a…
          5.01 MiB allocated in 6,301 blocks, from 10 sit…

           3.00 MiB   95.1 % █████████▌  Pool::grow pool.…
                     3 blocks at peak
                     allocated 3.00 MiB in 3
                     median life ≥ 163 ms

            150 KiB    4.6 % ▌           Cache::insert ca…
                     600 blocks at peak
                     allocated 263 KiB in 1,050
                     median life ≥ 124 ms

                     and 6 other sites; --limit N shows m…
    "#]],
    );
}

#[test]
fn by_what_was_allocated_with_stacks() {
    check(
        Key::Allocated,
        2,
        true,
        80,
        &expect![[r#"
            ━━ shop ━━ by allocated ━━ every allocation ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
              3.16 MiB live at exit in 777 blocks, 3.16 MiB at peak
              5.01 MiB allocated in 6,301 blocks, from 10 sites

               3.00 MiB   59.9 % ██████      Pool::grow pool.cpp:9 ← Pool::take ← serve
                         live 3.00 MiB in 3 blocks · allocated 3.00 MiB in 3
                         median life ≥ 163 ms
                           operator new(unsigned long)  /usr/lib/x86_64-linux-gnu/libstdc++…
                           Pool::grow() (inlined)  /src/shop/pool.cpp:9
                           Pool::take(unsigned long)  /src/shop/pool.cpp:30
                           serve(Socket&)  /src/shop/server.cpp:120
                           main  /src/shop/main.cpp:88
                           __libc_start_main  /usr/lib/x86_64-linux-gnu/libc.so.6

               1.71 MiB   34.1 % ███▍        parse_request request.c:17 ← serve ← main
                         nothing live · allocated 1.71 MiB in 5,000 · median life 2.00 ms
                         freed by other threads 100.0 % · 40 reallocs moved
                           parse_request  /src/shop/request.c:17
                           serve(Socket&)  /src/shop/server.cpp:120
                           main  /src/shop/main.cpp:88
                           __libc_start_main  /usr/lib/x86_64-linux-gnu/libc.so.6

                         and 8 other sites; --limit N shows more
        "#]],
    );
}

#[test]
fn by_count_lifetime_and_waste() {
    check(
        Key::Count,
        2,
        false,
        80,
        &expect![[r#"
            ━━ shop ━━ by allocations ━━ every allocation ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
              3.16 MiB live at exit in 777 blocks, 3.16 MiB at peak
              5.01 MiB allocated in 6,301 blocks, from 10 sites

                  5,000   79.4 % ███████▉    parse_request request.c:17 ← serve ← main
                         nothing live · allocated 1.71 MiB in 5,000 · median life 2.00 ms
                         freed by other threads 100.0 % · 40 reallocs moved

                  1,050   16.7 % █▋          Cache::insert cache.cpp:42 ← serve ← main
                         live 160 KiB in 640 blocks · allocated 263 KiB in 1,050
                         median life ≥ 124 ms

                         and 8 other sites; --limit N shows more
        "#]],
    );
    check(
        Key::Lifetime,
        4,
        false,
        80,
        &expect![[r#"
            ━━ shop ━━ by median life ━━ every allocation ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
              3.16 MiB live at exit in 777 blocks, 3.16 MiB at peak
              5.01 MiB allocated in 6,301 blocks, from 10 sites

                 266 ms  json::JsonNode::new node.rs:61 ← serve ← main
                         live 2.34 KiB in 100 blocks · allocated 4.69 KiB in 200
                         p99 ≥ 125 ms

               ≥ 200 ms  load_config config.c:5 ← main
                         live 960 B in 20 blocks · allocated 960 B in 20 · p99 ≥ 200 ms

               ≥ 200 ms  [no stack]
                         live 160 B in 2 blocks · allocated 160 B in 2 · p99 ≥ 200 ms

               ≥ 163 ms  Pool::grow pool.cpp:9 ← Pool::take ← serve ← main
                         live 3.00 MiB in 3 blocks · allocated 3.00 MiB in 3 · p99 ≥ 163 ms

                         and 5 other sites; --limit N shows more
        "#]],
    );
    check(
        Key::Waste,
        2,
        false,
        80,
        &expect![[r#"
        ━━ shop ━━ by waste ━━ every allocation ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
          3.16 MiB live at exit in 777 blocks, 3.16 MiB at peak
          5.01 MiB allocated in 6,301 blocks, from 10 sites

           1.56 KiB   95.0 % █████████▌  json::JsonNode::new node.rs:61 ← serve ← main
                     live 2.34 KiB in 100 blocks · allocated 4.69 KiB in 200
                     median life 266 ms

               84 B    5.0 % ▌           [interpreted] ← serve ← main
                     live 700 B in 7 blocks · allocated 700 B in 7
                     median life ≥ 100 ms
    "#]],
    );
}

#[test]
fn samples_are_shown_with_their_intervals() {
    let (_, symbols, sampled) = sample::shop();
    let selection = Selection {
        by: Key::Live,
        limit: 2,
        stacks: false,
    };
    expect![[r#"
        ━━ shop ━━ by live at exit ━━ a sample every 16.0 KiB ━━━━━━━━━━━━━━━━━━━━━━━━━━
          3.25 MiB live at exit in 1,035 blocks, 3.24 MiB at peak
          5.32 MiB allocated in 7,619 blocks, from 5 sites

           3.00 MiB   92.3 % █████████▎  Pool::grow pool.cpp:9 ← Pool::take ← serve
                     live 3 blocks · allocated 3.00 MiB in 3 · median life ≥ 163 ms

            258 KiB    7.7 % ▊           Cache::insert cache.cpp:42 ← serve ← main
                     95 %: 159 KiB to 418 KiB · live 1,032 blocks
                     allocated 419 KiB in 1,677 · median life ≥ 123 ms
    "#]]
    .assert_eq(&shown(&sampled, &symbols, selection, 80));
}

#[test]
fn without_names_places_are_offsets() {
    let (sites, _, _) = sample::shop();
    let selection = Selection {
        by: Key::Live,
        limit: 2,
        stacks: true,
    };
    expect![[r#"
        ━━ shop ━━ by live at exit ━━ every allocation ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
          3.16 MiB live at exit in 777 blocks, 3.16 MiB at peak
          5.01 MiB allocated in 6,301 blocks, from 10 sites

           3.00 MiB   94.9 % █████████▌  shop+0x1500 ← shop+0x1200 ← shop+0x1100
                     live 3 blocks · allocated 3.00 MiB in 3 · median life ≥ 163 ms
                       libstdc++.so.6.0.30+0xae10
                       shop+0x1500
                       shop+0x1200
                       shop+0x1100
                       libc.so.6+0x27305

            160 KiB    4.9 % ▌           shop+0x1300 ← shop+0x1200 ← shop+0x1100
                     live 640 blocks · allocated 263 KiB in 1,050 · median life ≥ 124 ms
                       libstdc++.so.6.0.30+0xae10
                       shop+0x1300
                       shop+0x1200
                       shop+0x1100
                       libc.so.6+0x27305

                     and 5 other sites; --limit N shows more
    "#]]
    .assert_eq(&shown(&sites, &Symbols::new(), selection, 80));
}

#[test]
fn the_schema_is_stable() {
    expect_file!["sampled.json"].assert_eq(&sample::top_json());
}

#[test]
fn the_json_has_the_fields_that_were_promised() {
    let (sites, symbols, _) = sample::shop();
    let names = Names::new(&sites, &symbols);
    let text = json(&names, &Profile::default(), Key::Count, 1);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["tenure"], "top/1");
    assert_eq!(document["mode"], "every");
    assert_eq!(document["totals"]["allocations"], 6_301);
    let [site] = &document["sites"].as_array().unwrap()[..] else {
        panic!("one site")
    };
    assert_eq!(
        site["interval_95"],
        Value::Null,
        "every allocation was seen"
    );
    let figures = [
        ("allocations", 5_000),
        ("frees", 5_000),
        ("allocated_bytes", 1_792_000),
        ("live_bytes", 0),
        ("live_blocks", 0),
    ];
    for (name, value) in figures {
        assert_eq!(site[name], value, "{name}");
    }
    let inner = &site["stack"][0];
    assert_eq!(inner["function"], "parse_request");
    assert_eq!(inner["file"], "/src/shop/request.c");
    assert_eq!(inner["line"], 17);
    assert_eq!(inner["module"], "/usr/bin/shop");
    for percentile in ["p50", "p90", "p99"] {
        let lived = site["lifetime_ns"][percentile].as_u64().unwrap();
        assert!(
            (1_900_000..2_100_000).contains(&lived),
            "{percentile} {lived}"
        );
    }
    let live = json(&names, &Profile::default(), Key::Live, 1);
    let document: Value = serde_json::from_str(&live).unwrap();
    let lifetimes = &document["sites"][0]["lifetime_ns"];
    assert_eq!(lifetimes["p50"], Value::Null, "none of the pool was freed");
    assert!(lifetimes["live_mean_age"].as_u64().unwrap() > 100_000_000);
}

#[test]
fn no_sites_are_said_to_be_none() {
    let selection = Selection {
        by: Key::Waste,
        limit: 5,
        stacks: false,
    };
    let text = shown(&Sites::default(), &Symbols::new(), selection, 80);
    assert!(text.ends_with("\n  no site has any waste\n"), "{text}");
}

#[test]
fn several_programs_are_told_in_the_title() {
    let (mut sites, symbols, _) = sample::shop();
    sites.images[1].program = "/usr/bin/git".into();
    sites.images[1].start_mono_ns = 0;
    let selection = Selection {
        by: Key::Live,
        limit: 0,
        stacks: false,
    };
    let text = shown(&sites, &symbols, selection, 80);
    assert!(
        text.starts_with("━━ git and 1 other program ━━ by live at exit"),
        "{text}"
    );
}
