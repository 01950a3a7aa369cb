//! A profile with more stacks than any page should draw.

use crate::recorded::Record;
use tenure_model::profile::sample::Recorder;
use tenure_report::report::Limits;
use tenure_trace::profile::{ArrayHeader, Frame, Kind, Node, SiteRecord, site};

/// Nodes of the stacks.
const NODES: u32 = 60_000;
/// Sites among them: every second node.
const SITES: u32 = NODES / 2;

/// A program with 60,000 stack nodes in up to 40 levels and 30,000 sites.
pub(crate) fn large() -> Record {
    let mut recorder = Recorder::every(31, "/usr/bin/large");
    recorder.load("/usr/bin/large", &[3; 20]);
    recorder.now_ns = 5_000_000_000;
    let mut files = recorder.files(true);
    files.nodes = nodes();
    files.sites = records();
    Record::new("large.tnr", &["large"], &[files], Default::default())
}

fn array(kind: Kind, elements: &[Vec<u8>]) -> Vec<u8> {
    let head = ArrayHeader {
        pid: 31,
        count: elements.len() as u64,
        ..ArrayHeader::default()
    };
    [head.encode(kind).to_vec(), elements.concat()].concat()
}

/// A tree whose nodes hang on one of the nodes before them, mostly on a late one: deep and wide.
fn nodes() -> Vec<u8> {
    let mut depths = vec![0_u32];
    let node = |id: u32| {
        let mixed = u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let mut parent = match id {
            0 | 1 => 0,
            _ => id - 1 - (mixed as u32 % id.min(400)),
        };
        if depths[parent as usize] >= 40 {
            parent = 1;
        }
        if id > 0 {
            depths.push(depths[parent as usize] + 1);
        }
        let frame = match id {
            0 => Frame::default(),
            _ => Frame::new(1, 0x1000 + u64::from(id) * 16),
        };
        Node { frame, parent }.encode().to_vec()
    };
    let nodes: Vec<_> = (0..=NODES).map(node).collect();
    array(Kind::Nodes, &nodes)
}

fn records() -> Vec<u8> {
    let record = |number: u32| {
        let id = number * 2 + 1;
        let bytes = u64::from(id).wrapping_mul(2_654_435_761) % 60_000 + 16;
        let record = SiteRecord {
            site: id,
            shard: 1,
            flags: site::FLAG_IN_USE,
            allocations: 3,
            frees: u64::from(id % 3),
            allocated_bytes: 3 * bytes,
            freed_bytes: u64::from(id % 3) * bytes,
            allocated_usable_bytes: 3 * bytes,
            ..SiteRecord::default()
        };
        record.encode().to_vec()
    };
    let records: Vec<_> = (0..SITES).map(record).collect();
    array(Kind::Sites, &records)
}

#[test]
fn a_large_profile_says_what_it_sums_up_and_loses_nothing() {
    let record = large();
    let page = record.page(Limits::default());
    assert_eq!((page.sites, page.listed), (SITES as usize, 20_000));
    assert!(page.html.contains("[10,000 other sites]"));
    assert!(page.html.len() < 16 << 20, "{} bytes", page.html.len());
}
