//! A horizontal bar of Unicode blocks, to an eighth of a cell.

const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A bar for `part` of `whole`, `cells` columns wide at most and without trailing blanks.
///
/// Whatever is not zero shows at least the thinnest block.
pub(crate) fn bar(part: u64, whole: u64, cells: usize) -> String {
    if part == 0 || whole == 0 || cells == 0 {
        return String::new();
    }
    let all = cells as u128 * 8;
    let eighths = (u128::from(part.min(whole)) * all + u128::from(whole) / 2) / u128::from(whole);
    let eighths = eighths.max(1) as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

#[cfg(test)]
mod tests {
    //! Lengths at the borders.

    use super::bar;

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        assert_eq!(bar(0, 100, 10), "");
        assert_eq!(bar(5, 0, 10), "");
        assert_eq!(bar(5, 5, 0), "");
        assert_eq!(bar(100, 100, 3), "███");
        assert_eq!(bar(u64::MAX, 100, 3), "███");
        assert_eq!(bar(50, 100, 3), "█▌");
        assert_eq!(bar(1, u64::MAX, 3), "▏");
        assert_eq!(bar(u64::MAX - 1, u64::MAX, 2), "██");
    }
}
