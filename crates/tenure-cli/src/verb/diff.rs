//! `tenure diff`: two records side by side.

use super::top::By;
use crate::failure::{DONE, Failure, GATE};
use crate::{record, screen};
use std::io::stdout;
use std::path::PathBuf;
use tenure_model::profile::{Diff, Names, Rule};
use tenure_report::diff::{self, Sides};

/// Compare two records: which call stacks hold or allocate more
///
/// Call stacks are the same when the names of their functions and modules are, so that two builds
/// of a program can be compared; lines may move.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The record before
    before: PathBuf,
    /// The record after
    after: PathBuf,
    /// What decides the order, by the size of its change
    #[arg(long, value_name = "FIGURE", default_value = "live")]
    by: By,
    /// How many sites are shown
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// Exit with 1 when the second record breaks this rule; may be given several times
    #[arg(long, value_name = "RULE")]
    fail_on: Vec<Rule>,
    /// Print JSON, schema diff/1; `tenure explain NAME` tells what a field means
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Rules look at the sums over all call stacks:
  live>10MiB          more than 10 MiB are live at exit
  live:+10%           10 % more than before
  peak:+1MiB          1 MiB more than before are live at the peak
  allocations:+20%    20 % more allocations than before
Figures are live, live_blocks, peak, allocated, allocations and waste; units of bytes B, KiB, MiB,
GiB, TiB, kB, MB, GB and TB.

Exit codes:
  0  done, and every rule holds
  1  a rule is broken; stderr says which, and by how much
  2  wrong arguments
  3  a record cannot be read, or holds no call stacks";

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let first = record::read_named(&arguments.before)?;
    let second = record::read_named(&arguments.after)?;
    let before = Names::new(&first.sites, &first.symbols);
    let after = Names::new(&second.sites, &second.symbols);
    let diff = Diff::between(&before, &after);
    let rules = arguments.fail_on.iter();
    let broken = rules.filter_map(|rule| Some((rule, rule.breach(&diff.before, &diff.after)?)));
    let broken: Vec<_> = broken.collect();
    let sides = Sides {
        diff: &diff,
        before: &before,
        after: &after,
    };
    let (by, limit) = (arguments.by.key(), arguments.limit);
    let text = match arguments.json {
        true => diff::json(sides, by, limit, &broken),
        false => diff::text(sides, by, limit, screen::style_of(&stdout())),
    };
    screen::print(&text)?;
    for (rule, breach) in &broken {
        screen::complain(&diff::breach(rule, breach));
    }
    Ok(if broken.is_empty() { DONE } else { GATE })
}
