//! What is written reads back, what is cut or made up is refused.

use super::*;
use std::vec;
use std::vec::Vec;

/// A small source of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % below
    }
}

fn events(count: usize) -> Vec<(u64, Event)> {
    let mut numbers = Numbers(7);
    let mut time = 1000;
    (0..count)
        .map(|_| {
            time += numbers.next(3) * numbers.next(2) * numbers.next(100);
            let address = (1 << 40) + (numbers.next(1 << 20) << 4);
            let event = match numbers.next(5) {
                0 => Event::Freed { address },
                1 => Event::Resized {
                    address,
                    bytes: numbers.next(1 << 30),
                },
                _ => Event::Allocated {
                    site: numbers.next(700) as u32,
                    bytes: numbers.next(3) * 40 + numbers.next(2),
                    address,
                },
            };
            (time, event)
        })
        .collect()
}

fn chunk(start: u64, events: &[(u64, Event)]) -> Vec<u8> {
    let mut bytes = vec![0; CHUNK_HEADER_BYTES];
    bytes[SHARD_OFFSET] = 3;
    bytes[START_OFFSET..][..8].copy_from_slice(&start.to_le_bytes());
    let mut context = Context::new(start);
    let mut room = [0; EVENT_BYTES_MAX];
    for (time, event) in events {
        let len = context.encode(*time, *event, &mut room);
        bytes.extend_from_slice(&room[..len]);
    }
    let used = (bytes.len() - CHUNK_HEADER_BYTES) as u32;
    bytes[USED_OFFSET..][..4].copy_from_slice(&used.to_le_bytes());
    bytes
}

#[test]
fn what_is_written_reads_back() {
    let events = events(20_000);
    let bytes = chunk(1000, &events);
    let chunk = Chunk::new(&bytes).unwrap();
    assert_eq!(chunk.shard(), 3);
    let mut read = chunk.events();
    let wanted = events
        .iter()
        .map(|(time, event)| (time * TIME_UNIT_NS, *event));
    assert!(read.by_ref().eq(wanted));
    assert_eq!(read.unread_bytes(), 0);
}

#[test]
fn the_largest_numbers_fit() {
    let mut context = Context::new(0);
    let mut room = [0; EVENT_BYTES_MAX];
    let event = Event::Allocated {
        site: u32::MAX,
        bytes: u64::MAX,
        address: u64::MAX << 4,
    };
    let len = context.encode(u64::MAX, event, &mut room);
    assert_eq!(Context::new(0).decode(&room[..len]), Some((event, len)));
}

#[test]
fn a_pair_in_a_loop_takes_few_bytes() {
    let site = 5;
    let pair: Vec<(u64, Event)> = (0..1000u64)
        .flat_map(|i| {
            let address = 4096 + (i % 2) * 64;
            [
                (
                    i,
                    Event::Allocated {
                        site,
                        bytes: 50,
                        address,
                    },
                ),
                (i, Event::Freed { address }),
            ]
        })
        .collect();
    assert!(chunk(0, &pair).len() <= CHUNK_HEADER_BYTES + 1000 * 5 + 10);
}

#[test]
fn a_cut_chunk_gives_its_whole_events_and_no_chunk_panics() {
    let events = events(300);
    let bytes = chunk(1000, &events);
    for len in CHUNK_HEADER_BYTES..bytes.len() {
        let read = Chunk::new(&bytes[..len]).unwrap().events().count();
        assert!(read <= events.len());
    }
    let mut numbers = Numbers(3);
    for _ in 0..2000 {
        let mut hostile = bytes.clone();
        for _ in 0..8 {
            let at = numbers.next(hostile.len() as u64) as usize;
            hostile[at] = numbers.next(256) as u8;
        }
        let _ = Chunk::new(&hostile).unwrap().events().count();
    }
    assert!(Chunk::new(&[0; 31]).is_none());
}
