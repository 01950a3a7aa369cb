//! The loads: which program, what is measured at its stops, and what is aimed at.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Run;
use super::child::Child;
use super::rivals::Rival;

/// Every program of `bench/return`.
pub(super) const PROGRAMS: [&str; 8] = [
    "burst",
    "trim",
    "decay",
    "shift",
    "start",
    "grow",
    "double_free",
    "waste",
];

const MEGA: f64 = 1e6;
/// How often memory is looked at while a program sleeps.
const LOOK: Duration = Duration::from_millis(100);

/// What is aimed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    None,
    AtMost(f64),
    AtLeast(f64),
}

/// One number that a load gives.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) target: Target,
}

/// A load.
pub(super) struct Load {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) figures: &'static [Figure],
    /// Whether the rivals may run at once.
    pub(super) sleeps: bool,
    /// Runs it once, from the programs in a folder; a number for each figure.
    pub(super) run: fn(&Rival, &Path) -> Run,
}

const fn figure(name: &'static str, target: Target) -> Figure {
    Figure { name, target }
}

/// A double free that ended the program.
pub(super) const STOPPED: f64 = 0.0;
/// A double free that nothing came of within 4,096 blocks.
pub(super) const SILENT: f64 = 1.0;
/// A double free after which one block was handed out twice.
pub(super) const TWICE: f64 = 2.0;

/// All loads, in the order of the page.
pub(super) const LOADS: &[Load] = &[
    Load {
        name: "burst",
        about: "150,000 blocks of 512 B, 100,000 of 1 KiB, 50,000 of 2 KiB; one in twenty stays, \
                and the program sleeps",
        figures: &[
            figure("peak, MB", Target::None),
            figure(
                "freed and on OS pages without a kept block, % of the peak",
                Target::None,
            ),
            figure("returned after 1 s, % of the peak", Target::None),
            figure("after 2 s, %", Target::None),
            figure("after 5 s, %", Target::None),
            figure("after 10 s, %", Target::AtLeast(74.0)),
            figure("all freed, after 2 s: MB", Target::None),
        ],
        sleeps: true,
        run: burst,
    },
    Load {
        name: "decay",
        about: "2.09 million blocks of 8 B to 16 KiB, 1,268 MB; nine in ten are freed at random, \
                then all",
        figures: &[
            figure("full, MB", Target::None),
            figure("a tenth left, at once: MB", Target::None),
            figure("after 2 s: MB", Target::AtMost(520.0)),
            figure("all freed, at once: MB", Target::None),
            figure("after 2 s: MB", Target::AtMost(50.0)),
        ],
        sleeps: false,
        run: decay,
    },
    Load {
        name: "trim",
        about: "the burst in the main thread, or in four, which then wait; another thread \
                calls malloc_trim(0)",
        figures: &[
            figure(
                "1 thread: returned, % of OS pages without a block",
                Target::AtLeast(90.0),
            ),
            figure("the call, ms", Target::None),
            figure("4 threads: returned, %", Target::AtLeast(90.0)),
            figure("the call, ms", Target::None),
        ],
        sleeps: false,
        run: trim,
    },
    Load {
        name: "shift",
        about: "4,194,304 blocks of 64 B, of which every eighth stays; the others' bytes are \
                asked for again in blocks of 96 B",
        figures: &[figure("peak, MB", Target::AtMost(460.0))],
        sleeps: false,
        run: shift,
    },
    Load {
        name: "start",
        about: "a program that allocates 16 bytes",
        figures: &[figure("peak, MB", Target::AtMost(1.8))],
        sleeps: false,
        run: start,
    },
    Load {
        name: "grow",
        about: "one block grows by 1 MiB steps to 128 MiB, each written",
        figures: &[
            figure("a step, ms", Target::AtMost(0.95)),
            figure("peak, MB", Target::AtMost(140.0)),
        ],
        sleeps: false,
        run: grow,
    },
    Load {
        name: "waste",
        about: "usable bytes beyond those asked for, as a share of the usable, over sizes from \
                129 B to 512 KiB in steps of 1/64 (glibc's headers are not in it)",
        figures: &[
            figure("worst, %", Target::AtMost(11.2)),
            figure("mean, %", Target::AtMost(4.5)),
        ],
        sleeps: false,
        run: waste,
    },
    Load {
        name: "double-free",
        about: "a block of 48 B is freed twice: stopped, nothing came of it (`silent`), or `handed \
                out twice` later",
        figures: &[
            figure("freed once", Target::AtLeast(SILENT)),
            figure("at once again", Target::AtMost(STOPPED)),
            figure("another free between", Target::AtMost(STOPPED)),
            figure("again by another thread", Target::AtMost(STOPPED)),
        ],
        sleeps: false,
        run: double_free,
    },
];

/// Of `before`, how many hundredths are not in `now`.
fn percent_gone(before: f64, now: f64, of: f64) -> f64 {
    100.0 * (before - now) / of
}

fn burst(rival: &Rival, programs: &Path) -> Run {
    let mut child = Child::start(rival, &programs.join("burst"), &[])?;
    child.said("start")?;
    let base = child.resident()?;
    child.go_on()?;
    child.said("peak")?;
    let peak = child.resident()?;
    child.go_on()?;
    let pinned = child.said("freed")?;
    let freed = Instant::now();
    let mut returned = Vec::new();
    for seconds in [1, 2, 5, 10] {
        let mut now = child.resident()?;
        while freed.elapsed() < Duration::from_secs(seconds) {
            sleep(LOOK);
            now = child.resident()?;
        }
        returned.push(percent_gone(peak, now, peak));
    }
    child.go_on()?;
    child.said("empty")?;
    sleep(Duration::from_secs(2));
    let empty = child.resident()?;
    let could = percent_gone(peak, base + pinned, peak);
    let [one, two, five, ten] = returned[..] else {
        return Err("four moments were measured".into());
    };
    Ok(vec![peak / MEGA, could, one, two, five, ten, empty / MEGA])
}

fn decay(rival: &Rival, programs: &Path) -> Run {
    let mut child = Child::start(rival, &programs.join("decay"), &[])?;
    child.said("full")?;
    let mut figures = vec![child.resident()? / MEGA];
    for name in ["tenth", "empty"] {
        child.go_on()?;
        child.said(name)?;
        figures.push(child.resident()? / MEGA);
        sleep(Duration::from_secs(2));
        figures.push(child.resident()? / MEGA);
    }
    Ok(figures)
}

fn trim(rival: &Rival, programs: &Path) -> Run {
    let mut figures = Vec::new();
    for threads in ["1", "4"] {
        let mut child = Child::start(rival, &programs.join("trim"), &[threads])?;
        child.said("start")?;
        let base = child.resident()?;
        child.go_on()?;
        let pinned = child.said("freed")?;
        // What came back unasked before the call is not the call's: it is in neither number.
        let before = child.resident()?;
        child.go_on()?;
        let ns = child.said("trimmed")?;
        let after = child.resident()?;
        figures.push(percent_gone(before, after, before - base - pinned));
        figures.push(ns / 1e6);
    }
    Ok(figures)
}

fn shift(rival: &Rival, programs: &Path) -> Run {
    let mut child = Child::start(rival, &programs.join("shift"), &[])?;
    child.said("full")?;
    Ok(vec![child.peak()? / MEGA])
}

fn start(rival: &Rival, programs: &Path) -> Run {
    let mut child = Child::start(rival, &programs.join("start"), &[])?;
    child.said("started")?;
    Ok(vec![child.peak()? / MEGA])
}

fn grow(rival: &Rival, programs: &Path) -> Run {
    const STEPS: f64 = 128.0;
    let mut child = Child::start(rival, &programs.join("grow"), &[])?;
    let ns = child.said("grown")?;
    Ok(vec![ns / STEPS / 1e6, child.peak()? / MEGA])
}

fn waste(rival: &Rival, programs: &Path) -> Run {
    let mut child = Child::start(rival, &programs.join("waste"), &[])?;
    let worst = child.said("worst")?;
    child.said("worst-at")?;
    Ok(vec![worst / 1e4, child.said("mean")? / 1e4])
}

fn double_free(rival: &Rival, programs: &Path) -> Run {
    let ways = ["once", "at-once", "between", "thread"];
    ways.iter()
        .map(|way| {
            let mut child = Child::start(rival, &programs.join("double_free"), &[way])?;
            match child.said("twice") {
                Ok(0.0) => Ok(SILENT),
                Ok(_) => Ok(TWICE),
                Err(fault) => {
                    let status = child.end()?;
                    if status.signal().is_some() {
                        Ok(STOPPED)
                    } else {
                        Err(fault)
                    }
                }
            }
        })
        .collect()
}
