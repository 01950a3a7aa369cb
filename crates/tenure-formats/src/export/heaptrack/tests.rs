//! The plan of a row has the sums of its figures.

use super::*;

#[test]
fn the_steps_of_a_plan_add_up() {
    let counts = [0, 1, 2, 5];
    for peak_blocks in counts {
        for live_blocks in counts {
            for peak_bytes in [0, 7, 100] {
                for live_bytes in [0, 7, 30] {
                    if (peak_blocks == 0) != (peak_bytes == 0)
                        || (live_blocks == 0) != (live_bytes == 0)
                    {
                        continue;
                    }
                    let allocations = peak_blocks + live_blocks + 3;
                    let allocated_bytes = peak_bytes + live_bytes + 300;
                    let values = Values {
                        allocations,
                        allocated_bytes,
                        peak_blocks,
                        peak_bytes,
                        live_blocks,
                        live_bytes,
                        lifetime_ns: 0,
                    };
                    let plan = Plan::of(&values);
                    let Plan {
                        churn,
                        peak,
                        freed,
                        added,
                    } = plan;
                    assert_eq!(
                        peak.count + added.count - freed.count,
                        live_blocks,
                        "{plan:?}"
                    );
                    assert_eq!(
                        peak.bytes + added.bytes - freed.bytes,
                        live_bytes,
                        "{plan:?}"
                    );
                    assert_eq!(
                        churn.count + peak.count + added.count,
                        allocations,
                        "{plan:?}"
                    );
                    assert_eq!(churn.bytes + peak.bytes + added.bytes, allocated_bytes);
                    assert!(
                        freed.count <= peak.count && freed.bytes <= peak.bytes,
                        "{plan:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn blocks_are_split_into_two_sizes_without_rest() {
    for blocks in [(0, 0), (1, 0), (1, 9), (3, 10), (7, 3), (1000, u64::MAX)] {
        let blocks = Blocks {
            count: blocks.0,
            bytes: blocks.1,
        };
        let split = blocks.split();
        let count: u64 = split.iter().map(|(count, _)| count).sum();
        let bytes: u64 = split.iter().map(|(count, size)| count * size).sum();
        assert_eq!(Blocks { count, bytes }, blocks);
    }
}
