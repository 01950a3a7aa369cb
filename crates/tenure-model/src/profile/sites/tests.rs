//! Figures of recorded programs, worked out by hand beside them.

use super::sample;
mod sampling;

use super::*;

/// The site whose own frame is called `function`.
fn named<'a>(sites: &'a Sites, symbols: &Symbols, function: &str) -> &'a Site {
    let names = Names::new(sites, symbols);
    let is_it = |site: &&Site| {
        let own = names.own(site);
        own.is_some_and(|own| own.function.starts_with(function))
    };
    let mut found = sites.sites.iter().filter(is_it);
    found.next().unwrap_or_else(|| panic!("no site {function}"))
}

#[test]
fn the_shop_is_reported_exactly() {
    let (sites, symbols) = (sample::sites(), sample::symbols());
    assert_eq!(sites.mode, Mode::Every);
    assert_eq!(sites.sites.len(), 10, "the child's site is the parent's");
    let table = [
        ("Cache::insert", 1_050, 410, 1_050 * 256, 640 * 256),
        ("parse_request", 5_000, 5_000, 1_000 * 1_792, 0),
        ("Pool::grow", 3, 0, 3 << 20, 3 << 20),
        ("load_config", 20, 0, 960, 960),
        ("shop+0x9999", 10, 10, 40_000, 0),
        ("json::JsonNode::new", 200, 100, 4_800, 2_400),
        ("0x7f0000001000", 5, 0, 2_560, 2_560),
        ("[interpreted]", 7, 0, 700, 700),
        ("[no stack]", 2, 0, 160, 160),
    ];
    for (function, allocations, frees, allocated, live) in table {
        let site = named(&sites, &symbols, function);
        let figures = [
            site.allocations,
            site.frees,
            site.allocated_bytes,
            site.live_bytes,
        ];
        let expected = [allocations, frees, allocated, live].map(Figure::exact);
        assert_eq!(figures, expected, "{function}");
        assert_eq!(site.live_blocks.value, allocations - frees, "{function}");
    }
}
