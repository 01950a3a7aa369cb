//! A page in a real browser: what it shows, and what it complains of.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where a Chromium may be.
const BROWSERS: [&str; 3] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
];
/// Seconds after which a browser is held to hang.
const PATIENCE: &str = "120";

/// What came of opening a page.
pub(crate) struct Opened {
    /// The document at the end.
    pub(crate) dom: String,
    /// What was written to the console, scripts' failures among it.
    pub(crate) console: Vec<String>,
}

/// How the window looks.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) dark: bool,
}

/// An ordinary window.
pub(crate) const WINDOW: Window = Window {
    width: 1280,
    dark: false,
};

/// Opens `html` from disk, and runs `script` in it once it is drawn; `None` without a browser.
pub(crate) fn open(html: &str, script: &str, window: Window) -> Option<Opened> {
    let Some(browser) = BROWSERS.into_iter().find(|path| Path::new(path).exists()) else {
        skipped("the page in a browser", "no chromium is installed here");
        return None;
    };
    let scratch = Scratch::new();
    let script = format!("<script type=\"module\">\n{script}\n</script></body>");
    let file = scratch.0.join("page.html");
    fs::write(&file, html.replacen("</body>", &script, 1)).unwrap();
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", PATIENCE, browser]).args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-logging=stderr",
        "--virtual-time-budget=5000",
        "--dump-dom",
    ]);
    if window.dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let profile = scratch.0.join("profile");
    command
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={},900", window.width))
        .arg(format!("file://{}", file.display()));
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{browser}: {errors}");
    let console = errors.lines().filter(|line| line.contains(":CONSOLE:"));
    Some(Opened {
        dom: String::from_utf8_lossy(&output.stdout).into_owned(),
        console: console.map(String::from).collect(),
    })
}

impl Opened {
    /// The page was drawn, without a complaint.
    pub(crate) fn expect_drawn(&self) -> &Self {
        assert_eq!(self.console, Vec::<String>::new());
        assert!(self.dom.contains("data-state=\"drawn\""));
        assert!(!self.dom.contains("class=\"failure\""));
        for nonsense in [">NaN", "undefined", "[object"] {
            let shown = self.dom.split("id=\"data\"").next().unwrap();
            let (_, shown) = shown.split_once("<main").unwrap();
            assert!(!shown.contains(nonsense), "{nonsense}");
        }
        self
    }

    /// What the script has written by `say`, one line each.
    pub(crate) fn said(&self) -> Vec<String> {
        let (_, from) = self.dom.split_once("<pre id=\"said\">").expect("it says");
        let (said, _) = from.split_once("</pre>").expect("it ends");
        let plain = said
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&nbsp;", " ")
            .replace("&amp;", "&");
        plain.lines().map(String::from).collect()
    }
}

/// Begins a script: what it needs to drive a page and to say what it sees.
pub(crate) const DRIVE: &str = include_str!("driven/drive.js");

/// A folder of one test's own, removed at its end.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("scratch-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Says on the real stdout, which the test harness does not keep back, what was not tested and why.
pub(crate) fn skipped(what: &str, reason: &str) {
    let _ = writeln!(std::io::stdout(), "skipped: {what}: {reason}");
}
