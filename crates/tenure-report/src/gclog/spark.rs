//! A curve in one line of text.

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// `values` as a curve of at most `cells` columns, from 0 to the largest; neighbours that share
/// a column show their largest.
pub(super) fn spark(values: &[u64], cells: usize) -> String {
    let most = values.iter().copied().max().unwrap_or(0);
    if most == 0 || cells == 0 {
        return String::new();
    }
    let cells = cells.min(values.len());
    let column = |cell: usize| {
        let from = cell * values.len() / cells;
        let to = ((cell + 1) * values.len() / cells).max(from + 1);
        let value = values[from..to].iter().copied().max().unwrap_or(0);
        STEPS[(u128::from(value) * 7 / u128::from(most)) as usize]
    };
    (0..cells).map(column).collect()
}
