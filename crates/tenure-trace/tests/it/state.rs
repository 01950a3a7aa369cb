//! The state file: never a panic, and what goes in comes out.

use proptest::prelude::*;
use tenure_trace::state::{
    ClassCounts, Header, ShardHead, StateError, StateImage, StateView, header, shard,
};

/// Everything that a state file says, as a value.
#[derive(Clone, Debug, PartialEq)]
struct Content {
    header: Header,
    usable: Vec<u64>,
    program: Vec<u8>,
    arguments: Vec<Vec<u8>>,
    shards: Vec<(ShardHead, Vec<ClassCounts>)>,
}

impl Content {
    fn encode(&self) -> Vec<u8> {
        let shard_bytes = shard::bytes_for(self.usable.len());
        let mut bytes = vec![0xee; header::HEADER_BYTES + self.shards.len() * shard_bytes];
        let mut image = StateImage::format(&mut bytes, &self.header, &self.usable).unwrap();
        image.set_program(&self.program).unwrap();
        image.set_command(&self.arguments.join(&0)).unwrap();
        for (slot, (head, classes)) in self.shards.iter().enumerate() {
            image.set_shard(slot, head).unwrap();
            for (class, counts) in classes.iter().enumerate() {
                image.set_class(slot, class, counts).unwrap();
            }
        }
        bytes
    }

    fn decode(view: &StateView<'_>) -> Self {
        Self {
            header: *view.header(),
            usable: (0..)
                .map_while(|class| view.class_usable_bytes(class))
                .collect(),
            program: view.program().to_vec(),
            arguments: view.arguments().map(<[u8]>::to_vec).collect(),
            shards: view
                .shards()
                .map(|s| (s.head(), s.classes().collect()))
                .collect(),
        }
    }
}

fn any_header(shard_count: u32) -> impl Strategy<Value = Header> {
    let numbers = any::<(u32, u32, u64, u64, u64, u32, u32)>();
    let counts = any::<(u64, u64, i64, u64, u64, u64, u64, u64, u64)>();
    let recorded = any::<(u32, u64, u64, u64, u64, u64)>();
    let scans = any::<(u32, u32, u32, u32, u32, u64)>();
    (numbers, counts, recorded, scans).prop_map(move |(n, c, r, s)| Header {
        shard_capacity: shard_count,
        shard_count,
        pid: n.0,
        ppid: n.1,
        start_unix_ns: n.2,
        start_mono_ns: n.3,
        end_mono_ns: n.4,
        end: n.5,
        flags: n.6,
        held_bytes: c.0,
        held_peak_bytes: c.1,
        live_published_bytes: c.2,
        live_peak_bytes: c.3,
        resident_peak_bytes: c.4,
        threads_started: c.5,
        threads_live: c.6,
        threads_peak: c.7,
        first_huge_class: c.8,
        mode: r.0,
        sample_rate_bytes: r.1,
        peak_epoch: r.2,
        peak_live_bytes: r.3,
        peak_mono_ns: r.4,
        allocated_clock_bytes: r.5,
        scan_signal: s.0,
        scan_requests: s.1,
        scan_begun: s.2,
        scan_done: s.3,
        scan_status: s.4,
        accounts_wanted: 17,
        scan_pause_ns: s.5,
        limit_bytes: c.0 / 2,
        refusals: c.1 / 2,
        refused_bytes: c.3 / 2,
        refused_held_bytes: c.4 / 2,
        refused_mapped_bytes: c.5 / 2,
    })
}

fn any_shard(class_count: usize) -> impl Strategy<Value = (ShardHead, Vec<ClassCounts>)> {
    let head = any::<(u64, i64, i64, u64, u64, u64, u64, u64)>().prop_map(|h| ShardHead {
        state: h.0,
        live_delta_bytes: h.1,
        live_delta_max_bytes: h.2,
        huge_usable_bytes: h.3,
        huge_usable_freed_bytes: h.4,
        reallocs_in_place: h.5,
        reallocs_moved: h.6,
        frees_remote: h.7,
    });
    let counts = any::<(u64, u64, u64, u64)>().prop_map(|c| ClassCounts {
        allocations: c.0,
        frees: c.1,
        requested_bytes: c.2,
        requested_freed_bytes: c.3,
    });
    (head, prop::collection::vec(counts, class_count))
}

fn any_content() -> impl Strategy<Value = Content> {
    let argument = prop::collection::vec(1..=u8::MAX, 0..20);
    let name = prop::collection::vec(1..=u8::MAX, 1..20);
    (1..=header::CLASS_CAPACITY, 0_usize..4).prop_flat_map(move |(classes, shards)| {
        (
            any_header(shards as u32),
            prop::collection::vec(any::<u64>(), classes),
            prop::collection::vec(any::<u8>(), 0..header::PROGRAM_CAPACITY),
            // An empty last argument and no last argument are one and the same in the format.
            (
                name.clone(),
                prop::collection::vec(argument.clone(), 0..4),
                name.clone(),
            )
                .prop_map(|(first, rest, last)| [vec![first], rest, vec![last]].concat()),
            prop::collection::vec(any_shard(classes), shards),
        )
            .prop_map(|(header, usable, program, arguments, shards)| Content {
                header,
                usable,
                program,
                arguments,
                shards,
            })
    })
}

/// Walks everything that a view offers.
fn walk(bytes: &[u8]) -> Result<Content, StateError> {
    let view = StateView::parse(bytes)?;
    assert!(view.used_bytes().len() <= bytes.len());
    let _ = (
        view.command_is_cut(),
        view.class_is_huge(usize::MAX),
        view.missing_shards(),
    );
    Ok(Content::decode(&view))
}

/// Each case builds a whole state file, so there are few of them.
fn few_cases() -> ProptestConfig {
    ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn encode_then_decode_gives_the_same(content in any_content()) {
        prop_assert_eq!(walk(&content.encode()).unwrap(), content);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..9000)) {
        let _ = walk(&bytes);
    }

    #[test]
    fn arbitrary_bytes_behind_a_good_magic_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 8192..12000),
        sane in any::<bool>(),
        classes in 1_u32..=160,
    ) {
        let mut bytes = bytes;
        bytes[..8].copy_from_slice(&header::MAGIC);
        bytes[8..16].copy_from_slice(&[1, 0, 0, 0, 0, 32, 0, 0]);
        if sane {
            let shard_bytes = shard::bytes_for(classes as usize) as u32;
            bytes[16..20].copy_from_slice(&shard_bytes.to_le_bytes());
            bytes[28..32].copy_from_slice(&classes.to_le_bytes());
            bytes[256..258].copy_from_slice(&[0; 2]);
            bytes[1280..1282].copy_from_slice(&[0; 2]);
        }
        prop_assert_eq!(walk(&bytes).is_ok(), sane);
    }

    #[test]
    fn one_changed_byte_never_panics(content in any_content(), at in any::<usize>(), to: u8) {
        let mut bytes = content.encode();
        let at = at % bytes.len();
        bytes[at] = to;
        let _ = walk(&bytes);
    }

    #[test]
    fn a_truncated_file_is_an_error_or_its_whole_shards(
        content in any_content(),
        at in any::<usize>(),
    ) {
        let bytes = content.encode();
        let cut = &bytes[..at % (bytes.len() + 1)];
        match walk(cut) {
            Err(error) => {
                prop_assert!(cut.len() < header::HEADER_BYTES, "{error}");
            }
            Ok(found) => {
                let missing = StateView::parse(cut).unwrap().missing_shards() as usize;
                let kept = content.shards.len() - missing;
                prop_assert_eq!(&found.shards[..], &content.shards[..kept]);
                prop_assert_eq!(missing == 0, cut.len() == bytes.len());
                prop_assert_eq!(found.header, content.header);
            }
        }
    }
}
