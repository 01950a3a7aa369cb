//! What was measured.

use std::collections::BTreeMap;

/// One run of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// Processor time for one operation; of a program for its run.
    pub(super) cpu_ns: f64,
    pub(super) peak_resident_bytes: f64,
}

/// What a ratio is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    /// Processor time, the program's and the kernel's.
    Cpu,
    /// Peak resident memory.
    Memory,
    /// Instructions, as callgrind counts them.
    Instructions,
}

impl Figure {
    /// Its name in a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Figure::Cpu => "processor time",
            Figure::Memory => "peak memory",
            Figure::Instructions => "instructions",
        }
    }
}

/// All runs.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// By row and rival; one entry for each round, empty where the run failed.
    runs: BTreeMap<(String, String), Vec<Option<Sample>>>,
    /// Instructions by row and rival, for one operation or one run.
    instructions: BTreeMap<(String, String), f64>,
    /// The first fault of each row and rival.
    pub(super) faults: BTreeMap<String, String>,
}

impl Samples {
    /// The runs of `rival` on `row`, round by round.
    pub(super) fn of(&self, row: &str, rival: &str) -> &[Option<Sample>] {
        let runs = self.runs.get(&(row.to_owned(), rival.to_owned()));
        runs.map_or(&[], Vec::as_slice)
    }

    /// One number for each round, or one at all of instructions; nothing if a run is missing.
    pub(super) fn numbers(&self, row: &str, rival: &str, figure: Figure) -> Option<Vec<f64>> {
        let number = match figure {
            Figure::Cpu => |sample: &Sample| sample.cpu_ns,
            Figure::Memory => |sample: &Sample| sample.peak_resident_bytes,
            Figure::Instructions => {
                let key = (row.to_owned(), rival.to_owned());
                return self.instructions.get(&key).map(|&count| vec![count]);
            }
        };
        let runs = self.of(row, rival).iter();
        let numbers: Option<Vec<f64>> = runs.map(|run| run.as_ref().map(&number)).collect();
        numbers.filter(|numbers| !numbers.is_empty())
    }

    /// Adds the outcome of one run.
    pub(super) fn add(&mut self, row: &str, rival: &str, outcome: Result<Sample, String>) {
        let key = (row.to_owned(), rival.to_owned());
        let runs = self.runs.entry(key).or_default();
        match outcome {
            Ok(sample) => runs.push(Some(sample)),
            Err(fault) => {
                runs.push(None);
                self.faults
                    .entry(format!("{rival} on {row}"))
                    .or_insert(fault);
            }
        }
    }

    /// Adds a count of instructions.
    pub(super) fn add_instructions(&mut self, row: &str, rival: &str, count: f64) {
        self.instructions
            .insert((row.to_owned(), rival.to_owned()), count);
    }

    /// Notes that instructions of `rival` could not be counted on `row`: once for all rows, for
    /// some rivals do not run under valgrind at all.
    pub(super) fn add_uncounted(&mut self, row: &str, rival: &str) {
        let place = self.faults.entry(format!("{rival} under callgrind"));
        place.or_insert_with(|| format!("it does not run to its end, {row} for one"));
    }

    /// Whether any run succeeded.
    pub(super) fn any(&self) -> bool {
        self.runs.values().flatten().any(Option::is_some)
    }

    /// Whether instructions were counted for this row.
    pub(super) fn counted(&self, row: &str) -> bool {
        self.instructions.keys().any(|(name, _)| name == row)
    }
}

/// Parses `operations cpu_nanoseconds peak_resident_bytes`.
pub(super) fn parse_sample(output: &str) -> Option<Sample> {
    let numbers: Vec<f64> = output
        .split_whitespace()
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    let [operations, nanoseconds, peak_resident_bytes] = numbers[..] else {
        return None;
    };
    (operations > 0.0).then_some(Sample {
        cpu_ns: nanoseconds / operations,
        peak_resident_bytes,
    })
}
