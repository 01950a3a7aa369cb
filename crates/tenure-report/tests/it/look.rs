//! Pages to look at: `cargo test -p tenure-report --test it -- --ignored --nocapture pages`.

use crate::recorded::Record;
use crate::{scale, workload};
use std::fs;
use std::path::Path;
use tenure_model::profile::Symbols;
use tenure_model::profile::sample::{Recorder, shop, symbols};
use tenure_report::report::Limits;
use tenure_trace::profile::Frame;

#[test]
#[ignore = "writes files for people to look at"]
fn pages_to_look_at() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("pinned.html"), crate::pinned::page(true)).unwrap();
    for (name, record) in records() {
        let file = folder.join(format!("{name}.html"));
        fs::write(&file, record.page(Limits::default()).html).unwrap();
        println!("{}", file.display());
    }
}

fn records() -> Vec<(&'static str, Record)> {
    vec![
        ("server", workload::server()),
        ("sampled", workload::sampled()),
        (
            "shop",
            Record::new("shop.tnr", &["shop"], &shop(), symbols()),
        ),
        ("large", scale::large()),
        ("clean", clean()),
        ("unsampled", unsampled()),
        ("managed", crate::managed::record()),
    ]
}

/// A program that frees everything.
pub(crate) fn clean() -> Record {
    let mut recorder = Recorder::every(99, "/usr/bin/clean");
    let app = recorder.load("/usr/bin/clean", &[7; 20]);
    let site = recorder.site(&[Frame::new(app, 0x1234)]);
    let blocks: Vec<_> = (0..100).map(|_| recorder.allocate(site, 640)).collect();
    recorder.now_ns = 40_000_000;
    blocks.into_iter().for_each(|block| recorder.free(block));
    let files = [recorder.files(true)];
    Record::new("clean.tnr", &["clean", "--all"], &files, Symbols::new())
}

/// A run into which no sample fell; the heap counted what there was.
pub(crate) fn unsampled() -> Record {
    let play = |mut recorder: Recorder| {
        let app = recorder.load("/usr/bin/small", &[8; 20]);
        let site = recorder.site(&[Frame::new(app, 0x1234)]);
        let _ = recorder.allocate(site, 100);
        let files = [recorder.files(true)];
        Record::new("small.tnr", &["small"], &files, Symbols::new())
    };
    let counted = play(Recorder::every(98, "/usr/bin/small")).profile;
    let sampled = play(Recorder::sample(98, "/usr/bin/small", 1 << 40, 3));
    Record {
        profile: counted,
        ..sampled
    }
}
