//! Regions start aligned, commit from the front and refuse what they have not.
use super::*;

#[test]
fn a_region_starts_where_it_was_asked_to() {
    for shift in [12, 16, 24] {
        let align = Align::new(1 << shift).unwrap();
        let region = Region::reserve(3 << 16, align).unwrap();
        assert!(align.divides(region.start()));
        assert_eq!(region.len(), 3 << 16);
        // SAFETY: nobody has used the region.
        unsafe { region.release() };
    }
}

#[test]
fn committing_grows_and_never_shrinks() {
    let mut region = Region::reserve(1 << 24, Align::new(4096).unwrap()).unwrap();
    region.commit_to(1).unwrap();
    let first = region.committed_bytes();
    assert!(first >= STEP_BYTES_MIN);
    region.commit_to(1).unwrap();
    assert_eq!(region.committed_bytes(), first);
    region.commit_to(1 << 24).unwrap();
    assert_eq!(region.committed_bytes(), 1 << 24);
    assert_eq!(region.commit_to((1 << 24) + 1), Err(OutOfMemory));
    // SAFETY: nobody has used the region.
    unsafe { region.release() };
}

#[test]
fn a_region_larger_than_the_address_space_is_refused() {
    assert!(Region::reserve(1 << 60, Align::new(4096).unwrap()).is_err());
    assert!(Region::reserve(usize::MAX, Align::new(1 << 20).unwrap()).is_err());
}
