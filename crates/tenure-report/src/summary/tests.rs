//! The summary as it is printed; `UPDATE_EXPECT=1` renews what is expected.

use super::*;
use crate::sample;
use expect_test::{Expect, expect};
use tenure_model::profile::{Limit, Names, Outcome, Process, Profile, Site, Sites};

fn check(profile: &Profile, width: usize, detail: Detail, expected: &Expect) {
    let style = Style {
        width,
        color: false,
    };
    let text = text(profile, style, detail);
    for line in text.lines() {
        assert!(
            line.chars().count() <= width,
            "more than {width} columns: {line}"
        );
        assert_eq!(line, line.trim_end(), "no blanks at the end");
    }
    expected.assert_eq(&text);
}

#[test]
fn one_process_in_eighty_columns() {
    check(
        &sample::one(),
        80,
        Detail::Brief,
        &expect![[r#"
        ━━ python3 -c 'd={i:str(i)*9 for i in range(400000)}' ━━ exit 0 ━━ 1.25 s ━━━━━━

          peak live           388 MiB   most requested and not yet freed
          held peak           518 MiB   most mapped for the heap
          resident peak       651 MiB   most in RAM, whole process
          live at exit        129 MiB   in 627,471 blocks
          fragmentation        12.5 %   internal, of 148 MiB usable at exit

          requested           140 MiB   233 B on average
          allocations         630,399   504,319 per second
          frees                 2,928   12 by another thread (0.4 %)
          reallocs              1,234   1,200 in place, 34 moved
          threads                   4   3 at one time

          size class                                 requested    allocations       live
              64 KiB  █████████████████████████████    112 MiB          2,040    108 MiB
             ≤ 2 MiB  ██▎                             8.75 MiB              5   1.75 MiB
                16 B  █▍                              5.34 MiB        400,000   5.33 MiB
                32 B  ▊                               2.67 MiB        100,000   2.66 MiB
             1,152 B  ▋                               2.27 MiB          2,366   2.21 MiB
                48 B  ▌                               1.78 MiB         44,444   1.77 MiB
                64 B  ▍                               1.34 MiB         25,000   1.32 MiB
               512 B  ▎                               1.19 MiB          2,777   1.15 MiB
                80 B  ▎                               1.07 MiB         16,000   1.06 MiB
                96 B  ▎                                911 KiB         11,111    899 KiB
            5 others                                  3.35 MiB         26,656   3.28 MiB
    "#]],
    );
}

#[test]
fn one_process_in_fifty_columns() {
    check(
        &sample::one(),
        50,
        Detail::Brief,
        &expect![[r#"
        ━━ python3 -c 'd={i:str(i)… ━━ exit 0 ━━ 1.25 s ━━

          peak live           388 MiB
          held peak           518 MiB
          resident peak       651 MiB
          live at exit        129 MiB
          fragmentation        12.5 %

          requested           140 MiB
          allocations         630,399
          frees                 2,928
          reallocs              1,234
          threads                   4

          size class              requested    allocations
              64 KiB  ██████████    112 MiB          2,040
             ≤ 2 MiB  ▊            8.75 MiB              5
                16 B  ▌            5.34 MiB        400,000
                32 B  ▎            2.67 MiB        100,000
             1,152 B  ▎            2.27 MiB          2,366
                48 B  ▏            1.78 MiB         44,444
                64 B  ▏            1.34 MiB         25,000
               512 B  ▏            1.19 MiB          2,777
                80 B  ▏            1.07 MiB         16,000
                96 B  ▏             911 KiB         11,111
            5 others               3.35 MiB         26,656
    "#]],
    );
}

#[test]
fn one_process_in_full() {
    check(
        &sample::one(),
        84,
        Detail::Full,
        &expect![[r#"
            ━━ python3 -c 'd={i:str(i)*9 for i in range(400000)}' ━━ exit 0 ━━ 1.25 s ━━━━━━━━━━

              peak live           388 MiB   most requested and not yet freed
              held peak           518 MiB   most mapped for the heap
              resident peak       651 MiB   most in RAM, whole process
              live at exit        129 MiB   in 627,471 blocks
              fragmentation        12.5 %   internal, of 148 MiB usable at exit

              requested           140 MiB   233 B on average
              allocations         630,399   504,319 per second
              frees                 2,928   12 by another thread (0.4 %)
              reallocs              1,234   1,200 in place, 34 moved
              threads                   4   3 at one time

              size class                                     requested    allocations       live
                    16 B  █▋                                  5.34 MiB        400,000   5.33 MiB
                    32 B  ▊                                   2.67 MiB        100,000   2.66 MiB
                    48 B  ▌                                   1.78 MiB         44,444   1.77 MiB
                    64 B  ▍                                   1.34 MiB         25,000   1.32 MiB
                    80 B  ▍                                   1.07 MiB         16,000   1.06 MiB
                    96 B  ▎                                    911 KiB         11,111    899 KiB
                   112 B  ▎                                    781 KiB          8,163    769 KiB
                   128 B  ▎                                    684 KiB          6,250    671 KiB
                   160 B  ▎                                    675 KiB          4,938    661 KiB
                   192 B  ▎                                    656 KiB          4,000    641 KiB
                   224 B  ▏                                    633 KiB          3,305    617 KiB
                   512 B  ▍                                   1.19 MiB          2,777   1.15 MiB
                 1,152 B  ▋                                   2.27 MiB          2,366   2.21 MiB
                  64 KiB  █████████████████████████████████    112 MiB          2,040    108 MiB
                 ≤ 2 MiB  ██▋                                 8.75 MiB              5   1.75 MiB
        "#]],
    );
}

#[test]
fn several_processes_each_with_its_pid() {
    check(
        &sample::several(),
        80,
        Detail::Brief,
        &expect![[r#"
            ━━ python3 -c 'd={i:str(i)*9 for i in range(4… ━━ killed by SIGKILL ━━ 1.25 s ━━

              peak live           269 KiB   pid 4711 bash · most requested and not yet freed
              held peak           359 KiB   pid 4711 bash · most mapped for the heap
              resident peak      4.08 MiB   pid 4712 git · most in RAM, whole process
              live at exit        145 KiB   in 2,060 blocks
              fragmentation        12.4 %   internal, of 166 KiB usable at exit

              requested          5.13 MiB   56 B on average
              allocations          95,090   76,072 per second
              frees                93,030   36 by another thread (<0.1 %)
              reallocs              3,702   3,600 in place, 102 moved
              threads                  12   in 2 processes

              size class                                 requested    allocations       live
                    64 B  █████████████████████████████   5.08 MiB         95,030    110 KiB
                   1 KiB  ▎                               52.5 KiB             60   35.0 KiB

                 pid  process, ↳fork   allocations  requested  peak live    at exit  end
                4711  bash                   5,060    326 KiB    269 KiB   89.7 KiB  SIGKILL
                4712  ↳ bash                    30   1.64 KiB   3.28 KiB   49.9 KiB  exec
                4712  git                   90,000   4.81 MiB    164 KiB   54.7 KiB  exit
               total  3 records             95,090   5.13 MiB               145 KiB
        "#]],
    );
}

#[test]
fn several_processes_in_sixty_columns() {
    check(
        &sample::several(),
        60,
        Detail::Brief,
        &expect![[r#"
            ━━ python3 -c 'd={i:str(i… ━━ killed by SIGKILL ━━ 1.25 s ━━

              peak live           269 KiB   pid 4711 bash · most reques…
              held peak           359 KiB   pid 4711 bash · most mapped…
              resident peak      4.08 MiB   pid 4712 git · most in RAM,…
              live at exit        145 KiB   in 2,060 blocks
              fragmentation        12.4 %   internal, of 166 KiB usable…

              requested          5.13 MiB   56 B on average
              allocations          95,090   76,072 per second
              frees                93,030   36 by another thread (<0.1 …
              reallocs              3,702   3,600 in place, 102 moved
              threads                  12   in 2 processes

              size class             requested    allocations       live
                    64 B  █████████   5.08 MiB         95,030    110 KiB
                   1 KiB  ▏           52.5 KiB             60   35.0 KiB

                 pid  process, ↳fork     allocations  peak live  end
                4711  bash                     5,060    269 KiB  SIGKILL
                4712  ↳ bash                      30   3.28 KiB  exec
                4712  git                     90,000    164 KiB  exit
               total  3 records               95,090
        "#]],
    );
}

#[test]
fn many_processes_are_folded_but_every_pid_is_named() {
    let child =
        |pid: u32| sample::process(pid, "/bin/true", vec![sample::class(64, pid.into(), 1)]);
    let processes: Vec<Process> = (100..600).chain([700, 702]).map(child).collect();
    let profile = Profile::new(None, processes, vec![]);
    let text = text(&profile, Style::PLAIN, Detail::Brief);
    let table = text.split_once("at exit  end").unwrap().1;
    expect![[r#"
        table
             586  true                     586   32.0 KiB   96.0 KiB   32.0 KiB  exit
             587  true                     587   32.1 KiB   96.1 KiB   32.0 KiB  exit
             588  true                     588   32.2 KiB   96.3 KiB   32.1 KiB  exit
             589  true                     589   32.2 KiB   96.5 KiB   32.2 KiB  exit
             590  true                     590   32.3 KiB   96.6 KiB   32.2 KiB  exit
             591  true                     591   32.3 KiB   96.8 KiB   32.3 KiB  exit
             592  true                     592   32.4 KiB   97.0 KiB   32.3 KiB  exit
             593  true                     593   32.4 KiB   97.1 KiB   32.4 KiB  exit
             594  true                     594   32.5 KiB   97.3 KiB   32.4 KiB  exit
             595  true                     595   32.5 KiB   97.5 KiB   32.5 KiB  exit
             596  true                     596   32.6 KiB   97.6 KiB   32.5 KiB  exit
             597  true                     597   32.6 KiB   97.8 KiB   32.6 KiB  exit
             598  true                     598   32.7 KiB   97.9 KiB   32.6 KiB  exit
             599  true                     599   32.8 KiB   98.1 KiB   32.7 KiB  exit
             700  true                     700   38.3 KiB    115 KiB   38.2 KiB  exit
             702  true                     702   38.4 KiB    115 KiB   38.3 KiB  exit
                  486 others           166,455   8.89 MiB              8.86 MiB
           pid 100–585
           total  502 records          176,152   9.41 MiB              9.38 MiB
    "#]]
    .assert_eq(&format!("table{table}"));
}

#[test]
fn nothing_allocated_is_said_in_dashes() {
    let process = Process {
        pid: 5,
        program: "/bin/true".into(),
        ..Process::default()
    };
    let run = sample::run(5, Outcome::Code(3), vec![]);
    let profile = Profile::new(Some(run), vec![process], vec![]);
    check(
        &profile,
        80,
        Detail::Brief,
        &expect![[r#"
            ━━ python3 -c 'd={i:str(i)*9 for i in range(400000)}' ━━ exit 3 ━━ 1.25 s ━━━━━━

              peak live               0 B   most requested and not yet freed
              held peak               0 B   most mapped for the heap
              resident peak             –   not seen: gone before anyone looked
              live at exit            0 B   in 0 blocks
              fragmentation             –   nothing was live at exit

              requested               0 B
              allocations               0   0 per second
              frees                     0   0 by another thread (0.0 %)
              reallocs                  0   0 in place, 0 moved
              threads                   0   0 at one time
        "#]],
    );
}

#[test]
fn colours_change_nothing_but_colours() {
    let colored = text(
        &sample::several(),
        Style {
            width: 80,
            color: true,
        },
        Detail::Brief,
    );
    let mut stripped = String::new();
    for piece in colored.split('\x1b') {
        stripped.push_str(piece.strip_prefix('[').map_or(piece, |code| {
            code.split_once('m').expect("every code ends").1
        }));
    }
    assert!(colored.contains("\x1b[31mkilled by SIGKILL\x1b[0m"));
    assert_eq!(
        stripped,
        text(&sample::several(), Style::PLAIN, Detail::Brief)
    );
}

#[test]
fn names_cannot_steer_the_terminal() {
    let process = sample::process(5, "/bin/\x1b]0;evil\x07", vec![sample::class(64, 2, 1)]);
    let profile = Profile::new(None, vec![process.clone(), process], vec![]);
    let text = text(
        &profile,
        Style {
            width: 120,
            color: false,
        },
        Detail::Brief,
    );
    assert!(!text.contains('\x1b'));
    assert!(text.contains("\\u{1b}]0;evil\\u{7}"));
}

#[test]
fn the_footer_quotes_what_is_to_be_typed() {
    let footer = footer("my records/a.tnr", false, Style::PLAIN);
    expect![[r#"
        footer
          record  my records/a.tnr
          next    tenure stats 'my records/a.tnr'
    "#]]
    .assert_eq(&format!("footer{footer}"));
}

#[test]
fn the_sites_with_the_most_are_one_line_each() {
    let (shop, symbols, _) = sample::shop();
    let text = sites(&Names::new(&shop, &symbols), Style::PLAIN);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "more than 80 columns: {line}");
    }
    expect![[r#"
        sites
          hold the most at exit: bytes, blocks, median life, where
            3.00 MiB          3 blocks     ≥ 163 ms  Pool::grow pool.cpp:9
             160 KiB        640 blocks     ≥ 124 ms  Cache::insert cache.cpp:42
            2.50 KiB          5 blocks     ≥ 100 ms  0x7f0000001000
            2.34 KiB        100 blocks       266 ms  json::JsonNode::new node.rs:61
               960 B         20 blocks     ≥ 200 ms  load_config config.c:5

          allocate and free the most: bytes, blocks, median life, where
            1.71 MiB      5,000 blocks      2.00 ms  parse_request request.c:17
             103 KiB        410 blocks     ≥ 124 ms  Cache::insert cache.cpp:42
            2.34 KiB        100 blocks       266 ms  json::JsonNode::new node.rs:61
            39.1 KiB         10 blocks         0 ns  shop+0x9999
               128 B          4 blocks      1.09 ms  parse_request request.c:17
    "#]]
    .assert_eq(&format!("sites{text}"));
    let narrow = Style {
        width: 50,
        color: false,
    };
    let text = sites(&Names::new(&shop, &symbols), narrow);
    assert!(
        text.lines().all(|line| line.chars().count() <= 50),
        "{text}"
    );
    assert_eq!(
        sites(&Names::new(&Sites::default(), &symbols), Style::PLAIN),
        ""
    );
}

#[test]
fn a_limit_says_what_it_refused_first() {
    let lines = |profile: &Profile| {
        let text = text(profile, Style::PLAIN, Detail::Brief);
        let lines = text.lines().map(str::trim);
        let words = ["limit ", "first refused", "mapped then"];
        let about = |line: &&str| words.iter().any(|word| line.starts_with(word));
        lines
            .filter(about)
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let mut profile = sample::one();
    assert_eq!(lines(&profile), "");
    profile.processes[0].limit = Some(sample::met_limit());
    expect![[r#"
        limit               200 MiB   refused 3 requests
        first refused      1.00 MiB   when 199 MiB was held
        mapped then         150 MiB   of that mapped by the program beside malloc
    "#]]
    .assert_eq(&lines(&profile));
    let mut never = sample::several();
    never.processes[1].limit = Some(Limit {
        bytes: 1 << 30,
        ..Limit::default()
    });
    expect![[r#"
        limit              1.00 GiB   never met
    "#]]
    .assert_eq(&lines(&never));
    never.processes[1].limit = Some(sample::met_limit());
    expect![[r#"
        limit               200 MiB   each process; refused 3 requests
        first refused      1.00 MiB   pid 4712 git · when 199 MiB was held
        mapped then         150 MiB   of that mapped by the program beside malloc
    "#]]
    .assert_eq(&lines(&never));
}

#[test]
fn who_held_the_most_at_the_first_refusal_is_named() {
    let mut sites = Sites::default();
    assert!(named_sites(&sites)[1].is_empty());
    for (refusal_bytes, live) in [(0, 5), (10, 4), (30, 0)] {
        let mut site = Site {
            refusal_bytes,
            refusal_blocks: 1,
            ..Site::default()
        };
        site.live_bytes.value = live;
        sites.sites.push(site);
    }
    let bytes: Vec<_> = named_sites(&sites)[1]
        .iter()
        .map(|site| site.refusal_bytes)
        .collect();
    assert_eq!(bytes, [30, 10]);
}

#[test]
fn accounts_are_a_table_where_there_are_any() {
    let mut profile = sample::one();
    let brief = |profile: &Profile| text(profile, Style::PLAIN, Detail::Brief);
    assert!(!brief(&profile).contains("manager"));
    profile.processes[0].accounts = sample::accounts();
    assert!(brief(&profile).contains("heap cache"));
}
