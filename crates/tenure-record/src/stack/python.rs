//! Python frames in stacks: an activation of CPython's loop is told as the frames that it runs.
//!
//! ```text
//! modules ─ exports, layout ─ Interpreter          (once, when its first frame is met)
//! thread's structure ─ chain ─ cache ─ code        (each capture)
//!                        └─ Splice ─ trie          (the frames in place of the loop's)
//! ```
//!
//! # Why a Python frame may be told
//!
//! The interpreter says itself which of its thread structures is the calling thread's own
//! (`PyGILState_GetThisThreadState`, three loads, no lock), and only a thread itself changes its
//! chain of frames: so it may be read whether or not the thread holds the global lock. The C
//! library's thread that the structure names must be this one. While the interpreter ends, other
//! threads' structures are taken down: then nothing is read. Each pointer is checked before it is
//! followed ([`pages`]), each chain is bounded, and a code object must be of the type of such.
//!
//! # Where it is told
//!
//! Each loop keeps something on the stack whose address tells which native frame is the loop's
//! ([`chain`]). That frame's place in the stack is taken by the Python frames that it runs, so the
//! merged stack is a path of the trie as any other, and stacks that begin alike share nodes. Frames
//! of loops whose Python frames are not known stay native.
//!
//! **Cost:** a process without Python pays one load and one comparison for each capture. With it
//! each capture reads about ten words for each Python frame, and looks up those that are not the
//! same as last time, and the native frames inside of them.
//!
//! **Limits:** a thread that runs in a subinterpreter has the structure of another one as its own;
//! its frames stay native. So do frames of an interpreter that exports no symbols.

mod cache;
mod chain;
mod code;
mod exports;
mod layout;
mod pages;
mod splice;

pub(crate) use splice::{Native, Splice};

use super::image::Image;
use super::modules::Modules;
use cache::Cache;
use chain::{Chain, FRAMES_MAX, Raw};
use code::Code;
use core::mem::transmute;
use core::ptr::with_exposed_provenance;
use exports::Exports;
use layout::{Layout, OBJECT_TYPE};
use pages::Pages;
use tenure_os::thread;
use tenure_trace::profile::code::{
    FILE_CAPACITY, NAME_CAPACITY, STATE_BUILD, STATE_READ, STATE_VERSION, offset_of,
};
use tenure_trace::profile::node::{Frame, MODULE_INTERPRETED};

/// What every CPython exports, from 2.7 on.
const EVERY_PYTHON: &[u8] = b"PyEval_EvalFrameEx";

/// A Python function as it is found.
#[derive(Clone, Copy, Debug)]
pub struct FunctionFacts<'a> {
    /// Its qualified name, UTF-8.
    pub name: &'a [u8],
    /// The path of its file, UTF-8.
    pub file: &'a [u8],
    /// The line on which it begins; 0 where that is not known.
    pub first_line: u32,
}

/// The interpreter of this process; all-zero bytes are none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interpreter {
    start: usize,
    end: usize,
    /// `PyGILState_GetThisThreadState`.
    own_thread: usize,
    /// `Py_IsFinalizing`, or its older name.
    is_ending: usize,
    /// `PyCode_Type`.
    code_type: usize,
    layout: Layout,
}

impl Interpreter {
    /// Looks for an interpreter in `image`: `None` where it is none. Else its version (0 where it
    /// does not say), and what is needed to read its frames, or why they cannot be read.
    pub(crate) fn look(image: &Image) -> Option<(u64, Result<Self, u64>)> {
        let mut pages = Pages::new();
        let exports = Exports::of(image, &mut pages)?;
        exports.find(EVERY_PYTHON, &mut pages)?;
        let version = exports.find(b"Py_Version", &mut pages);
        let version = version.and_then(|at| pages.word(at)).unwrap_or(0) as u64;
        Some((version, Self::read(image, &exports, version, &mut pages)))
    }

    fn read(
        image: &Image,
        exports: &Exports,
        version: u64,
        pages: &mut Pages,
    ) -> Result<Self, u64> {
        if version == 0 {
            return Err(STATE_VERSION);
        }
        let mut find = |name: &[u8]| exports.find(name, pages).ok_or(STATE_BUILD);
        let runtime = find(b"_PyRuntime")?;
        let own_thread = find(b"PyGILState_GetThisThreadState")?;
        let is_ending = find(b"Py_IsFinalizing").or_else(|_| find(b"_Py_IsFinalizing"))?;
        let code_type = find(b"PyCode_Type")?;
        Ok(Self {
            start: image.start,
            end: image.end,
            own_thread,
            is_ending,
            code_type,
            layout: Layout::of(version, runtime, pages)?,
        })
    }

    /// None.
    pub(crate) const fn none() -> Self {
        Self {
            start: 0,
            end: 0,
            own_thread: 0,
            is_ending: 0,
            code_type: 0,
            layout: Layout::NONE,
        }
    }

    /// Whether this is one.
    pub(crate) fn is_there(&self) -> bool {
        self.end != 0
    }

    /// Whether `pc` lies in it.
    #[inline(always)]
    pub(crate) fn covers(&self, pc: usize) -> bool {
        pc.wrapping_sub(self.start) < self.end - self.start
    }

    /// The structure of the calling thread, if it has one that may be read.
    ///
    /// # Safety
    /// * The interpreter stays mapped during the call.
    #[inline]
    unsafe fn own_thread(&self) -> Option<usize> {
        // SAFETY: both were found by these names in an image of CPython, which declares them so
        // since 3.4 and 3.7; neither has effects, locks or memory of its own. The image stays.
        let (own_thread, is_ending) = unsafe {
            let own_thread: *const () = with_exposed_provenance(self.own_thread);
            let is_ending: *const () = with_exposed_provenance(self.is_ending);
            (
                transmute::<*const (), extern "C" fn() -> *const u8>(own_thread),
                transmute::<*const (), extern "C" fn() -> i32>(is_ending),
            )
        };
        let thread = own_thread();
        if thread.is_null() || is_ending() != 0 {
            return None;
        }
        Some(thread.expose_provenance())
    }
}

/// A Python frame that is remembered, with its node.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    raw: Raw,
    /// Its word in stacks; 0: it is not told.
    word: u64,
    /// The node of the stack up to it.
    node: u32,
    /// The place of its loop's native frame, counted from the outermost.
    entry: u32,
}

/// What a thread keeps of Python; all-zero bytes are a valid fresh value.
pub(crate) struct Python {
    /// The mark of [`Modules`] at which the interpreter was looked up.
    mark: u32,
    interpreter: Interpreter,
    pages: Pages,
    chain: Chain,
    /// The frames of the last capture, outermost first.
    told: [Told; FRAMES_MAX],
    told_len: usize,
    cache: Cache,
}

impl Python {
    /// Forgets the last stack.
    pub(crate) fn forget_frames(&mut self) {
        self.told_len = 0;
    }

    /// Forgets what was readable too, as when another thread takes this over.
    pub(crate) fn forget(&mut self) {
        self.forget_frames();
        self.pages.clear();
    }

    /// Brings the interpreter up to `modules`; whether there is one that can be read.
    #[inline(always)]
    pub(crate) fn is_there(&mut self, modules: &Modules) -> bool {
        let mark = modules.interpreter_mark();
        if mark == self.mark {
            return mark != 0 && self.interpreter.is_there();
        }
        self.enter(mark, modules)
    }

    #[cold]
    fn enter(&mut self, mark: u32, modules: &Modules) -> bool {
        self.mark = mark;
        self.interpreter = modules.interpreter();
        self.forget();
        self.interpreter.is_there()
    }

    /// Whether `pc` lies in the interpreter.
    #[inline(always)]
    pub(crate) fn covers(&self, pc: usize) -> bool {
        self.interpreter.covers(pc)
    }

    /// Reads the chain of the calling thread. Empty where it has none.
    ///
    /// # Safety
    /// * The interpreter stays mapped during the call.
    unsafe fn read(&mut self) {
        let layout = &self.interpreter.layout;
        // SAFETY: by contract.
        let own = unsafe { self.interpreter.own_thread() };
        let named = own.and_then(|own| self.pages.word(own.checked_add(layout.thread_id)?));
        match own {
            Some(own) if named == Some(thread::id()) => {
                self.chain.read(own, layout, &mut self.pages);
            }
            _ => self.chain.clear(),
        }
    }

    /// The word in stacks for the place of `raw`; 0 where it is not to be told.
    #[inline]
    fn word(&mut self, raw: &Raw, modules: &Modules) -> u64 {
        let (interpreter, pages) = (&self.interpreter, &mut self.pages);
        let made = self
            .cache
            .word(raw, || make_word(raw, interpreter, pages, modules));
        made.unwrap_or(0)
    }
}

/// Function and line of `raw` as a word; 0 where it is not to be told, `None` where that cannot be
/// found out now.
#[cold]
#[inline(never)]
fn make_word(
    raw: &Raw,
    interpreter: &Interpreter,
    pages: &mut Pages,
    modules: &Modules,
) -> Option<u64> {
    let layout = &interpreter.layout;
    if pages.word(raw.code + OBJECT_TYPE)? != interpreter.code_type {
        return Some(0);
    }
    let code = Code::at(raw.code, layout, pages)?;
    if !code.is_begun(raw.instruction, layout, pages)? {
        return Some(0);
    }
    let (mut name, mut file) = ([0; NAME_CAPACITY], [0; FILE_CAPACITY]);
    let name_len = code.name(&mut name, layout, pages);
    let file_len = code.file(&mut file, layout, pages);
    let index = modules.add_function(&FunctionFacts {
        name: &name[..name_len],
        file: &file[..file_len],
        first_line: code.first_line(),
    })?;
    let line = code.line(raw.instruction, layout, pages);
    Some(Frame::new(MODULE_INTERPRETED, offset_of(index, line)).0)
}

/// The state that the code file says of an interpreter that was looked for.
pub(crate) fn state_of(found: &Result<Interpreter, u64>) -> u64 {
    match found {
        Ok(_) => STATE_READ,
        Err(state) => *state,
    }
}
