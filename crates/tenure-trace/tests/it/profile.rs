//! The array files: never a panic, an end to every path, and what goes in comes out.

use proptest::prelude::*;
use tenure_trace::profile::{
    ArrayHeader, ArrayView, Frame, Functions, Kind, Modules, Node, Nodes, ProfileError, SiteRecord,
    Sites, Timeline, site,
};

/// Walks everything that the views offer.
fn walk(bytes: &[u8]) -> Result<(), ProfileError> {
    for kind in Kind::ALL {
        if let Ok(view) = ArrayView::parse(kind, bytes) {
            assert!(view.used_bytes().len() <= bytes.len());
            assert_eq!(view.elements().count(), view.len());
            assert_eq!(view.element(view.len()), None);
        }
    }
    if let Ok(nodes) = Nodes::parse(bytes) {
        for id in 0..=nodes.array().len() as u32 {
            let mut path = nodes.path(id);
            assert!(path.by_ref().count() <= id as usize);
            let _ = path.is_broken();
        }
    }
    if let Ok(sites) = Sites::parse(bytes) {
        for record in sites.records() {
            let _ = (record.size_counts(), record.top_size_counts().count());
        }
    }
    if let Ok(timeline) = Timeline::parse(bytes) {
        let _ = timeline.points().count();
    }
    if let Ok(functions) = Functions::parse(bytes) {
        let indices = 0..=functions.array().len() as u32;
        let _ = indices
            .filter_map(|index| functions.function(index))
            .count();
    }
    Modules::parse(bytes).map(|modules| {
        let _ = modules.modules().count();
    })
}

fn any_header() -> impl Strategy<Value = ArrayHeader> {
    any::<(u32, u32, u32, u64, u64, u64, u64)>().prop_map(|n| ArrayHeader {
        pid: n.0,
        seq: n.1,
        flags: n.2,
        count: n.3 % 2_000,
        lost: n.4,
        element_bytes: 32,
        width_ns: n.5,
        start_mono_ns: n.6,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn headers_are_read_as_they_were_written(header in any_header()) {
        let bytes = header.encode(Kind::Timeline);
        prop_assert_eq!(ArrayHeader::parse(Kind::Timeline, &bytes), Ok(header));
    }

    #[test]
    fn a_record_of_any_bytes_is_read_and_written_to_the_bit(
        bytes in prop::collection::vec(any::<u8>(), site::RESERVED_OFFSET),
    ) {
        let mut bytes = bytes;
        bytes.resize(site::SITE_BYTES, 0);
        bytes[site::TOP_SIZES_SCALE_OFFSET + 1..site::SIZES_OFFSET].fill(0);
        let record = SiteRecord::decode(&bytes).unwrap();
        prop_assert_eq!(&record.encode()[..], &bytes[..]);
    }

    #[test]
    fn arbitrary_bytes_behind_a_good_header_never_panic(
        header in any_header(),
        kind in prop::sample::select(&Kind::ALL[..]),
        bytes in prop::collection::vec(any::<u8>(), 0..4000),
        changed in any::<(u8, u8)>(),
    ) {
        let mut file = header.encode(kind).to_vec();
        file.extend(bytes);
        let _ = walk(&file);
        file[usize::from(changed.0)] = changed.1;
        let _ = walk(&file);
    }

    #[test]
    fn a_tree_of_any_shape_is_cut_where_the_file_is(
        parents in prop::collection::vec(any::<u32>(), 1..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let header = ArrayHeader { count: parents.len() as u64 + 1, ..ArrayHeader::default() };
        let mut file = header.encode(Kind::Nodes).to_vec();
        file.extend(Node::default().encode());
        for (id, parent) in (1_u32..).zip(&parents) {
            let frame = Frame::new(1, id.into());
            file.extend(Node { frame, parent: parent % id }.encode());
        }
        let whole = Nodes::parse(&file).unwrap();
        for id in 0..=parents.len() as u32 {
            let mut path = whole.path(id);
            prop_assert_eq!(path.next().map(Frame::offset), (id > 0).then_some(id.into()));
            path.by_ref().for_each(drop);
            prop_assert!(!path.is_broken());
        }
        let length = 4096 + cut.index(file.len() - 4096);
        let torn = Nodes::parse(&file[..length]).unwrap();
        prop_assert_eq!(torn.array().len(), (length - 4096) / 16);
        for id in 1..torn.array().len() as u32 {
            prop_assert_eq!(torn.path(id).count(), whole.path(id).count());
        }
    }
}
