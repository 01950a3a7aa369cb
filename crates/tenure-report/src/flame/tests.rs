//! The folded stacks, and the picture made of them.

use super::*;
use crate::sample;
use tenure_model::profile::Symbols;

#[test]
fn stacks_are_folded_from_the_outermost_frame() {
    let (sites, symbols, _) = sample::shop();
    let lines = folded(&Names::new(&sites, &symbols), Key::Live);
    assert_eq!(
        lines[0],
        "__libc_start_main;main;serve(Socket&);Pool::take(unsigned long);Pool::grow();operator \
         new(unsigned long) 3145728"
    );
    let counts = lines.iter().map(|line| line.rsplit(' ').next().unwrap());
    let sum: u64 = counts.map(|count| count.parse::<u64>().unwrap()).sum();
    assert_eq!(sum, sites.totals().live_bytes.value, "to the byte");
}

#[test]
fn the_picture_has_every_function_and_the_sum() {
    let (sites, symbols, _) = sample::shop();
    let svg = svg(&Names::new(&sites, &symbols), Key::Allocated, "a <b> & c").unwrap();
    assert!(svg.starts_with("<?xml") && svg.trim_end().ends_with("</svg>"));
    for part in [
        "parse_request",
        "Cache::insert",
        "a &lt;b&gt; &amp; c",
        "<title>",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    let total = crate::quantity::count(sites.totals().allocated_bytes.value);
    assert!(svg.contains(&format!("{total} bytes")), "{total}");
}

#[test]
fn nothing_to_draw_is_an_error_and_hostile_names_are_plain() {
    let (mut sites, _, _) = sample::shop();
    let symbols = Symbols::new();
    sites.sites.clear();
    let error = svg(&Names::new(&sites, &symbols), Key::Live, "").unwrap_err();
    assert_eq!(error.to_string(), "no site has any live at exit");
    assert_eq!(plain("[u8; 4]\n"), "[u8: 4]\u{fffd}");
}
