//! The bounds of the cache.

use super::*;
use std::sync::Arc;
use tempfile::TempDir;

fn found(addresses: std::ops::Range<u64>) -> Vec<(u64, Vec<Frame>)> {
    let frame = |at: u64| Frame {
        function: Some(Arc::from(format!("function_{at}"))),
        mangled: at.is_multiple_of(3).then(|| Arc::from(format!("_Z{at}"))),
        file: Some(Arc::from("src/main.c")),
        line: Some(at as u32 + 1),
        offset: at.is_multiple_of(2).then_some(at),
    };
    addresses
        .map(|at| (at, vec![frame(at); (at % 4) as usize]))
        .collect()
}

fn small(folder: &TempDir) -> Cache {
    Cache {
        folder: folder.path().to_owned(),
        file_bytes_max: 10_000,
        folder_bytes_max: 30_000,
    }
}

#[test]
fn what_is_kept_is_read_back() {
    let folder = TempDir::new().unwrap();
    let cache = small(&folder);
    let id = [7; 20];
    cache.add(&id, Quality::Lines, &found(0..10)).unwrap();
    cache.add(&id, Quality::Lines, &found(10..20)).unwrap();
    let kept = cache.read(&id);
    assert_eq!(kept.quality, Quality::Lines);
    assert_eq!(kept.frames, found(0..20));
    assert_eq!(kept.at(20), None);
    // Less good is not kept beside it, better takes its place.
    let other = [8; 20];
    cache
        .add(&other, Quality::Functions, &found(0..10))
        .unwrap();
    cache
        .add(&other, Quality::Exported, &found(10..20))
        .unwrap();
    assert_eq!(cache.read(&other).frames, found(0..10));
    cache.add(&other, Quality::Lines, &found(3..5)).unwrap();
    assert_eq!(cache.read(&other).frames, found(3..5));
}

#[test]
fn a_build_id_that_proves_nothing_is_not_kept() {
    let folder = TempDir::new().unwrap();
    let cache = small(&folder);
    for id in [&[][..], &[1; 7], &[1; 65]] {
        cache.add(id, Quality::Lines, &found(0..3)).unwrap();
        assert!(cache.read(id).frames.is_empty());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_stays_within_its_bound() {
    let folder = TempDir::new().unwrap();
    let cache = small(&folder);
    let id = [7; 20];
    for at in 0..100 {
        cache
            .add(&id, Quality::Lines, &found(at * 20..at * 20 + 20))
            .unwrap();
        let bytes = fs::metadata(cache.path(&id).unwrap()).unwrap().len();
        assert!(bytes <= 10_000, "{bytes}");
        assert!(cache.read(&id).at(at * 20).is_some());
    }
    // What is larger than a file on its own is not kept, and harms nothing.
    cache.add(&id, Quality::Lines, &found(0..10_000)).unwrap();
    assert!(cache.read(&id).at(99 * 20).is_some());
}

#[test]
fn all_files_together_stay_within_their_bound() {
    let folder = TempDir::new().unwrap();
    let cache = small(&folder);
    fs::write(folder.path().join("of-somebody-else"), vec![0; 50_000]).unwrap();
    for at in 0..40_u8 {
        cache.add(&[at; 20], Quality::Lines, &found(0..40)).unwrap();
    }
    let entries = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap());
    let ours: Vec<_> = entries
        .filter(|entry| is_a_build_id(&entry.path()))
        .collect();
    let bytes: u64 = ours
        .iter()
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    assert!(bytes <= 30_000, "{bytes}");
    assert!(ours.len() > 3);
    assert!(folder.path().join("of-somebody-else").exists());
    assert!(!cache.read(&[39; 20]).frames.is_empty(), "the newest stays");
}

#[test]
fn a_cache_that_another_process_holds_is_done_without() {
    let folder = TempDir::new().unwrap();
    let cache = small(&folder);
    let id = [7; 20];
    cache.add(&id, Quality::Lines, &found(0..10)).unwrap();
    let held = File::open(cache.path(&id).unwrap()).unwrap();
    held.lock().unwrap();
    assert!(cache.read(&id).frames.is_empty());
    cache.add(&id, Quality::Lines, &found(10..20)).unwrap();
    held.unlock().unwrap();
    assert_eq!(cache.read(&id).frames, found(0..10));
}

#[test]
fn a_payload_of_noise_is_refused() {
    let payload = encode(&found(0..20));
    for at in 0..payload.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bytes = payload.clone();
            bytes[at] = value;
            let mut frames = found(0..1);
            let before = frames.len();
            if decode(&bytes, &mut frames).is_none() {
                assert_eq!(frames.len(), before);
            }
        }
        assert!(
            decode(&payload[..at], &mut Vec::new()).is_none(),
            "cut at {at}"
        );
    }
}
