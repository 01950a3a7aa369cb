//! What recording costs where it is off: the instructions of `malloc` and `free`, to one.

use crate::process::{Scratch, find_or_skip, run};
use crate::sources::compiled;
use crate::way::Way;
use std::fs;

/// Instructions in the bodies of `malloc` and `free` for [`ROUNDS`] rounds of 32 blocks, as the
/// library before it could record anything but counts (commit 5e1e60c) had them; `free` two less a
/// round since, where the last block of a page that is kept comes back.
const GOLDEN: [(&str, u64); 2] = [("malloc", 477_500), ("free", 1_120_000)];
const ROUNDS: u64 = 1000;

/// Instructions in the body of `function` of the library, in a callgrind profile.
fn body_of(profile: &str, function: &str) -> u64 {
    let (mut is_ours, mut is_wanted, mut is_call, mut sum) = (false, false, false, 0);
    for line in profile.lines() {
        if let Some(object) = line.strip_prefix("ob=") {
            is_ours = object.contains("libtenure");
        } else if let Some(name) = line.strip_prefix("fn=") {
            is_wanted = is_ours && name == function;
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost = line
                .split_whitespace()
                .nth(1)
                .and_then(|cost| cost.parse::<u64>().ok());
            if is_wanted && !is_call {
                sum += cost.unwrap_or(0);
            }
            is_call = false;
        }
    }
    sum
}

/// The profile of so many rounds on our malloc.
fn profile(rounds: u64) -> Option<String> {
    let valgrind = find_or_skip("counting instructions", &["valgrind"])?;
    let scratch = Scratch::new();
    let mut command = Way::Preloaded.command(&valgrind[0], &scratch);
    let out = scratch.join("profile");
    command
        .args([
            "--tool=callgrind",
            "--compress-strings=no",
            "--compress-pos=no",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(compiled("rounds.c"))
        .arg(rounds.to_string());
    run(&mut command, 120).expect_success("callgrind");
    Some(fs::read_to_string(out).unwrap())
}

#[test]
#[cfg(target_arch = "x86_64")]
fn malloc_and_free_take_the_instructions_that_they_took_before_there_was_a_recorder() {
    let (Some(few), Some(many)) = (profile(ROUNDS), profile(2 * ROUNDS)) else {
        return;
    };
    for (function, golden) in GOLDEN {
        let each = body_of(&many, function) - body_of(&few, function);
        assert_eq!(each, golden, "{function}, for {ROUNDS} rounds of 32 blocks");
    }
}

#[test]
fn an_instruction_more_would_be_seen() {
    let profile = "ob=/x/libtenure.so\nfn=malloc\n10 5\n11 7\ncfn=other\ncalls=1 3\n12 900\n13 1\n\
                   fn=free\n9 100\nob=/x/libc.so\nfn=malloc\n4 4000\n";
    assert_eq!(
        (body_of(profile, "malloc"), body_of(profile, "free")),
        (13, 100)
    );
}
