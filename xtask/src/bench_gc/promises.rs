//! What is promised of our figures, and whether it is kept.

use super::figures::Figures;

/// A figure of ours, or how many times another's it is, lies between a least and a most.
pub(super) struct Promise {
    pub(super) load: &'static str,
    pub(super) who: &'static str,
    pub(super) figure: &'static str,
    /// None where less is better.
    pub(super) least: Option<f64>,
    pub(super) most: f64,
    /// The other.
    pub(super) of: Option<&'static str>,
}

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reached {
    Kept(f64),
    Missed(f64),
    /// Ours went wrong, in one round at least.
    Failed,
    /// The load, or that of the other, did not run.
    NotMeasured,
}

impl Promise {
    /// Of the collected heap, by itself.
    const fn alone(load: &'static str, figure: &'static str, most: f64) -> Self {
        Self {
            load,
            who: "tenure",
            figure,
            least: None,
            most,
            of: None,
        }
    }

    /// Of the collected heap, beside another.
    const fn beside(load: &'static str, figure: &'static str, most: f64, of: &'static str) -> Self {
        let mut promise = Self::alone(load, figure, most);
        promise.of = Some(of);
        promise
    }

    /// Of the counted heap, beside another.
    const fn counted(
        load: &'static str,
        figure: &'static str,
        most: f64,
        of: &'static str,
    ) -> Self {
        let mut promise = Self::beside(load, figure, most, of);
        promise.who = "tenure-cc";
        promise
    }

    /// The peak is what the pacing says, within a tenth: garbage that does not wait costs marks.
    const fn pace(who: &'static str) -> Self {
        let mut promise = Self::alone("pace", "peak_over_aim", 1.1);
        promise.who = who;
        promise.least = Some(0.9);
        promise
    }

    /// What became of it, by the medians. A load that went wrong breaks what was promised of it.
    pub(super) fn reached(&self, figures: &Figures) -> Reached {
        if figures.has_failed(self.load, self.who) {
            return Reached::Failed;
        }
        let ours = figures.median(self.load, self.who, self.figure);
        let theirs = match self.of {
            Some(who) => figures.median(self.load, who, self.figure),
            None => Some(1.0),
        };
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            return Reached::NotMeasured;
        };
        let times = ours / theirs;
        if times <= self.most && self.least.is_none_or(|least| times >= least) {
            Reached::Kept(times)
        } else {
            Reached::Missed(times)
        }
    }
}

pub(super) const PROMISES: [Promise; 26] = [
    Promise::alone("trees", "user_ms", 600.0),
    Promise::beside("trees", "cpu_ms", 1.0 / 3.0, "rc"),
    Promise::beside("trees", "cpu_ms", 1.0 / 6.0, "dumpster"),
    Promise::beside("trees", "cpu_ms", 1.0 / 8.0, "gc-arena-stw"),
    Promise::beside("trees", "cpu_ms", 1.0 / 4.0, "go"),
    Promise::beside("trees", "cpu_ms", 1.2, "java serial"),
    Promise::beside("trees", "peak_kib", 1.0 / 3.0, "java serial"),
    Promise::counted("trees", "cpu_ms", 1.0, "dumpster"),
    Promise::counted("trees", "cpu_ms", 1.0, "rust-cc"),
    Promise::counted("clone", "cpu_ms", 1.3, "rc"),
    Promise::alone("store", "extra_ns", 0.5),
    Promise::alone("array", "minor_p50_us", 5_000.0),
    Promise::alone("churn", "step_p99_us", 1_000.0),
    Promise::alone("churn", "step_max_us", 2_000.0),
    Promise::alone("churn", "step_cpu_max_us", 2_000.0),
    Promise::alone("churn", "minor_p99_us", 5_000.0),
    Promise::alone("compact", "times_live", 1.3),
    Promise::pace("tenure-50"),
    Promise::pace("tenure-100"),
    Promise::pace("tenure-200"),
    Promise::pace("tenure-100-stw"),
    Promise::alone("limit", "peak_percent_of_limit", 105.0),
    Promise::alone("limit", "resident_percent_of_limit", 105.0),
    Promise::alone("limit-close", "resident_percent_of_limit", 105.0),
    Promise::alone("limit-passed", "cpu_percent", 50.0),
    Promise::alone("ephemerons", "doubling", 2.2),
];

#[cfg(test)]
mod tests {
    use super::super::{Contender, Run};
    use super::*;

    /// One round in which each contender of a load had that figure.
    fn figures(load: &str, figure: &str, of: &[(&str, f64)]) -> Figures {
        let contenders: Vec<Contender> = of
            .iter()
            .map(|(who, value)| Contender {
                load: load.to_owned(),
                who: (*who).to_owned(),
                size: 1,
                program: None,
                runs: vec![Ok([(figure.to_owned(), *value)].into())],
            })
            .collect();
        Figures::of(&contenders)
    }

    #[test]
    fn a_figure_is_at_most_what_is_promised() {
        let promise = Promise::alone("churn", "step_cpu_max_us", 2_000.0);
        let reached = |us| promise.reached(&figures("churn", "step_cpu_max_us", &[("tenure", us)]));
        assert_eq!(reached(0.5), Reached::Kept(0.5));
        assert_eq!(reached(2_000.0), Reached::Kept(2_000.0));
        assert_eq!(reached(2_000.5), Reached::Missed(2_000.5));
    }

    #[test]
    fn a_figure_that_is_too_low_is_a_miss_where_there_is_a_least() {
        let promise = Promise::pace("tenure-50");
        let reached =
            |aim| promise.reached(&figures("pace", "peak_over_aim", &[("tenure-50", aim)]));
        for kept in [0.9, 1.0, 1.1] {
            assert_eq!(reached(kept), Reached::Kept(kept));
        }
        for missed in [0.0, 0.899, 1.101, f64::NAN] {
            assert!(matches!(reached(missed), Reached::Missed(_)), "{missed}");
        }
    }

    #[test]
    fn a_promise_beside_another_is_of_the_ratio() {
        let promise = Promise::beside("trees", "cpu_ms", 0.25, "go");
        let both = |ours| figures("trees", "cpu_ms", &[("tenure", ours), ("go", 400.0)]);
        assert_eq!(promise.reached(&both(100.0)), Reached::Kept(0.25));
        assert_eq!(promise.reached(&both(104.0)), Reached::Missed(0.26));
        let alone = figures("trees", "cpu_ms", &[("tenure", 100.0)]);
        assert_eq!(promise.reached(&alone), Reached::NotMeasured);
    }

    #[test]
    fn one_round_that_went_wrong_breaks_a_promise() {
        let contender = |who: &str, runs| Contender {
            load: "ephemerons".to_owned(),
            who: who.to_owned(),
            size: 1,
            program: None,
            runs,
        };
        let promise = Promise::alone("ephemerons", "doubling", 2.2);
        let fine: Run = Ok([("doubling".to_owned(), 2.0)].into());
        let runs = vec![
            fine.clone(),
            Err("entries of the chain are lost".to_owned()),
        ];
        let figures = Figures::of(&[contender("tenure", runs)]);
        assert_eq!(promise.reached(&figures), Reached::Failed);
        // What another did wrong is not ours.
        let other = contender("another", vec![Err("signal: 6".to_owned())]);
        let figures = Figures::of(&[contender("tenure", vec![fine]), other]);
        assert_eq!(promise.reached(&figures), Reached::Kept(2.0));
    }
}
