//! The table of managers, and their order.

use super::*;
use crate::sample;
use crate::style::Style;
use expect_test::expect;

/// The table under a line with its width: what is expected is compared from its leftmost line on.
fn shown(profile: &Profile, width: usize) -> String {
    let style = Style {
        width,
        color: false,
    };
    let table = table(profile, style);
    for line in table.lines() {
        assert!(line.chars().count() <= width, "over {width}: {line}");
    }
    format!("{width} columns\n{table}")
}

#[test]
fn every_figure_stands_in_eighty_columns() {
    let mut profile = sample::one();
    assert_eq!(shown(&profile, 80), "80 columns\n");
    profile.processes[0].accounts = sample::accounts();
    profile.processes[0].accounts_left_out = 3;
    expect![[r#"
        80 columns
          manager                   held      used     waste      peak     limit refused
          heap cache            64.0 MiB  60.0 MiB  4.00 MiB  70.0 MiB  70.0 MiB       2
          arena requests ×1,2…  5.00 MiB  1.00 MiB  4.00 MiB   256 KiB         –       0
          3 others
    "#]]
    .assert_eq(&shown(&profile, 80));
}

#[test]
fn names_get_what_figures_leave_and_figures_go_before_names() {
    let mut profile = sample::one();
    profile.processes[0].accounts = sample::accounts();
    profile.processes[0].accounts[0].name = "thirty-two bytes of a name, full".into();
    expect![[r#"
        90 columns
          manager                             held      used     waste      peak     limit refused
          heap cache                      64.0 MiB  60.0 MiB  4.00 MiB  70.0 MiB  70.0 MiB       2
          arena thirty-two bytes of a n…  5.00 MiB  1.00 MiB  4.00 MiB   256 KiB         –       0
    "#]]
    .assert_eq(&shown(&profile, 90));
    expect![[r#"
        44 columns
          manager                     held      used
          heap cache              64.0 MiB  60.0 MiB
          arena thirty-two byte…  5.00 MiB  1.00 MiB
    "#]]
    .assert_eq(&shown(&profile, 44));
}

#[test]
fn rows_of_several_processes_say_whose_they_are() {
    let mut profile = sample::several();
    let last = profile.processes.len() - 1;
    profile.processes[0].accounts = sample::accounts();
    profile.processes[last].accounts = sample::accounts();
    let managers = Managers::of(&profile);
    let at: Vec<_> = managers.rows.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [0, last, 0, last]);
    let other = profile.processes[last].pid;
    let table = table(&profile, Style::PLAIN);
    assert!(table.contains(&format!("  {other} heap cache")), "{table}");
}
