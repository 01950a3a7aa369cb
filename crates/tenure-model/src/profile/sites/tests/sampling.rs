//! The sampler on a known program, many times: estimates are right on average, and intervals
//! contain the truth as often as they say.

use super::super::sample::{Recorder, sites_of};
use super::super::{Figure, Sites};
use std::ops::RangeInclusive;
use tenure_trace::profile::Frame;

/// Mean gap between two samples in bytes.
const RATE_BYTES: u64 = 16 << 10;
/// How often the program is run, each time with other gaps.
const SEEDS: u64 = 4_000;

/// A site of the known program.
struct Known {
    /// Sizes that it asks for in turn.
    sizes: &'static [u64],
    allocations: u64,
}

/// Some 30 to 350 samples of each are expected; of the last every block is taken.
const PROGRAM: [Known; 7] = [
    Known {
        sizes: &[256],
        allocations: 3_000,
    },
    Known {
        sizes: &[200, 330, 500, 260],
        allocations: 1_600,
    },
    Known {
        sizes: &[1_024],
        allocations: 500,
    },
    Known {
        sizes: &[2_000, 4_096, 1_500, 9_000],
        allocations: 400,
    },
    Known {
        sizes: &[16_384],
        allocations: 400,
    },
    Known {
        sizes: &[5_000, 40_000, 12_000],
        allocations: 300,
    },
    Known {
        sizes: &[1 << 20],
        allocations: 5,
    },
];

/// Which of the five figures count blocks.
const COUNTS: [usize; 2] = [1, 3];

/// The site of which every block is taken.
const ALL_TAKEN: usize = 6;

impl Known {
    fn size(&self, number: u64) -> u64 {
        self.sizes[number as usize % self.sizes.len()]
    }

    fn bytes(&self, numbers: std::ops::Range<u64>) -> u64 {
        numbers.map(|number| self.size(number)).sum()
    }

    /// From here on blocks are not freed.
    fn kept_from(&self) -> u64 {
        self.allocations / 3
    }
}

/// One run: its sites, in the order of the program.
fn run(seed: u64) -> Sites {
    let seed = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
    let mut recorder = Recorder::sample(1, "/bin/known", RATE_BYTES, seed);
    let module = recorder.load("/bin/known", &[1; 20]);
    let ids: Vec<_> = (1..)
        .zip(&PROGRAM)
        .map(|(offset, _)| recorder.site(&[Frame::new(module, offset)]))
        .collect();
    let mut blocks = Vec::new();
    // Sites take turns, so that gaps reach from one to another.
    for number in 0..PROGRAM
        .iter()
        .map(|known| known.allocations)
        .max()
        .unwrap_or(0)
    {
        for (known, &id) in PROGRAM.iter().zip(&ids) {
            if number < known.allocations {
                let block = recorder.allocate(id, known.size(number));
                if number < known.kept_from() {
                    blocks.push(block);
                }
            }
        }
    }
    blocks.into_iter().for_each(|block| recorder.free(block));
    sites_of(&[recorder.files(true)]).unwrap()
}

/// What was estimated of one figure over all runs.
#[derive(Default)]
struct Outcomes {
    sum: f64,
    covered: u64,
}

impl Outcomes {
    fn add(&mut self, figure: Figure, truth: u64) {
        let interval = figure.interval_95.unwrap();
        self.sum += figure.value as f64;
        self.covered += u64::from((interval.low..=interval.high).contains(&truth));
    }
}

#[test]
fn estimates_are_unbiased_and_intervals_cover_as_they_say() {
    let mut outcomes: Vec<[Outcomes; 5]> = PROGRAM.iter().map(|_| Default::default()).collect();
    let truths: Vec<[u64; 5]> = PROGRAM.iter().map(truth).collect();
    let all_bytes = truths.iter().map(|truth| truth[0]).sum();
    let mut totals = Outcomes::default();
    for seed in 0..SEEDS {
        let sites = run(seed);
        totals.add(
            sites.totals().allocated_bytes,
            truths.iter().map(|truth| truth[0]).sum(),
        );
        for site in &sites.sites {
            let at = sites
                .stack(site)
                .next()
                .map_or(0, |frame| offset(&sites, frame));
            let figures = [
                site.allocated_bytes,
                site.allocations,
                site.live_bytes,
                site.live_blocks,
                site.peak_bytes,
            ];
            let of_site = outcomes[at - 1].iter_mut().zip(figures).zip(truths[at - 1]);
            of_site.for_each(|((outcome, figure), truth)| outcome.add(figure, truth));
        }
    }
    for (at, (of_site, truths)) in outcomes.iter().zip(&truths).enumerate() {
        for (figure, (outcome, &truth)) in of_site.iter().zip(truths).enumerate() {
            let expected = match (at == ALL_TAKEN, COUNTS.contains(&figure)) {
                (true, _) => 1.0..=1.0,
                // Weights of blocks of several sizes differ, and the sampled ones do not say how.
                (false, true) if PROGRAM[at].sizes.len() > 1 => 0.93..=0.97,
                (false, _) => 0.94..=0.96,
            };
            outcome.expect(truth, expected, &format!("site {at}, figure {figure}"));
        }
    }
    totals.expect(all_bytes, 0.94..=0.96, "all bytes");
}

impl Outcomes {
    fn expect(&self, truth: u64, expected: RangeInclusive<f64>, what: &str) {
        let mean = self.sum / SEEDS as f64 / truth as f64;
        let covered = self.covered as f64 / SEEDS as f64;
        assert!(
            (mean - 1.0).abs() < 0.01,
            "{what}: {mean} of the truth on average"
        );
        assert!(
            expected.contains(&covered),
            "{what}: {covered} of the intervals hold"
        );
    }
}

#[test]
fn intervals_cover_as_they_say_where_samples_are_few() {
    let (mut score, mut normal, mut seen) = (0, 0, 0);
    for seed in 0..SEEDS {
        // Between 4 and 16 samples are expected. One truth alone would tell about the steps from
        // sample to sample, not about the interval.
        let allocations = 1_000 + seed.wrapping_mul(7_919) % 3_000;
        let mut recorder = Recorder::sample(1, "/bin/few", RATE_BYTES, seed << 20);
        let module = recorder.load("/bin/few", &[1; 20]);
        let site = recorder.site(&[Frame::new(module, 1)]);
        for _ in 0..allocations {
            recorder.allocate(site, 64);
        }
        let sites = sites_of(&[recorder.files(true)]).unwrap();
        let Some(site) = sites.sites.first() else {
            continue;
        };
        seen += 1;
        let (figure, truth) = (site.allocated_bytes, allocations * 64);
        let interval = figure.interval_95.unwrap();
        score += u64::from((interval.low..=interval.high).contains(&truth));
        let half = 1.96 * figure.variance.sqrt();
        let miss = (figure.value as f64 - truth as f64).abs();
        normal += u64::from(miss <= half);
    }
    let part = |covered: u64| covered as f64 / seen as f64;
    assert!(
        seen > SEEDS - 20,
        "{seen}: hardly any run has no sample at all"
    );
    assert!((0.94..=0.96).contains(&part(score)), "{}", part(score));
    assert!(
        part(normal) < 0.935,
        "{}: the normal interval would do",
        part(normal)
    );
}

/// Bytes, blocks, live bytes, live blocks, bytes at peak (when all was allocated).
fn truth(known: &Known) -> [u64; 5] {
    let all = known.allocations;
    let live = known.kept_from()..all;
    [
        known.bytes(0..all),
        all,
        known.bytes(live.clone()),
        live.end - live.start,
        known.bytes(0..all),
    ]
}

fn offset(sites: &Sites, frame: super::super::FrameId) -> usize {
    match sites.frame(frame) {
        super::super::Frame::Code { offset, .. } => offset as usize,
        other => panic!("{other:?}"),
    }
}
