//! DHAT's JSON, version 2.
//!
//! Times are in microseconds. DHAT also wants the most bytes that each stack ever had live; a
//! record does not have it, so the larger of what it had at the peak and at the end is given.

use super::Sheet;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Dhat {
    #[serde(rename = "dhatFileVersion")]
    version: u32,
    mode: &'static str,
    verb: &'static str,
    /// Whether there are lifetimes.
    bklt: bool,
    /// Whether there are reads and writes.
    bkacc: bool,
    tu: &'static str,
    #[serde(rename = "Mtu")]
    mtu: &'static str,
    tuth: u64,
    cmd: String,
    pid: u32,
    tg: u64,
    te: u64,
    pps: Vec<Point>,
    ftbl: Vec<String>,
}

/// A program point.
#[derive(Serialize)]
struct Point {
    tb: u64,
    tbk: u64,
    tl: u64,
    mb: u64,
    mbk: u64,
    gb: u64,
    gbk: u64,
    eb: u64,
    ebk: u64,
    fs: Vec<usize>,
}

/// Blocks that live shorter are short-lived. In microseconds.
const SHORT_LIVED_US: u64 = 10;

pub(super) fn write(sheet: &Sheet, sink: &mut dyn Write) -> io::Result<Vec<String>> {
    let mut frames = vec!["[root]".to_owned()];
    frames.extend((0..sheet.entries.len()).map(|entry| sheet.valgrind_line(entry)));
    let points = sheet.rows.iter().map(|row| {
        let values = row.values;
        Point {
            tb: values.allocated_bytes,
            tbk: values.allocations,
            tl: values.lifetime_ns / 1000,
            mb: values.peak_bytes.max(values.live_bytes),
            mbk: values.peak_blocks.max(values.live_blocks),
            gb: values.peak_bytes,
            gbk: values.peak_blocks,
            eb: values.live_bytes,
            ebk: values.live_blocks,
            // Frame 0 is the root of the viewer's tree.
            fs: sheet.stack_of(row).map(|entry| entry + 1).collect(),
        }
    });
    let dhat = Dhat {
        version: 2,
        mode: "tenure",
        verb: "Allocated",
        bklt: true,
        bkacc: false,
        tu: "µs",
        mtu: "s",
        tuth: SHORT_LIVED_US,
        cmd: sheet.command_line(),
        pid: sheet.pid,
        tg: sheet.peak_ns / 1000,
        te: sheet.wall_ns.max(sheet.peak_ns) / 1000,
        pps: points.collect(),
        ftbl: frames,
    };
    serde_json::to_writer(&mut *sink, &dhat)?;
    writeln!(sink)?;
    Ok(vec![
        "DHAT's \"max\" of each stack is the larger of its bytes at the peak and at the end; the \
         record has no other"
            .into(),
    ])
}
