//! Figures of the loads: what each run printed, and the medians.

use super::Contender;
use std::collections::BTreeMap;

/// What one run printed, by name; or what went wrong.
pub(super) type Run = Result<BTreeMap<String, f64>, String>;

/// Reads lines of `name value name value …`; other lines are the load's own.
pub(super) fn read(told: &str) -> Run {
    let mut figures = BTreeMap::new();
    for line in told.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        for pair in words.chunks_exact(2) {
            if let Ok(value) = pair[1].parse::<f64>() {
                figures.insert(pair[0].to_owned(), value);
            }
        }
    }
    if let (Some(user), Some(system)) = (figures.get("user_ms"), figures.get("sys_ms")) {
        let cpu = user + system;
        figures.insert("cpu_ms".to_owned(), cpu);
    }
    Ok(figures)
}

/// A figure over the rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) low: f64,
    pub(super) median: f64,
    pub(super) high: f64,
}

/// The figures of all contenders of all loads.
pub(super) struct Figures {
    rows: Vec<Row>,
}

/// What one contender did with one load.
pub(super) struct Row {
    pub(super) load: String,
    pub(super) who: String,
    pub(super) size: u64,
    /// Why there are no figures.
    pub(super) fault: Option<String>,
    pub(super) spreads: BTreeMap<String, Spread>,
}

impl Figures {
    /// Those of the runs.
    pub(super) fn of(contenders: &[Contender]) -> Self {
        let rows = contenders.iter().map(|contender| {
            let mut samples: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
            for run in contender.runs.iter().flatten() {
                for (name, value) in run {
                    samples.entry(name).or_default().push(*value);
                }
            }
            let spread = |(name, values): (&str, Vec<f64>)| (name.to_owned(), spread(values));
            Row {
                load: contender.load.clone(),
                who: contender.who.clone(),
                size: contender.size,
                fault: contender.runs.iter().find_map(|run| run.clone().err()),
                spreads: samples.into_iter().map(spread).collect(),
            }
        });
        Self {
            rows: rows.collect(),
        }
    }

    /// Names of the loads, each once.
    pub(super) fn loads(&self) -> Vec<&str> {
        let mut loads: Vec<&str> = self.rows.iter().map(|row| row.load.as_str()).collect();
        loads.dedup();
        loads
    }

    /// The rows of a load.
    pub(super) fn rows(&self, load: &str) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.load == load)
    }

    /// Whether a round of the contender went wrong.
    pub(super) fn has_failed(&self, load: &str, who: &str) -> bool {
        let mut rows = self.rows(load).filter(|row| row.who == who);
        rows.any(|row| row.fault.is_some())
    }

    /// The median of a figure; `None` if it was not measured.
    pub(super) fn median(&self, load: &str, who: &str, name: &str) -> Option<f64> {
        let row = self.rows(load).find(|row| row.who == who)?;
        row.spreads.get(name).map(|spread| spread.median)
    }
}

fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_by(f64::total_cmp);
    Spread {
        low: values[0],
        median: values[values.len() / 2],
        high: values[values.len() - 1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_pairs_and_the_rest_is_passed_over() {
        let told = "a tree of depth 4\nsum 7\nuser_ms 120 sys_ms 30 peak_kib 1000\n";
        let read = read(told).unwrap();
        assert_eq!(read["cpu_ms"], 150.0);
        assert_eq!((read["sum"], read["peak_kib"]), (7.0, 1000.0));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let spread = spread(vec![3.0, 1.0, 2.0, 9.0, 4.0]);
        assert_eq!((spread.low, spread.median, spread.high), (1.0, 3.0, 9.0));
    }
}
