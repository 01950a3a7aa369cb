//! Profiles that the tests of this crate draw.

use std::time::Duration;
use tenure_model::profile::{
    Account, Blocks, Class, Diff, End, FirstRefusal, Key, Limit, Names, Outcome, Process,
    ProcessFacts, Profile, Run, Sites, Symbols, Threads, sample,
};

pub(crate) fn class(usable_bytes: u64, allocations: u64, frees: u64) -> Class {
    let live_blocks = allocations - frees;
    let requested = usable_bytes - usable_bytes / 8;
    Class {
        usable_bytes,
        huge: usable_bytes > 1 << 20,
        allocations,
        frees,
        requested_bytes: allocations * requested,
        live_blocks,
        live_bytes: live_blocks * requested,
        ..Class::default()
    }
}

/// A process whose sums follow from its classes.
pub(crate) fn process(pid: u32, program: &str, classes: Vec<Class>) -> Process {
    let sum = |of: fn(&Class) -> u64| classes.iter().map(of).sum::<u64>();
    let live = Blocks {
        blocks: sum(|c| c.live_blocks),
        bytes: sum(|c| c.live_bytes),
    };
    Process {
        pid,
        ppid: 4700,
        program: program.into(),
        arguments: vec![program.into(), "-c".into(), "d={i:str(i)*9}".into()],
        start_unix_ns: 1_700_000_000_000_000_000,
        start_mono_ns: u64::from(pid),
        wall: Some(Duration::from_millis(1_243)),
        end: End::Exit,
        allocations: sum(|c| c.allocations),
        frees: sum(|c| c.frees),
        frees_remote: 12,
        reallocs_in_place: 1_200,
        reallocs_moved: 34,
        requested_bytes: sum(|c| c.requested_bytes),
        live,
        usable_live_bytes: sum(|c| c.live_blocks * c.usable_bytes),
        peak_live_bytes: live.bytes * 3,
        held_bytes: live.bytes * 2,
        held_peak_bytes: live.bytes * 4,
        resident_peak_bytes: Some(live.bytes * 5 + 4_000_000),
        threads: Threads {
            started: 4,
            live: 0,
            peak: 3,
        },
        classes,
        ..Process::default()
    }
}

pub(crate) fn run(root_pid: u32, outcome: Outcome, processes: Vec<ProcessFacts>) -> Run {
    let command = ["python3", "-c", "d={i:str(i)*9 for i in range(400000)}"];
    Run {
        version: "0.1.0".into(),
        command: command.map(String::from).to_vec(),
        directory: "/srv/work".into(),
        start_unix_ns: 1_700_000_000_000_000_000,
        wall: Duration::from_millis(1_250),
        root_pid,
        outcome: Some(outcome),
        processes,
    }
}

/// One process with fifteen classes, one of them huge.
pub(crate) fn one() -> Profile {
    let sizes = [
        16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 512, 1_152, 65_536,
    ];
    let mut classes: Vec<_> = sizes
        .iter()
        .zip(1..)
        .map(|(&size, n)| class(size, 400_000 / (n * n), 900 / n))
        .collect();
    classes.push(class(2 << 20, 5, 4));
    let process = process(4711, "/usr/bin/python3.11", classes);
    Profile::new(
        Some(run(4711, Outcome::Code(0), vec![])),
        vec![process],
        vec![],
    )
}

/// A limit that was met.
pub(crate) fn met_limit() -> Limit {
    Limit {
        bytes: 200 << 20,
        refusals: 3,
        first: Some(FirstRefusal {
            requested_bytes: 1 << 20,
            held_bytes: 199 << 20,
            mapped_bytes: 150 << 20,
        }),
    }
}

/// A heap of a program, and arenas of one name.
pub(crate) fn accounts() -> Vec<Account> {
    let heap = Account {
        kind: "heap",
        name: "cache".into(),
        members: 1,
        held_bytes: 64 << 20,
        used_bytes: 60 << 20,
        peak_bytes: 70 << 20,
        limit_bytes: Some(70 << 20),
        refusals: 2,
    };
    let arenas = Account {
        kind: "arena",
        name: "requests".into(),
        members: 1_200,
        held_bytes: 5 << 20,
        used_bytes: 1 << 20,
        peak_bytes: 256 << 10,
        limit_bytes: None,
        refusals: 0,
    };
    vec![arenas, heap]
}

/// A shell, a forked child that was replaced by git, and git; the shell was killed.
pub(crate) fn several() -> Profile {
    let shell = process(
        4711,
        "/bin/bash",
        vec![class(64, 5_000, 4_000), class(1_024, 60, 20)],
    );
    let mut child = process(4712, "/bin/bash", vec![class(64, 30, 10)]);
    child.forked = true;
    child.inherited = Blocks {
        blocks: 900,
        bytes: 50_000,
    };
    child.live = Blocks {
        blocks: 920,
        bytes: 51_120,
    };
    child.end = End::Unseen;
    let mut git = process(4712, "/usr/bin/git", vec![class(64, 90_000, 89_000)]);
    git.start_mono_ns = 5_000;
    let shell = Process {
        end: End::Unseen,
        resident_peak_bytes: None,
        ..shell
    };
    Profile::new(
        Some(run(4711, Outcome::Signal(9), vec![])),
        vec![shell, child, git],
        vec![],
    )
}

/// The recorded shop, every event of it; its names; and what the sampler saw of it.
pub(crate) fn shop() -> (Sites, Symbols, Sites) {
    (sample::sites(), sample::symbols(), sample::sampled_sites())
}

/// The shop and a shop in which thirteen blocks more of 4,000 bytes are never freed.
pub(crate) fn two_shops() -> (Sites, Sites, Symbols) {
    let (before, symbols, _) = shop();
    let mut after = before.clone();
    let grown = after
        .sites
        .iter_mut()
        .find(|site| site.allocations.value == 10);
    if let Some(site) = grown {
        site.allocations.value += 13;
        site.allocated_bytes.value += 52_000;
        site.live_bytes.value += 52_000;
        site.live_blocks.value += 13;
    }
    let cache = after
        .sites
        .iter()
        .position(|site| site.allocations.value == 1_050);
    cache.map(|at| after.sites.remove(at));
    (before, after, symbols)
}

pub(crate) fn top_json() -> String {
    let (_, symbols, sampled) = shop();
    let mut profile = one();
    profile.processes[0].accounts = accounts();
    let names = Names::new(&sampled, &symbols);
    crate::top::json(&names, &profile, Key::Live, 3)
}

pub(crate) fn diff_json() -> String {
    let (before, after, symbols) = two_shops();
    let (before, after) = (Names::new(&before, &symbols), Names::new(&after, &symbols));
    let diff = Diff::between(&before, &after);
    let rule = "live_blocks>3".parse().unwrap();
    let breach = tenure_model::profile::Rule::breach(&rule, &diff.before, &diff.after).unwrap();
    let sides = crate::diff::Sides {
        diff: &diff,
        before: &before,
        after: &after,
    };
    crate::diff::json(sides, Key::Live, 10, &[(&rule, breach)])
}
