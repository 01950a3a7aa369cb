//! Who holds the blocks of a small heap, as text, as JSON, and as a way.

use crate::held::{APP, WAY, stage, with, with_graph};
use serde_json::Value;
use tenure_model::graph::{Heuristics, Recorded};
use tenure_model::profile::Names;
use tenure_report::Style;
use tenure_report::holders::{
    Line, SCHEMA, Shape, Sought, arena_hint, json, path_json, path_text, sites_called, text,
    unnamed,
};
use tenure_trace::graph::{GraphHeader, GraphView, GroupKind, Writer};

const SHAPE: Shape = Shape {
    depth: 4,
    share_min_ppm: 0,
    limit: 20,
    lines_max: 1000,
};

#[test]
fn the_tree_as_text() {
    let text = with(&stage(true), |holders| {
        text(holders, &holders.tree(SHAPE), Style::PLAIN)
    });
    let expected = "\
━━ shop 5 ━━ who holds the heap ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
  4.25 KiB in 106 blocks; it stood still for 2.00 ms

  3.91 KiB  92.0 %  global `cache` in shop
  3.88 KiB  91.3 %  └ make_table shop.c:10 ← main · 1 block of 1,000 B
  2.90 KiB  68.3 %    └ insert shop.c:20 ← main · 99 blocks
      30 B   0.7 %  └ insert shop.c:20 ← main · 1 block

     150 B   3.4 %  thread 42 (shop): frame inner shop.c:40
     150 B   3.4 %  └ forget shop.c:30 ← main · 2 blocks

      90 B   2.1 %  thread 42 (shop): registers
      90 B   2.1 %  └ forget shop.c:30 ← main · 1 block
";
    assert!(text.starts_with(expected), "{text}");
    for part in [
        "60 B   1.4 %  several roots together, none alone",
        "pointed to from unnamed variables (.bss) of shop; thread",
        "50 B   1.1 %  lost (nobody holds it)",
        "thread 42 (shop): frame inner shop.c:40",
    ] {
        let begin: String = part.chars().take(58).collect();
        assert!(text.contains(&begin), "{begin}\n{text}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn what_is_small_is_counted_and_not_shown() {
    let shape = Shape {
        share_min_ppm: 20_000,
        depth: 1,
        ..SHAPE
    };
    let tree = with(&stage(true), |holders| holders.tree(shape));
    assert_eq!(tree.roots.len(), 3);
    let retained: u64 = tree.roots.iter().map(|root| root.retained_bytes).sum();
    assert_eq!(retained + tree.others.retained_bytes, tree.total_bytes);
    let table = &tree.roots[0].children[0];
    assert!(table.children.is_empty(), "one level");
    assert_eq!((table.others.lines, table.others.retained_bytes), (1, 2970));
}

#[test]
fn lines_retain_what_their_parts_do() {
    fn check(line: &Line) {
        let below: u64 = line.children.iter().map(|child| child.retained_bytes).sum();
        let parts = line.own_bytes + below + line.others.retained_bytes;
        assert_eq!(parts, line.retained_bytes, "{line:?}");
        line.children.iter().for_each(check);
    }
    let tree = with(&stage(true), |holders| holders.tree(SHAPE));
    tree.roots.iter().for_each(check);
    let all: u64 = tree.roots.iter().map(|root| root.retained_bytes).sum();
    assert_eq!(all, tree.total_bytes);
}

#[test]
fn the_tree_as_json_has_its_roots_and_stacks() {
    let json = with(&stage(true), |holders| {
        json(&[(holders, &holders.tree(SHAPE))])
    });
    let read: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(read["tenure"], SCHEMA);
    assert_eq!(read["total_bytes"], 1000 + 3000 + 350);
    let cache = &read["roots"][0];
    assert_eq!(cache["kind"], "global");
    assert_eq!((&cache["pid"], &cache["module"]), (&5.into(), &APP.into()));
    let table = &cache["children"][0];
    assert_eq!(table["function"], "make_table");
    assert_eq!(
        (&table["own_bytes"], &table["retained_bytes"]),
        (&1000.into(), &3970.into())
    );
    assert_eq!(table["stack"][1]["function"], "main");
    let kinds = read["roots"].as_array().expect("a list");
    let kinds: Vec<_> = kinds
        .iter()
        .filter_map(|root| root["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["global", "frame", "registers", "several", "lost"]);
}

#[test]
fn without_names_roots_are_told_by_module_and_address() {
    let stage = stage(false);
    let names: Vec<_> = (0..stage.places.len() as u32)
        .filter_map(|at| Some(stage.places.get(at)?.name.clone()))
        .collect();
    assert_eq!(
        names,
        [
            "data of shop",
            "thread 42 (shop): frame shop+0x111",
            "thread 42 (shop): frame shop+0x222",
            "thread 42 (shop): registers",
        ]
    );
    let wanted = unnamed(&stage.recorded);
    assert_eq!(wanted.len(), 1);
    assert_eq!(wanted[0].frames, [0x111, 0x222].into());
    assert_eq!(wanted[0].variables, [0x4010, 0x4018, 0x6000].into());
}

#[test]
fn a_way_names_each_pointer() {
    let stage = stage(true);
    let text = with(&stage, |holders| {
        let way = holders.way_to(0x7f00_1000 + 32 * 7 + 5).expect("a block");
        path_text(holders, &way, Style::PLAIN)
    });
    for part in [
        "it lies 5 B into a block of 30 B",
        "held by make_table shop.c:10 ← main, in global `cache` in shop",
        "global `cache` in shop, +0x10",
        "+0x38 → 0x7f0010e0       30 B  insert shop.c:20 ← main",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    with(&stage, |holders| {
        assert_eq!(holders.way_to(0x7f00_1000 + 30), None, "behind the block");
        let lost = holders.way_to(0x7f01_0000 + 256 * 101).expect("a block");
        assert_eq!(lost.root, None);
        let text = path_text(holders, &lost, Style::PLAIN);
        assert!(text.contains("lost (nobody holds it)"), "{text}");
        assert!(path_json(holders, &lost).contains("\"is_lost\": true"));
    });
}

#[test]
fn sites_are_called_by_name_line_and_number() {
    let stage = stage(true);
    let names = Names::new(&stage.sites, &stage.symbols);
    let count = |text: &str| {
        let sought = text.parse().expect("a site");
        sites_called(&names, &stage.stacks, &sought).len()
    };
    assert_eq!(count("insert"), 1);
    assert_eq!(count("shop.c:20"), 1);
    assert_eq!(count("src/shop.c:20"), 1);
    assert_eq!(count("hop.c:20"), 0);
    assert_eq!(
        count("main"),
        3,
        "no site is called so, but all go through it"
    );
    assert_eq!(count("2"), 1);
    assert_eq!(count("77"), 0);
    assert!("0".parse::<Sought>().is_err());
    assert!(" ".parse::<Sought>().is_err());
}

#[test]
fn who_holds_a_site_is_told_of_that_site_alone() {
    let stage = stage(true);
    let tree = with(&stage, |holders| {
        let names = holders.heap().names;
        let sought = "insert".parse().expect("a site");
        let stacks = sites_called(names, holders.heap().stacks, &sought);
        holders.tree_of(&stacks, SHAPE)
    });
    assert_eq!((tree.total_bytes, tree.total_blocks), (3000, 100));
    assert_eq!(tree.roots.len(), 1);
    assert_eq!(tree.roots[0].retained_bytes, 3000);
    assert_eq!(
        tree.roots[0].children[0].own_bytes, 0,
        "the table is not meant"
    );
}

#[test]
fn arenas_of_python_are_noticed() {
    let hint = |module: &str, bytes: u64, references: usize| {
        let mut buffer = [0; 1024];
        let mut writer = Writer::new(&mut buffer);
        let module = (0, module.as_bytes(), &b""[..]);
        writer.group(GroupKind::Module, 0x1000..0x2000, 0, module, 0);
        writer.end_points();
        let anonymous = (0, &b""[..], &b""[..]);
        writer.group(
            GroupKind::Mapping,
            0x10_0000..0x10_0000 + bytes,
            0,
            anonymous,
            0,
        );
        for number in 0..references as u64 {
            writer.points(0x10_0000 + 8 * number, 0, WAY);
        }
        writer.end_points();
        writer.end_groups();
        writer.block(0x7f00_0000, 600, 0, 0);
        writer.end_points();
        writer.end_blocks();
        let mut file = GraphHeader::default().encode().to_vec();
        file.extend_from_slice(writer.take());
        let view = GraphView::parse(&file).expect("a graph");
        arena_hint(&Recorded::read(&view, Heuristics::default()).expect("it fits"))
    };
    let told = hint("/usr/bin/python3.11", 1 << 20, 3).expect("arenas");
    assert!(
        told.contains("PYTHONMALLOC=malloc") && told.contains("1.00 MiB"),
        "{told}"
    );
    assert!(hint("/usr/lib/libpython3.13.so.1.0", 2 << 20, 1).is_some());
    assert_eq!(hint("/usr/bin/perl", 1 << 20, 3), None);
    assert_eq!(hint("/usr/bin/python3.11", 4096, 3), None);
    assert_eq!(hint("/usr/bin/python3.11", 1 << 20, 0), None);
}

#[test]
fn a_way_through_a_long_list_keeps_its_ends() {
    let length: u64 = 30_000;
    let mut buffer = vec![0; 1 << 20];
    let mut writer = Writer::new(&mut buffer);
    let module = (0, APP.as_bytes(), &b""[..]);
    writer.group(GroupKind::Module, 0x1000..0x2000, 0, module, 0);
    writer.points(0x1010, 0, WAY);
    writer.end_points();
    writer.end_groups();
    for number in 0..length {
        let address = 0x7f00_0000 + 16 * number;
        writer.block(address, 16, 7, 1);
        if number + 1 < length {
            writer.points(address + 8, number + 1, WAY);
        }
        writer.end_points();
    }
    writer.end_blocks();
    assert!(!writer.is_overrun());
    let mut file = GraphHeader::default().encode().to_vec();
    file.extend_from_slice(writer.take());
    let view = GraphView::parse(&file).expect("a graph");
    let recorded = Recorded::read(&view, Heuristics::default()).expect("it fits");
    let stage = with_graph(recorded);
    with(&stage, |holders| {
        let way = holders
            .way_to(0x7f00_0000 + 16 * (length - 1))
            .expect("a block");
        assert_eq!(way.steps.len() + way.left_out, 30_000);
        assert_eq!(way.steps.len(), 1_000);
        assert_eq!(way.steps[499].address, 0x7f00_0000 + 16 * 499);
        assert_eq!(way.steps[999].address, 0x7f00_0000 + 16 * (length - 1));
        assert_eq!(way.steps[500].address, 0x7f00_0000 + 16 * (length - 500));
        assert!(way.held_by.len() <= 2, "{:?}", way.held_by);
        let text = path_text(holders, &way, Style::PLAIN);
        assert!(text.contains("… 29,976 blocks …"), "{text}");
        let tree = holders.tree(SHAPE);
        assert_eq!(tree.roots[0].children[0].blocks, length, "one line");
    });
}
