//! `tenure gclog`: what the log of a garbage collector says.

mod diff;
mod gates;

use crate::failure::{Failure, USAGE};
use crate::{log_source, screen};
use std::io::{IsTerminal, stdin, stdout};
use std::path::PathBuf;
use tenure_model::timeline::advice::{self, advise};
use tenure_model::timeline::{Gate, Timeline};
use tenure_report::gclog;

/// Show what a garbage collector's log says: pauses, rates, leaks, advice
///
/// Reads the logs of Java (5 to 25, all collectors), OpenJ9, Go, V8 and CPython; which of them
/// it is, is seen by the content. Several files are parts of one rotated log. Packed logs (gz,
/// zip, zst) are unpacked while they are read.
///
/// Exit codes: 0 done; 1 a gate does not hold; 2 wrong arguments; 3 no event in the log.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    compare: Option<Compare>,
    /// The log, or the parts of a rotated one; `-` or nothing is stdin
    files: Vec<PathBuf>,
    /// What matters most: advice that serves it comes first
    #[arg(long, value_enum)]
    goal: Option<Goal>,
    /// Print JSON, schema gclog/1; `tenure explain NAME` tells what a field means
    #[arg(long)]
    json: bool,
    /// Write a page with charts that opens in any browser, without a network
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Show every cause and every piece of advice
    #[arg(long)]
    all: bool,
    /// Go on reading while the log grows, until interrupted
    #[arg(long, short)]
    follow: bool,
    /// Exit with 1 if this is so: `p99>50ms`, `throughput<95%`, `max>1s`, `full>0`, `mmu100<50%`
    #[arg(long, value_name = "GATE")]
    fail_on: Vec<Gate>,
}

#[derive(Debug, clap::Subcommand)]
enum Compare {
    Diff(diff::Arguments),
}

/// What matters most.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Goal {
    /// Short pauses
    Latency,
    /// Much of the time for the program
    Throughput,
    /// Little memory
    Footprint,
}

impl Goal {
    fn of_advice(self) -> advice::Goal {
        match self {
            Self::Latency => advice::Goal::Latency,
            Self::Throughput => advice::Goal::Throughput,
            Self::Footprint => advice::Goal::Footprint,
        }
    }
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    if let Some(Compare::Diff(arguments)) = &arguments.compare {
        return diff::perform(arguments);
    }
    if let Some(gate) = arguments.fail_on.iter().find(|gate| gate.is_relative()) {
        let message = format!(
            "the gate `{}` compares two logs; use `tenure gclog diff A B --fail-on …`",
            gate.text()
        );
        return Err(Failure::new(USAGE, message));
    }
    let files = match arguments.files.as_slice() {
        [] if stdin().is_terminal() => {
            let message = "no log is given; name a file, or send one to stdin";
            return Err(Failure::new(USAGE, message));
        }
        [] => vec![PathBuf::from("-")],
        files => files.to_vec(),
    };
    let name = log_source::name_of(&files);
    let log = match (arguments.follow, files.as_slice()) {
        (false, files) => log_source::read(files)?,
        (true, [file]) => log_source::follow(file, &mut |log| picture(log, &name, arguments))?,
        (true, _) => {
            return Err(Failure::new(
                USAGE,
                "--follow takes one log; name the one that grows",
            ));
        }
    };
    show(&log, &name, arguments)?;
    gates::judge(&arguments.fail_on, |gate| gate.judge(&log))
}

/// The log in the form that was asked for.
fn show(log: &Timeline, name: &str, arguments: &Arguments) -> Result<(), Failure> {
    let advice = advise(log, arguments.goal.map(Goal::of_advice));
    if let Some(path) = &arguments.html {
        std::fs::write(path, gclog::page(log, name, &advice)).map_err(|error| {
            let path = path.display();
            Failure::new(
                USAGE,
                format!("{path}: {error}; name a file that can be written"),
            )
        })?;
    }
    if arguments.json {
        return screen::print(&gclog::json(log, &advice));
    }
    let detail = if arguments.all {
        gclog::Detail::Full
    } else {
        gclog::Detail::Brief
    };
    screen::print(&gclog::text(
        log,
        name,
        &advice,
        screen::style_of(&stdout()),
        detail,
    ))
}

/// The log while it grows: drawn anew on a terminal, one line at a time elsewhere.
fn picture(log: &Timeline, name: &str, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.json {
        return Ok(());
    }
    if stdout().is_terminal() {
        screen::print("\x1b[2J\x1b[H")?;
        return show(log, name, arguments);
    }
    screen::print(&gclog::line(log))
}
