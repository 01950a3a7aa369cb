//! `cargo xtask ci`: every gate in one go, cheapest first and the tests last.
//!
//! Each step prints its name and its seconds. The first that fails names itself and ends the
//! run. A step that cannot run here says `skipped: REASON`.

mod aarch64;
mod steps;
mod test_output;
mod valgrind;

use std::path::Path;
use std::time::Instant;

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The gate holds.
    Held,
    /// The gate holds, and these are its last words.
    HeldAs(String),
    /// The gate could not be tried here, and why.
    Skipped(String),
    /// The gate does not hold, or its tool could not be started.
    Failed(String),
}

/// One gate.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Path) -> Outcome,
}

/// Runs the gates named in `only`, or all of them, on the repository at `root`.
pub(crate) fn run(root: &Path, only: &[&str]) -> Result<bool, String> {
    if let Some(stranger) = only
        .iter()
        .find(|name| steps::ALL.iter().all(|s| s.name != **name))
    {
        let known: Vec<&str> = steps::ALL.iter().map(|step| step.name).collect();
        return Err(format!(
            "ci has no step `{stranger}`; it has {}",
            known.join(", ")
        ));
    }
    let wanted = |step: &&Step| only.is_empty() || only.contains(&step.name);
    Ok(run_steps(root, steps::ALL.iter().filter(wanted)))
}

/// Runs the steps in order until one fails.
fn run_steps<'a>(root: &Path, steps: impl Iterator<Item = &'a Step>) -> bool {
    let begun = Instant::now();
    for step in steps {
        println!("== {}", step.name);
        let step_begun = Instant::now();
        let outcome = (step.run)(root);
        let seconds = step_begun.elapsed().as_secs_f64();
        match outcome {
            Outcome::Held => println!("== {} held, {seconds:.1} s", step.name),
            Outcome::HeldAs(closing) => {
                let all = begun.elapsed().as_secs_f64();
                println!(
                    "== {} held, {seconds:.1} s; {all:.1} s in all\n{closing}",
                    step.name
                );
            }
            Outcome::Skipped(reason) => println!("== {} skipped: {reason}", step.name),
            Outcome::Failed(reason) => {
                println!("== {} FAILED after {seconds:.1} s: {reason}", step.name);
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests;
