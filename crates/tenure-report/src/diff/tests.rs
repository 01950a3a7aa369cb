//! Comparisons as they are printed; `UPDATE_EXPECT=1` renews what is expected.

use super::*;
use crate::sample;
use expect_test::{expect, expect_file};
use tenure_model::profile::{Sites, Symbols};

fn shown(before: &Sites, after: &Sites, symbols: &Symbols, limit: usize) -> String {
    let (before, after) = (Names::new(before, symbols), Names::new(after, symbols));
    let diff = Diff::between(&before, &after);
    let sides = Sides {
        diff: &diff,
        before: &before,
        after: &after,
    };
    let text = text(sides, Key::Live, limit, Style::PLAIN);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "more than 80 columns: {line}");
    }
    text
}

#[test]
fn sites_that_grew_and_sites_that_went() {
    let (before, after, symbols) = sample::two_shops();
    expect![[r#"
                              before       after      change
          live at exit      3.16 MiB    3.06 MiB    −109 KiB  −3.4 %
          live at peak      3.16 MiB    3.01 MiB    −150 KiB  −4.6 %
          allocated         5.01 MiB    4.81 MiB    −212 KiB  −4.1 %
          allocations          6,301       5,264      −1,037  −16.5 %
          waste             1.64 KiB    1.64 KiB          ±0  +0.0 %

              change      before       after  site, by live at exit
            −160 KiB     160 KiB         0 B  Cache::insert cache.cpp:42 ← serve ← main
           +50.8 KiB         0 B    50.8 KiB  shop+0x9999 ← serve ← main
    "#]]
    .assert_eq(&shown(&before, &after, &symbols, 9));
    let one = shown(&before, &after, &symbols, 1);
    assert!(
        one.ends_with("  and 1 other site; --limit N shows more\n"),
        "{one}"
    );
}

#[test]
fn equal_recordings_differ_in_nothing() {
    let (before, _, symbols) = sample::two_shops();
    let text = shown(&before, &before, &symbols, 9);
    assert!(
        text.ends_with("\n  no site has changed by live at exit\n"),
        "{text}"
    );
    assert!(!text.contains('~'));
}

#[test]
fn a_change_within_chance_is_marked() {
    let (_, symbols, before) = sample::shop();
    let after = tenure_model::profile::sample::shop_sampled(16 << 10, 8);
    let after = tenure_model::profile::sample::sites_of(&after).unwrap();
    let text = shown(&before, &after, &symbols, 3);
    assert!(
        text.contains("  ~ marks a change that chance alone could have made\n"),
        "{text}"
    );
    assert!(text.contains("~+") || text.contains("~−"), "{text}");
}

#[test]
fn the_schema_is_stable() {
    expect_file!["shops.json"].assert_eq(&sample::diff_json());
}

#[test]
fn a_broken_rule_says_which_and_by_how_much() {
    let (before, after, _) = sample::two_shops();
    let (before, after) = (before.totals(), after.totals());
    let said = |text: &str| {
        let rule: Rule = text.parse().unwrap();
        rule.breach(&before, &after)
            .map(|found| breach(&rule, &found))
    };
    assert_eq!(said("live>4MiB"), None);
    assert_eq!(said("live:+1%"), None, "it fell");
    let blocks = said("live_blocks>100").unwrap();
    assert_eq!(
        blocks,
        "rule live_blocks>100 is broken: number of blocks live at exit went from 777 to 150, 50 \
         over the 100 that it allows"
    );
    let bytes = said("live>3MiB").unwrap();
    assert!(
        bytes.contains("live at exit went from 3.16 MiB to"),
        "{bytes}"
    );
}
