//! Which sites are listed one by one when they are too many for a page.

use tenure_model::profile::{Key, Site};

/// The figures of which a listed site has a large share of at least one.
const KEYS: [Key; 4] = [Key::Live, Key::Peak, Key::Allocated, Key::Count];

/// The sites of which a page lists each, and those that it sums up; both in their order.
///
/// Where there are more than `limit`, those are listed whose largest share of any figure (live at
/// exit, at peak, allocated, count) is largest: so none is missing that stands out in one of them.
pub(super) fn choose(sites: &[Site], limit: usize) -> (Vec<&Site>, Vec<&Site>) {
    if sites.len() <= limit {
        return (sites.iter().collect(), Vec::new());
    }
    let whole = KEYS.map(|key| sites.iter().map(|site| site.by(key) as f64).sum::<f64>());
    let share = |site: &Site| {
        let shares = KEYS
            .iter()
            .zip(whole)
            .map(|(&key, whole)| match whole > 0.0 {
                true => site.by(key) as f64 / whole,
                false => 0.0,
            });
        shares.fold(0.0, f64::max)
    };
    let mut order: Vec<(f64, usize)> = sites.iter().map(share).zip(0..).collect();
    order.sort_by(|one, two| two.0.total_cmp(&one.0).then(one.1.cmp(&two.1)));
    let mut is_listed = vec![false; sites.len()];
    for (_, at) in order.into_iter().take(limit) {
        is_listed[at] = true;
    }
    let (listed, others): (Vec<_>, Vec<_>) =
        sites.iter().zip(is_listed).partition(|&(_, listed)| listed);
    let first = |pairs: Vec<(_, bool)>| pairs.into_iter().map(|(site, _)| site).collect();
    (first(listed), first(others))
}
