//! The sheets that the tests write, and the tools that read them.

use std::path::Path;
use std::process::Command;
use tenure_formats::export::{By, Format, Sheet, SheetBuilder, Values, write};
use tenure_model::profile::{Names, sample};

/// The recorded server of the model: eleven sites in two processes.
pub(crate) fn sheet() -> Sheet {
    let sites = sample::sites();
    let symbols = sample::symbols();
    Sheet::of(&Names::new(&sites, &symbols), None)
}

/// A sheet with every oddity: names that hold what separates names, no names, stacks that begin
/// alike, a deep one, an empty one, modules that overlap, rows without bytes.
pub(crate) fn odd() -> Sheet {
    let mut builder = SheetBuilder::new();
    let app = builder.module("/opt/my app/bin", "a5a5", 0x40_0000..0x50_0000, 0x40_0000);
    let other = builder.module("/usr/lib/libx.so.1", "", 0x40_0000..0x60_0000, 0x40_0000);
    let line = |name: &str, file: &str, line| (name.to_owned(), file.to_owned(), line);
    let mut place = |at, module, names: &[_]| builder.location(at, module, names, "bin+0x10");
    let main = place(
        Some(0x40_1000),
        Some(app),
        &[line("main", "/src/main.c", 3)],
    );
    let strange = [
        line("a;b c\n\"d\" <é>", "/src/a b.c", 7),
        line("outer(int, char)", "", 0),
    ];
    let strange = place(Some(0x40_2000), Some(app), &strange);
    let unnamed = place(Some(0x40_2010), Some(app), &[]);
    let taken = place(Some(0x40_2010), Some(other), &[line("", "", 0)]);
    let script = place(None, None, &[line("work", "work.py", 12)]);
    let again = place(None, None, &[line("[truncated]", "", 0)]);
    let values = |allocations, allocated_bytes, peak: (u64, u64), live: (u64, u64)| Values {
        allocations,
        allocated_bytes,
        peak_blocks: peak.0,
        peak_bytes: peak.1,
        live_blocks: live.0,
        live_bytes: live.1,
        lifetime_ns: allocations * 1_000_003,
    };
    builder.row(vec![strange, main], values(10, 1001, (5, 501), (3, 300)));
    builder.row(vec![main], values(7, 700, (1, 100), (2, 150)));
    builder.row(
        vec![unnamed, taken, script, again],
        values(3, 90, (2, 60), (2, 40)),
    );
    builder.row(vec![], values(2, 33, (0, 0), (1, 16)));
    builder.row(vec![taken], values(4, 0, (4, 0), (4, 0)));
    builder.row(
        [vec![unnamed; 300], vec![main]].concat(),
        values(1, 1, (1, 1), (0, 0)),
    );
    let mut sheet = builder.finish();
    sheet.command = vec!["/opt/my app/bin".into(), "--name=x\ny".into()];
    sheet.pid = 77;
    sheet.wall_ns = 3_000_000_000;
    sheet.peak_ns = 1_500_000_000;
    sheet.timeline = (1..=300).map(|at| (at * 10_000_000, at * 2)).collect();
    sheet
}

/// `sheet` in `format`; the notes are dropped.
pub(crate) fn written(sheet: &Sheet, format: Format, by: Option<By>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(sheet, format, by, &mut bytes).expect("written");
    bytes
}

/// `sheet` in `format`, which is text.
pub(crate) fn text(sheet: &Sheet, format: Format) -> String {
    String::from_utf8(written(sheet, format, None)).expect("text")
}

/// `sheet` in `format`, which is JSON.
pub(crate) fn json(sheet: &Sheet, format: Format) -> serde_json::Value {
    serde_json::from_slice(&written(sheet, format, None)).expect("JSON")
}

/// What `tool` prints; `None`, said, where it is not installed.
pub(crate) fn output(tool: &str, arguments: &[&str], file: &Path) -> Option<String> {
    match Command::new(tool).args(arguments).arg(file).output() {
        Err(_) => {
            println!("skipped: no {tool}");
            None
        }
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{tool}: {errors}");
            Some(String::from_utf8_lossy(&output.stdout).into_owned() + &errors)
        }
    }
}

/// A file with these bytes.
pub(crate) fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("write");
    file
}

#[test]
fn the_sheet_has_the_figures_of_the_record() {
    let sites = sample::sites();
    let (sheet, totals) = (sheet(), sites.totals());
    let sums = sheet.totals();
    assert_eq!(sums.allocations, totals.allocations.value);
    assert_eq!(sums.allocated_bytes, totals.allocated_bytes.value);
    assert_eq!(sums.live_bytes, totals.live_bytes.value);
    assert_eq!(sums.live_blocks, totals.live_blocks.value);
    assert_eq!(sums.peak_bytes, totals.peak_bytes.value);
    // The planted sites of the parent, and 40 × 256 in the child.
    let parent = 600 * 256 + 3 * (1 << 20) + 20 * 48 + 100 * 24 + 5 * 512 + 7 * 100 + 2 * 80;
    assert_eq!(sums.live_bytes, parent + 40 * 256);
    assert_eq!(sheet.rows.len(), sites.sites.len());
    assert!(
        sheet
            .modules
            .iter()
            .any(|module| module.path == "/usr/bin/shop")
    );
    let inlined = sheet
        .locations
        .iter()
        .filter(|location| location.entries.len() == 2);
    assert_eq!(inlined.count(), 2);
}

#[test]
fn modules_and_places_of_a_sheet_do_not_overlap() {
    for sheet in [sheet(), odd()] {
        for (at, module) in sheet.modules.iter().enumerate() {
            for other in &sheet.modules[..at] {
                let (one, two) = (&module.addresses, &other.addresses);
                assert!(
                    one.end <= two.start || two.end <= one.start,
                    "{one:?} {two:?}"
                );
            }
        }
        let mut addresses: Vec<_> = sheet.locations.iter().map(|place| place.address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), sheet.locations.len());
    }
}
