//! Containers of other crates in a region.

use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use hashbrown::HashMap;
use tenure_region::{Arena, Bump, VirtualArena, scratch};

#[test]
fn a_vector_grows_and_shrinks_in_place() {
    let arena = Arena::new();
    let mut vec = Vec::new_in(&arena);
    vec.extend(0..100u32);
    let first = vec.as_ptr();
    vec.extend(100..400);
    assert_eq!(vec.as_ptr(), first);
    vec.truncate(10);
    vec.shrink_to_fit();
    assert_eq!((vec.as_ptr(), vec.capacity()), (first, 10));
    assert!(vec.iter().copied().eq(0..10));
    assert!(vec.try_reserve(usize::MAX).is_err());
}

#[test]
fn a_table_lies_in_an_arena_beside_another() {
    let arena = Arena::new();
    let mut by_name = HashMap::with_hasher_in(std::hash::RandomState::new(), &arena);
    let mut by_number = HashMap::with_hasher_in(std::hash::RandomState::new(), &arena);
    for n in 0..1000u32 {
        by_name.insert(&*arena.format(format_args!("n{n}")), n);
        by_number.insert(n, &*arena.format(format_args!("n{n}")));
    }
    for n in (0..1000).step_by(2) {
        assert_eq!(by_name.remove(by_number[&n]), Some(n));
    }
    assert_eq!(by_name.len(), 500);
    assert_eq!(by_name["n7"], 7);
}

#[test]
fn every_region_serves() {
    fn sum(region: &Bump) -> u32 {
        let mut vec = Vec::new_in(region);
        vec.extend(0..1000u32);
        let boxed = Box::new_in(vec.iter().sum(), region);
        *boxed
    }
    let mut arena = Arena::new();
    assert_eq!(sum(&arena), 499_500);
    assert_eq!(sum(&arena.side()), 499_500);
    assert_eq!(arena.tail(|scope| sum(&scope)), 499_500);
    assert_eq!(sum(&VirtualArena::reserve(1 << 20).unwrap()), 499_500);
    assert_eq!(scratch(|s| Ok(sum(&s))), Ok(499_500));
    assert_eq!(arena.tail(|scope| Vec::<u8, _>::new_in(&scope).len()), 0);
}
