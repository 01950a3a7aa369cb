//! C and C++ programs, compiled when a test needs them and loaded into the test's own process.

use std::ffi::{CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlclose(handle: *mut c_void) -> c_int;
}

const NOW: c_int = 2;

/// What a program calls from deep inside.
pub(crate) type Probe = unsafe extern "C-unwind" fn(*mut c_void);
/// How a program is entered: its probe, what to give it, and two numbers.
pub(crate) type Entry = unsafe extern "C-unwind" fn(Probe, *mut c_void, u64, i64) -> c_int;

/// A loaded program.
pub(crate) struct Program {
    handle: *mut c_void,
}

/// Compiles `source` with `options`, anew for each call: tests run at once. Gives the path.
pub(crate) fn compile(source: &str, options: &[&str]) -> PathBuf {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/programs")
        .join(source);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("{source}-{}-{number}.so", std::process::id());
    let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let compiler = if source.ends_with(".c") { "cc" } else { "c++" };
    let done = Command::new(compiler)
        .args(["-shared", "-fPIC", "-pthread", "-w", "-o"])
        .arg(&into)
        .args(options)
        .arg(from)
        .status()
        .unwrap_or_else(|error| panic!("{compiler} is needed for this test: {error}"));
    assert!(done.success(), "{source} does not compile");
    into
}

impl Program {
    pub(crate) fn load(path: &Path) -> Self {
        let name = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: our own programs, which do nothing when they are loaded.
        let handle = unsafe { dlopen(name.as_ptr(), NOW) };
        assert!(!handle.is_null(), "{path:?} cannot be loaded");
        Self { handle }
    }

    pub(crate) fn entry(&self, name: &str) -> Entry {
        let name = CString::new(name).unwrap();
        // SAFETY: the handle is open.
        let address = unsafe { dlsym(self.handle, name.as_ptr()) };
        assert!(!address.is_null(), "{name:?}");
        // SAFETY: every `run_…` of the programs has this type.
        unsafe { std::mem::transmute::<*mut c_void, Entry>(address) }
    }

    /// Closes it; nothing of it may be on any stack.
    pub(crate) fn close(self) {
        // SAFETY: opened in `load`.
        assert_eq!(unsafe { dlclose(self.handle) }, 0);
    }
}
