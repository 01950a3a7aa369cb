//! Graph files become graphs, whatever is in them.

use super::*;
use proptest::prelude::*;
use tenure_trace::graph::{
    FLAG_COMPLETE, FLAG_INCOMPLETE_ROOTS, GraphHeader, GraphView, GroupKind, REASON_EXIT, Way,
    Writer,
};

/// Two roots and five blocks: what each way of pointing leads to.
fn file(change: impl FnOnce(&mut GraphHeader)) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let mut writer = Writer::new(&mut buffer);
    let module = (0x1000, &b"/lib/a.so"[..], &[1, 2, 3][..]);
    writer.group(GroupKind::Module, 0x8000..0x9000, 0, module, 0);
    writer.points(0x8010, 0, Way::Start);
    writer.points(0x8018, 1, Way::StdString);
    writer.points(0x8020, 2, Way::Tagged);
    writer.end_points();
    writer.group(GroupKind::Stack, 0xff00..0x10000, 42, (0, b"main", b""), 2);
    writer.frame(16, 0x5050);
    writer.frame(0x40, 0x6060);
    writer.points(0xff08, 3, Way::Interior);
    writer.end_points();
    writer.end_groups();
    writer.block(0x7f00_0000, 100, 7, 1);
    writer.points(0x7f00_0008, 1, Way::StdString);
    writer.points(0x7f00_0010, 9, Way::Start);
    writer.end_points();
    for (address, bytes, site) in [
        (0x7f00_0080, 20, 9),
        (0x7f00_00c0, 3, 7),
        (0x7f00_0100, 4, 0),
    ] {
        writer.block(address, bytes, site, 2);
        writer.end_points();
    }
    writer.block(0x7f00_0200, 0, 9, 2);
    writer.end_points();
    writer.end_blocks();
    let mut header = GraphHeader {
        pid: 5,
        seq: 2,
        flags: FLAG_COMPLETE,
        reason: REASON_EXIT,
        threads: 3,
        blocks: 5,
        edges: 2,
        references: 4,
        number: 1,
        ..GraphHeader::default()
    };
    change(&mut header);
    let mut file = header.encode().to_vec();
    file.extend_from_slice(writer.take());
    file
}

fn read(bytes: &[u8], heuristics: Heuristics) -> Recorded {
    let recorded = Recorded::read(&GraphView::parse(bytes).unwrap(), heuristics).unwrap();
    recorded.check();
    recorded
}

fn kinds_of(recorded: &Recorded) -> Vec<Kind> {
    let kinds = Kinds::of(recorded.graph());
    let nodes = 0..recorded.graph().nodes();
    nodes.map(|node| kinds.kind(node)).collect()
}

#[test]
fn blocks_roots_and_references_are_those_of_the_file() {
    let recorded = read(&file(|_| ()), Heuristics::default());
    let graph = recorded.graph();
    assert_eq!((graph.nodes(), graph.edges()), (5, 1));
    assert_eq!(recorded.sites(), [7, 9, 0]);
    let blocks = (0..5).map(|node| {
        let thread = recorded.thread(node);
        (
            recorded.address(node),
            graph.size(node),
            recorded.site(node),
            thread,
        )
    });
    let expected = [
        (0x7f00_0000, 100, 7, 1),
        (0x7f00_0080, 20, 9, 2),
        (0x7f00_00c0, 3, 7, 2),
        (0x7f00_0100, 4, 0, 2),
        (0x7f00_0200, 0, 9, 2),
    ];
    assert!(blocks.eq(expected));
    let edge = graph.edges_of(0).next().unwrap();
    assert_eq!((edge.target, edge.detail), (1, Some(8)));
    let [module, stack] = recorded.roots() else {
        panic!("two roots")
    };
    assert_eq!((module.kind, module.bias), (RootKind::Module, 0x1000));
    assert_eq!(
        (module.name.as_str(), &module.build_id[..]),
        ("/lib/a.so", &[1, 2, 3][..])
    );
    assert_eq!((stack.kind, stack.thread), (RootKind::Stack, 42));
    assert_eq!(stack.frames, [(0xff10, 0x5050), (0xff50, 0x6060)]);
    let of_stack = &recorded.references()[stack.references.clone()];
    let expected = Reference {
        address: 0xff08,
        node: 3,
        root: 1,
        kind: EdgeKind::Interior,
    };
    assert_eq!(of_stack, [expected]);
    let scan = recorded.scan();
    assert_eq!(
        (scan.pid, scan.seq, scan.threads, scan.reason),
        (5, 2, 3, Reason::Exit)
    );
    let told = "1 pointers of the graph were dropped: they name blocks that are not there";
    assert_eq!(recorded.losses(), [told]);
}

#[test]
fn heuristics_decide_what_an_interior_pointer_is() {
    use Kind::{DefinitelyLost as Lost, PossiblyLost as Possible, StillReachable as Held};
    let file = file(|_| ());
    let by_default = read(&file, Heuristics::default());
    assert_eq!(
        kinds_of(&by_default),
        [Held, Held, Possible, Possible, Lost]
    );
    let all = read(&file, Heuristics::ALL);
    assert_eq!(kinds_of(&all), [Held, Held, Held, Possible, Lost]);
    let none = read(&file, Heuristics::NONE);
    assert_eq!(kinds_of(&none), [Held, Possible, Possible, Possible, Lost]);
    assert_eq!(none.held_by_heuristics(&Kinds::of(none.graph())), []);
    let held = all.held_by_heuristics(&Kinds::of(all.graph()));
    let one = |bytes| KindFigures { blocks: 1, bytes };
    assert_eq!(
        held,
        [(Heuristic::StdString, one(20)), (Heuristic::Tagged, one(3))]
    );
}

#[test]
fn a_block_is_found_by_every_address_in_it() {
    let recorded = read(&file(|_| ()), Heuristics::default());
    let found = [
        (0x7eff_ffff, None),
        (0x7f00_0000, Some(0)),
        (0x7f00_0063, Some(0)),
        (0x7f00_0064, None),
        (0x7f00_0200, Some(4)),
        (0x7f00_0201, None),
        (u64::MAX, None),
    ];
    for (address, node) in found {
        assert_eq!(recorded.containing(address), node, "{address:#x}");
    }
}

#[test]
fn limits_of_the_scan_are_told() {
    let change = |header: &mut GraphHeader| {
        header.flags |= FLAG_INCOMPLETE_ROOTS;
        header.threads_unanswered = 1;
    };
    let recorded = read(&file(change), Heuristics::default());
    assert!(recorded.losses()[0].contains("too many mappings"));
    assert!(recorded.losses()[1].starts_with("1 of 3 threads hold signals back"));
}

#[test]
fn a_cut_file_gives_what_is_whole_and_says_so_once() {
    let whole = file(|_| ());
    for len in 256..whole.len() {
        let recorded = read(&whole[..len], Heuristics::default());
        let torn = recorded.torn();
        assert!(
            torn.is_some_and(|told| told.contains("torn or damaged")),
            "{len}"
        );
        assert!(
            !recorded
                .losses()
                .iter()
                .any(|loss| loss.contains("header says"))
        );
        assert!(recorded.graph().nodes() <= 5);
    }
}

#[test]
fn words_of_heuristics_are_read_as_they_are_shown() {
    for text in ["all", "none", "stdstring", "length64,tagged"] {
        let read: Heuristics = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
    }
    let usual = "stdstring,length64,newarray,multipleinheritance,hashtable";
    assert_eq!(Heuristics::default().to_string(), usual);
    assert!(
        "stdstring,"
            .parse::<Heuristics>()
            .is_err_and(|why| why.contains("\"\" is no"))
    );
}

proptest! {
    #[test]
    fn any_damage_gives_a_graph_that_holds_together(
        changes in prop::collection::vec((256..500_usize, any::<u8>()), 1..8),
        len in 256..500_usize,
    ) {
        let mut bytes = file(|_| ());
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        bytes.truncate(len);
        let recorded = read(&bytes, Heuristics::ALL);
        let kinds = Kinds::of(recorded.graph());
        kinds.check(recorded.graph());
        recorded.held_by_heuristics(&kinds);
    }
}
