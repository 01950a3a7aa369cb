//! State files of a temporary folder, read back through the format's own reader.

use super::*;
use std::format;
use std::path::PathBuf;
use std::vec::Vec;
use tenure_trace::state::StateView;

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tenure-state-{}-{name}", process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn folder(&self) -> Folder {
        let mut folder = Folder::new();
        assert!(folder.set(self.0.to_str().unwrap().as_bytes()));
        folder
    }

    fn bytes(&self, seq: u32) -> Vec<u8> {
        std::fs::read(self.0.join(format!("{}-{seq}.state", process::id()))).unwrap()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn count(shard: &HeapCounters, class: usize, allocations: u64, frees: u64) {
    shard.classes[class]
        .allocations
        .fetch_add(allocations, Relaxed);
    shard.classes[class].frees.fetch_add(frees, Relaxed);
    shard.classes[class]
        .requested_bytes
        .fetch_add(allocations * 10, Relaxed);
    shard.classes[class]
        .requested_freed_bytes
        .fetch_add(frees * 10, Relaxed);
}

#[test]
fn a_new_file_reads_as_a_process_that_has_done_nothing() {
    let dir = Dir::new("new");
    let file = StateFile::create(&mut dir.folder(), None).unwrap();
    let bytes = dir.bytes(0);
    let view = StateView::parse(&bytes).unwrap();
    let header = view.header();
    assert_eq!(
        (header.pid, header.end, header.flags),
        (process::id(), 0, 0)
    );
    assert_eq!(
        (header.shard_count, header.shard_capacity),
        (1, FIRST_CAPACITY)
    );
    assert!(header.start_unix_ns > 0 && header.start_mono_ns > 0);
    assert!(header.resident_peak_bytes > 0);
    assert_eq!(file.heaps(), 0);
    let this_program = std::env::current_exe().unwrap();
    assert!(
        bytes[header::PROGRAM_OFFSET + 2..].starts_with(this_program.to_str().unwrap().as_bytes())
    );
}

#[test]
fn slots_go_on_without_limit_and_are_all_different() {
    let dir = Dir::new("grow");
    let mut folder = dir.folder();
    let mut file = StateFile::create(&mut folder, None).unwrap();
    for heap in 1..=300u64 {
        let shard = file.take_slot(&mut folder).unwrap();
        // SAFETY: a slot of a mapped file, see `take_slot`.
        let shard = unsafe { shard.as_ref() };
        assert_eq!(shard.classes[0].allocations.load(Relaxed), 0);
        count(shard, 0, heap, 0);
    }
    let bytes = dir.bytes(0);
    let view = StateView::parse(&bytes).unwrap();
    assert_eq!(
        (view.header().shard_count, view.header().shard_capacity),
        (301, 512)
    );
    let counted: Vec<u64> = view
        .shards()
        .map(|shard| shard.classes().next().unwrap().allocations)
        .collect();
    assert_eq!(counted, (0..=300).collect::<Vec<u64>>());
}

#[test]
fn the_next_file_of_a_process_has_the_next_number() {
    let dir = Dir::new("next");
    let first = StateFile::create(&mut dir.folder(), None).unwrap();
    let second = StateFile::create(&mut dir.folder(), None).unwrap();
    assert_eq!((first.seq, second.seq), (0, 1));
}

#[test]
fn a_child_begins_with_what_its_parent_had_live() {
    let dir = Dir::new("child");
    let mut folder = dir.folder();
    let mut parent = StateFile::create(&mut folder, None).unwrap();
    for _ in 0..2 {
        // SAFETY: a slot of a mapped file.
        let shard = unsafe { parent.take_slot(&mut folder).unwrap().as_ref() };
        count(shard, 3, 5, 1);
    }
    parent.head().set_held(1 << 20);
    let mut snapshot = Snapshot::new();
    snapshot.take(parent.shards(), 1 << 20);
    let child = StateFile::create(&mut folder, Some(&snapshot)).unwrap();
    let bytes = dir.bytes(1);
    let view = StateView::parse(&bytes).unwrap();
    let header = view.header();
    assert!(header.is_forked());
    assert_eq!(
        (header.live_published_bytes, header.live_peak_bytes),
        (80, 80)
    );
    assert_eq!((header.held_bytes, header.threads_live), (1 << 20, 0));
    let inherited = view.shards().next().unwrap().classes().nth(3).unwrap();
    assert_eq!((inherited.allocations, inherited.requested_bytes), (8, 80));
    // A second generation sums what was inherited and what was done since.
    snapshot.take(child.shards(), 0);
    assert_eq!(snapshot.live_bytes(), 80);
}

#[test]
fn a_copy_counts_on_at_the_same_addresses_into_its_own_file() {
    let dir = Dir::new("copy");
    let mut folder = dir.folder();
    let mut file = StateFile::create(&mut folder, None).unwrap();
    let shards: Vec<NonNull<HeapCounters>> = (0..9)
        .map(|_| file.take_slot(&mut folder).unwrap())
        .collect();
    // SAFETY: a slot of a mapped file; mappings are replaced but never removed.
    let last = unsafe { shards[8].as_ref() };
    count(last, 2, 4, 0);
    let mut snapshot = Snapshot::new();
    snapshot.take(file.shards(), 0);
    let copy = file.replace(&mut folder, &snapshot).unwrap();
    count(last, 2, 0, 1);
    let (old, new) = (dir.bytes(0), dir.bytes(1));
    let class_2_of_9 = |bytes: &[u8]| {
        let view = StateView::parse(bytes).unwrap();
        let counts = view.shards().nth(9).unwrap().classes().nth(2).unwrap();
        (counts.allocations, counts.frees)
    };
    assert_eq!((class_2_of_9(&old), class_2_of_9(&new)), ((4, 0), (0, 1)));
    assert_eq!(copy.heaps(), 9);
    copy.orphan();
    count(last, 2, 0, 7);
    assert_eq!(class_2_of_9(&dir.bytes(1)), (0, 1));
}

#[test]
fn a_folder_that_is_missing_is_named_as_the_reason() {
    let mut folder = Folder::new();
    assert!(folder.set(b"/nowhere/at/all"));
    assert_eq!(
        StateFile::create(&mut folder, None).err(),
        Some(FileError::Missing)
    );
}
