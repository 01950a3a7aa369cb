//! A program whose names try to leave the page.

use crate::recorded::Record;
use tenure_model::profile::SourceFrame;
use tenure_model::profile::Symbols;
use tenure_model::profile::sample::{Recorder, sites_of};
use tenure_trace::profile::Frame;

/// A name that would load an image, were it markup; as far as it is shown in the test.
pub(crate) const MARKUP: &str = "<img src=x onerror=\"window.obeyed=1\"> </";
/// A name that would end the data.
pub(crate) const ENDING: &str = "</script><script>window.obeyed=1</script";

/// Its record.
pub(crate) fn record() -> Record {
    let path = "/opt/\u{fffd}<b>'\"&amp;/app\u{2028}";
    let mut recorder = Recorder::every(13, path);
    let app = recorder.load(path, b"");
    let sites = [(0x100, 2_000), (0x200, 1_000)];
    for (offset, bytes) in sites {
        let site = recorder.site(&[Frame::new(app, offset)]);
        let _ = recorder.allocate(site, bytes);
    }
    let files = [recorder.files(true)];
    let known = sites_of(&files).expect("readable files");
    let mut symbols = Symbols::new();
    let frames = &mut symbols.module_mut(&known.modules[0]).frames;
    let name = |function: String| SourceFrame {
        function,
        file: Some("\"><svg onload=alert(1)>\u{2028}.c".to_owned()),
        line: Some(u32::MAX),
        ..SourceFrame::default()
    };
    frames.insert(0x100, vec![name(format!("{MARKUP}script> ${{1}} \\u0000"))]);
    frames.insert(
        0x200,
        vec![name(format!("{ENDING}><!-- {}", "x".repeat(5_000)))],
    );
    let name = "a</title><script>obeyed=1</script>.tnr";
    Record::new(name, &["<i>", "it's", "\u{1b}[31m"], &files, symbols)
}
