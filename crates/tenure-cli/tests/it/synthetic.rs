//! Records made here byte by byte, with figures known beforehand.

use tenure_trace::container::{Tag, file_header, padding, section_header};
use tenure_trace::state::{ClassCounts, Header, ShardHead, StateImage, header, shard};

const USABLE: [u64; 3] = [16, 64, 2 << 20];

/// What `tenure run` would have seen of [`state`] 4711.
pub(crate) const FACTS: &str = r#"{"tenure":"run/1","version":"0.1.0","command":["app","-v"],
    "directory":"/srv","start_unix_ns":1700000000000000000,"wall_ns":2000000000,"root_pid":4711,
    "exit_code":null,"exit_signal":9,"processes":[{"pid":4711,"start_mono_ns":4711,
    "peak_resident_bytes":7000000,"running":false}]}"#;

/// A process that allocated ten blocks of 50 bytes and one of 1,500,000, and freed four small
/// ones: 11 allocations, 4 frees, 1,500,500 bytes requested, 7 blocks and 1,500,300 bytes live.
pub(crate) fn state(pid: u32, end: u32) -> Vec<u8> {
    let mut bytes = vec![0; header::HEADER_BYTES + 2 * shard::bytes_for(USABLE.len())];
    let fields = Header {
        shard_capacity: 2,
        shard_count: 2,
        pid,
        ppid: 1,
        start_unix_ns: 1_700_000_000_000_000_000,
        start_mono_ns: pid.into(),
        end_mono_ns: if end == header::END_NONE {
            0
        } else {
            2_000_000_000
        },
        end,
        held_bytes: 4_000_000,
        held_peak_bytes: 5_000_000,
        live_published_bytes: 1_500_300,
        live_peak_bytes: 1_500_500,
        threads_started: 1,
        threads_peak: 1,
        first_huge_class: 2,
        ..Header::default()
    };
    let mut image = StateImage::format(&mut bytes, &fields, &USABLE).unwrap();
    image.set_program(b"/usr/bin/app").unwrap();
    image.set_command(b"app\0-v").unwrap();
    let head = ShardHead {
        state: shard::STATE_IN_USE,
        huge_usable_bytes: 1_503_232,
        ..ShardHead::default()
    };
    image.set_shard(1, &head).unwrap();
    let small = ClassCounts {
        allocations: 10,
        frees: 4,
        requested_bytes: 500,
        requested_freed_bytes: 200,
    };
    image.set_class(1, 1, &small).unwrap();
    let huge = ClassCounts {
        allocations: 1,
        requested_bytes: 1_500_000,
        ..ClassCounts::default()
    };
    image.set_class(1, 2, &huge).unwrap();
    bytes
}

/// A container with these sections.
pub(crate) fn container(sections: &[(Tag, &[u8])]) -> Vec<u8> {
    let mut file = file_header(sections.len() as u32).to_vec();
    for (tag, payload) in sections {
        file.extend(section_header(*tag, payload));
        file.extend(*payload);
        file.extend(padding(payload.len() as u64));
    }
    file
}

/// A whole record of one killed process.
pub(crate) fn record() -> Vec<u8> {
    let state = state(4711, header::END_NONE);
    container(&[(Tag::META, FACTS.as_bytes()), (Tag::PROC, &state)])
}
