//! DHAT: by the fields that its viewer wants, and by the viewer's own code.

use crate::shop::{file, json, odd, output, sheet, written};
use std::path::Path;
use tenure_formats::export::Format;

const FIELDS: [&str; 11] = [
    "mode", "verb", "bklt", "bkacc", "tu", "Mtu", "tuth", "cmd", "pid", "tg", "te",
];

#[test]
fn every_point_has_its_fields_and_they_add_up() {
    for sheet in [sheet(), odd()] {
        let dhat = json(&sheet, Format::Dhat);
        assert_eq!(dhat["dhatFileVersion"], 2);
        for key in FIELDS {
            assert!(!dhat[key].is_null(), "{key}");
        }
        let frames = dhat["ftbl"].as_array().expect("frames");
        let points = dhat["pps"].as_array().expect("points");
        let sum = |key: &str| {
            points
                .iter()
                .map(|point| point[key].as_u64().unwrap())
                .sum::<u64>()
        };
        let totals = sheet.totals();
        assert_eq!(sum("tb"), totals.allocated_bytes);
        assert_eq!(sum("tbk"), totals.allocations);
        assert_eq!(sum("gb"), totals.peak_bytes);
        assert_eq!(sum("gbk"), totals.peak_blocks);
        assert_eq!(sum("eb"), totals.live_bytes);
        assert_eq!(sum("ebk"), totals.live_blocks);
        for point in points {
            assert!(point["mb"].as_u64() >= point["gb"].as_u64());
            assert!(point["tl"].is_u64());
            for frame in point["fs"].as_array().unwrap() {
                assert!((frame.as_u64().unwrap() as usize) < frames.len());
            }
        }
        // The viewer refuses a stack that occurs twice.
        let mut stacks: Vec<_> = points.iter().map(|point| point["fs"].to_string()).collect();
        stacks.sort();
        stacks.dedup();
        assert_eq!(stacks.len(), points.len());
    }
}

/// Loads the viewer without a page and lets it check the file and build its tree.
const VIEWER: &str = r#"
const fs = require("fs"), vm = require("vm");
const nothing = () => new Proxy(function () {}, {
  get: (target, key) => key === Symbol.toPrimitive ? () => "" : nothing(),
  set: () => true, apply: () => nothing(), construct: () => nothing(),
});
const context = { nothing, document: nothing(), window: nothing(), console };
vm.createContext(context);
const source = fs.readFileSync(process.argv[2], "utf8") + `
;globalThis.check = (text) => {
  gSelect = nothing();
  gData = JSON.parse(text);
  buildTree();
  return gRoot;
};`;
vm.runInContext(source, context);
const root = context.check(fs.readFileSync(process.argv[3], "utf8"));
console.log(JSON.stringify([root._totalBytes, root._totalBlocks, root._atTEndBytes]));
"#;

#[test]
fn the_viewer_builds_its_tree_from_it() {
    let viewer = Path::new("/usr/libexec/valgrind/dh_view.js");
    if !viewer.exists() {
        println!("skipped: no dh_view.js of valgrind");
        return;
    }
    let script = file(VIEWER.as_bytes());
    for sheet in [sheet(), odd()] {
        let bytes = file(&written(&sheet, Format::Dhat, None));
        let arguments = [script.path().to_str().unwrap(), viewer.to_str().unwrap()];
        let Some(text) = output("node", &arguments, bytes.path()) else {
            return;
        };
        let totals = sheet.totals();
        let bytes = (totals.allocated_bytes, totals.live_bytes);
        let expected = format!("[{},{},{}]", bytes.0, totals.allocations, bytes.1);
        assert!(text.contains(&expected), "{expected} in {text}");
    }
}
