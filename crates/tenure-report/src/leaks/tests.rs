//! What people and programs are told of leaks.

use super::*;
use crate::Style;
use expect_test::expect;
use serde_json::Value;
use tenure_model::graph::{Heuristics, Kind, KindFigures, Recorded};
use tenure_model::profile::sample::{process_of, shop, symbols};
use tenure_model::profile::{Names, Sites, SitesBuilder, StackId, Symbols};
use tenure_trace::graph::{
    FLAG_COMPLETE, GraphHeader, GraphView, GroupKind, REASON_EXIT, Way, Writer,
};

/// The heap of the shop's parent or child: a lost list of three, one block that is held from
/// inside, one behind the counters of a string, and one that is reachable.
fn heap(pid: u32, sites: [u32; 3]) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let mut writer = Writer::new(&mut buffer);
    let module = (0, &b"/usr/bin/shop"[..], &[1, 2][..]);
    writer.group(GroupKind::Module, 0x8000..0x9000, 0, module, 0);
    writer.points(0x8010, 3, Way::Interior);
    writer.points(0x8018, 4, Way::StdString);
    writer.points(0x8020, 5, Way::Start);
    writer.end_points();
    writer.end_groups();
    let [lost, inside, held] = sites;
    let blocks = [
        (256, lost),
        (200, lost),
        (100, inside),
        (64, inside),
        (40, held),
        (1000, held),
    ];
    for (number, (bytes, site)) in (0..).zip(blocks) {
        let address = 0x7f00_0000 + number * 0x1000;
        writer.block(address, bytes, site, 1);
        if number < 2 {
            writer.points(address, number + 1, Way::Start);
        }
        writer.end_points();
    }
    writer.end_blocks();
    let header = GraphHeader {
        pid,
        flags: FLAG_COMPLETE,
        reason: REASON_EXIT,
        threads: 2,
        pause_ns: 3_200_000,
        scan_ns: 3_000_000,
        blocks: 6,
        edges: 2,
        references: 3,
        ..GraphHeader::default()
    };
    let mut file = header.encode().to_vec();
    file.extend_from_slice(writer.take());
    file
}

/// The processes of the shop, the first `count` of them with a heap.
fn found(count: usize) -> (Sites, Symbols, Leaks) {
    let mut builder = SitesBuilder::new(None);
    let mut heaps = Vec::new();
    for files in shop() {
        let process = process_of(&files).unwrap();
        if heaps.len() < count {
            let bytes = heap(files.pid, [1, 2, 3].map(|nth| site(&files.sites, nth)));
            let view = GraphView::parse(&bytes).unwrap();
            let recorded = Recorded::read(&view, Heuristics::default()).unwrap();
            let stacks = builder.add_with(process, recorded.sites());
            heaps.push((recorded, stacks));
        } else {
            builder.add(process);
        }
    }
    let leaks = Leaks::of(heaps.iter().map(|(recorded, stacks)| HeapOf {
        recorded,
        stacks,
        program: "/usr/bin/shop",
    }));
    (builder.finish(), symbols(), leaks)
}

/// The nth site that a sites file names.
fn site(file: &[u8], nth: usize) -> u32 {
    let sites = tenure_trace::profile::Sites::parse(file).unwrap();
    let in_use = sites
        .records()
        .filter(|record| record.is_in_use() && record.site != 0);
    let mut numbers: Vec<_> = in_use.map(|record| record.site).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers[(nth - 1).min(numbers.len() - 1)]
}

fn shown(count: usize, selection: Selection, width: usize) -> String {
    let (sites, symbols, leaks) = found(count);
    let style = Style {
        width,
        color: false,
    };
    let text = text(&leaks, &Names::new(&sites, &symbols), selection, style);
    for line in text.lines() {
        assert!(
            line.chars().count() <= width,
            "more than {width} columns: {line}"
        );
        assert_eq!(line, line.trim_end(), "no blanks at the end");
    }
    text
}

#[test]
fn one_process_with_the_kinds_that_valgrind_shows() {
    let selection = Selection {
        kinds: KindSet::default(),
        limit: 20,
        callers: 12,
    };
    expect![[r#"
        ━━ shop ━━ leaks ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
          in use at exit: 1,660 bytes in 6 blocks
          2 threads stood still for 3.20 ms

          definitely lost            256 bytes in          1 block
          indirectly lost            300 bytes in          2 blocks
          possibly lost               64 bytes in          1 block
          still reachable          1,040 bytes in          2 blocks
          reachable by heuristic stdstring: 40 bytes in 1 block

          556 (256 direct, 300 indirect) bytes in 1 block is definitely lost      1 of 2
             operator new(unsigned long)  /usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30
             Cache::insert(Key const&, Value)  /src/shop/cache.cpp:42
             serve(Socket&)  /src/shop/server.cpp:120
             main  /src/shop/main.cpp:88

          64 bytes in 1 block is possibly lost                                    2 of 2
             parse_request  /src/shop/request.c:17
             serve(Socket&)  /src/shop/server.cpp:120
             main  /src/shop/main.cpp:88

          still reachable: 1,040 bytes in 2 blocks; --kinds reachable or all shows them
    "#]]
    .assert_eq(&shown(1, selection, 80));
}

#[test]
fn several_processes_and_every_kind_in_sixty_columns() {
    let selection = Selection {
        kinds: KindSet::ALL,
        limit: 1,
        callers: 2,
    };
    expect![[r#"
        ━━ shop and 1 other process ━━ leaks ━━━━━━━━━━━━━━━━━━━━━━━
          in use in 2 processes: 3,320 bytes in 12 blocks

          definitely lost            512 bytes in          2 blocks
          indirectly lost            600 bytes in          4 blocks
          possibly lost              128 bytes in          2 blocks
          still reachable          2,080 bytes in          4 blocks
          reachable by heuristic stdstring: 80 bytes in 2 blocks

               pid   definite   indirect   possible  reachable  byt…
              4711        256        300         64      1,040  shop
              4712        256        300         64      1,040  shop

          1,112 (512 direct, 600 indirect) bytes in 2 blocks are de…
             operator new(unsigned long)  /usr/lib/x86_64-linux-gnu…
             Cache::insert(Key const&, Value)  /src/shop/cache.cpp:…
             … and 2 callers; --num-callers N shows more

          and 6 other loss records; --limit N shows more
    "#]]
    .assert_eq(&shown(2, selection, 60));
}

#[test]
fn sums_and_records_agree_with_or_without_what_is_hidden() {
    let (_, _, mut leaks) = found(2);
    let before = leaks.in_use();
    assert_eq!(
        leaks.kind(Kind::DefinitelyLost),
        KindFigures {
            blocks: 2,
            bytes: 512
        }
    );
    assert!(leaks.has_any(KindSet::only(Kind::DefinitelyLost)));
    leaks.hide(|record| record.kind == Kind::DefinitelyLost);
    assert_eq!(leaks.kind(Kind::DefinitelyLost), KindFigures::default());
    assert_eq!(
        leaks.suppressed(),
        KindFigures {
            blocks: 2,
            bytes: 512
        }
    );
    assert_eq!(leaks.in_use(), before);
    assert!(!leaks.has_any(KindSet::only(Kind::DefinitelyLost)));
    for kind in Kind::ALL {
        let records = leaks.records_of(KindSet::only(kind));
        let bytes: u64 = records.map(|record| record.direct.bytes).sum();
        assert_eq!(bytes, leaks.kind(kind).bytes, "{kind:?}");
    }
}

#[test]
fn the_json_has_the_fields_that_were_promised() {
    let (sites, symbols, leaks) = found(1);
    let names = Names::new(&sites, &symbols);
    let document: Value =
        serde_json::from_str(&json(&leaks, &names, KindSet::default(), 10)).unwrap();
    assert_eq!(document["tenure"], "leaks/1");
    let figures = [
        ("definitely_lost", 256, 1),
        ("indirectly_lost", 300, 2),
        ("possibly_lost", 64, 1),
        ("still_reachable", 1040, 2),
        ("suppressed", 0, 0),
    ];
    for (name, bytes, blocks) in figures {
        assert_eq!(document[name]["bytes"], bytes, "{name}");
        assert_eq!(document[name]["blocks"], blocks, "{name}");
        assert_eq!(document["processes"][0][name], document[name]);
    }
    assert_eq!(
        document["reachable_by_heuristics"]["stdstring"]["bytes"],
        40
    );
    let records = document["records"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["kind"], "definitely_lost");
    assert_eq!(records[0]["bytes"], 256);
    assert_eq!(records[0]["indirect"]["bytes"], 300);
    assert_eq!(records[0]["address"], "0x7f000000");
    for name in ["function", "file", "line", "module"] {
        assert_ne!(records[1]["stack"][0][name], Value::Null, "{name}");
    }
    assert_eq!(document["processes"][0]["scan"]["reason"], "exit");
    assert_eq!(document["processes"][0]["scan"]["pause_ns"], 3_200_000);
}

#[test]
fn words_of_kinds_are_read_as_they_are_shown() {
    for text in ["none", "definite", "definite,indirect,possible,reachable"] {
        let read: KindSet = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
    }
    assert_eq!("all".parse(), Ok(KindSet::ALL));
    assert!(
        "lost"
            .parse::<KindSet>()
            .is_err_and(|why| why.contains("\"lost\" is no kind"))
    );
    assert!("".parse::<KindSet>().is_err());
}

#[test]
fn stacks_that_nobody_gave_are_empty() {
    let bytes = heap(1, [7, 7, 7]);
    let view = GraphView::parse(&bytes).unwrap();
    let recorded = Recorded::read(&view, Heuristics::default()).unwrap();
    let heap = HeapOf {
        recorded: &recorded,
        stacks: &[],
        program: "",
    };
    let leaks = Leaks::of([heap]);
    assert!(
        leaks
            .records()
            .iter()
            .all(|record| record.stack == StackId::ROOT)
    );
}
