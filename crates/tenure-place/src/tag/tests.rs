//! A tag keeps each of its fields apart.

use super::*;

#[test]
fn fields_do_not_touch_each_other() {
    let most = GRANULES_MAX as u32;
    for (size, before, slack) in [(1, 0, 0), (most, most, 15), (2, most, 1), (most, 3, 14)] {
        let tag = Tag::in_use(size, before).with_slack(slack);
        assert_eq!(
            (tag.size(), tag.before(), tag.slack()),
            (size, before, slack)
        );
        assert!(!tag.is_free());
        let moved = tag.after(77);
        assert_eq!(
            (moved.size(), moved.before(), moved.slack()),
            (size, 77, slack)
        );
        assert!(Tag::free(size, before).is_free());
    }
}

#[test]
fn links_keep_both_ends() {
    let links = Links {
        next: u32::MAX,
        last: 5,
    };
    assert_eq!(Links::from_word(links.word()), links);
}
