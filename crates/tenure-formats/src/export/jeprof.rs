//! jemalloc's `heap_v2` text.
//!
//! The rate in the first line is 0, which says that the figures need no correction: those of a
//! sampled record are corrected already, each sample on its own.

use super::Sheet;
use super::sheet::{Values, one_line};
use std::io::{self, Write};

pub(super) fn write(sheet: &Sheet, sink: &mut dyn Write) -> io::Result<Vec<String>> {
    writeln!(sink, "heap_v2/0")?;
    write_figures(sink, &sheet.totals())?;
    for row in &sheet.rows {
        write!(sink, "@")?;
        if row.stack.is_empty() {
            // A stack needs an address; at 0 there is no code.
            write!(sink, " 0x0")?;
        }
        for location in &row.stack {
            write!(sink, " {:#x}", sheet.locations[*location].address)?;
        }
        writeln!(sink)?;
        write_figures(sink, &row.values)?;
    }
    writeln!(sink, "\nMAPPED_LIBRARIES:")?;
    for module in &sheet.modules {
        let (start, end) = (module.addresses.start, module.addresses.end);
        // The offset in the file is not recorded; of what GNU ld links it is the ELF address.
        let offset = start.wrapping_sub(module.bias);
        let path = one_line(&module.path);
        writeln!(sink, "{start:x}-{end:x} r-xp {offset:08x} 00:00 0 {path}")?;
    }
    Ok(vec![
        "jeprof has addresses, not names: it reads the names from the files themselves".into(),
    ])
}

fn write_figures(sink: &mut dyn Write, values: &Values) -> io::Result<()> {
    writeln!(
        sink,
        "  t*: {}: {} [{}: {}]",
        values.live_blocks, values.live_bytes, values.allocations, values.allocated_bytes
    )
}
