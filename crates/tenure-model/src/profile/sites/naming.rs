//! Stacks in names: inlined functions spread out, and the frame that a site is named after.

use super::symbols::Lookup;
use super::{Frame, FrameId, Function, Site, Sites, SourceFrame, StackId, Symbols};
use std::borrow::Cow;

/// The frames of a record by name.
#[derive(Clone, Debug)]
pub struct Names<'a> {
    sites: &'a Sites,
    lookup: Lookup<'a>,
}

/// A frame as it is shown: one function, inlined or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFrame<'a> {
    /// The frame; functions inlined into each other have the same one.
    pub id: FrameId,
    /// Name of the function; `module+0xoffset` where there is none, and for what is no place in
    /// the program a word in brackets.
    pub function: Cow<'a, str>,
    /// Its name as the linker knows it, where that is known and another.
    pub mangled: Option<&'a str>,
    /// Path of the source file, where it is known.
    pub file: Option<&'a str>,
    /// Line in it, where it is known.
    pub line: Option<u32>,
    /// Path of the module; `None` for frames that lie in none.
    pub module: Option<&'a str>,
    /// Whether the function was inlined into the next one.
    pub inlined: bool,
    /// Whether the name comes from symbols, or from the interpreter.
    pub is_named: bool,
}

impl<'a> Names<'a> {
    /// The names that `symbols` gives to the frames of `sites`.
    pub fn new(sites: &'a Sites, symbols: &'a Symbols) -> Self {
        let lookup = Lookup::new(sites, symbols);
        Self { sites, lookup }
    }

    /// The sites whose frames these are.
    pub fn sites(&self) -> &'a Sites {
        self.sites
    }

    /// The functions at one frame, innermost first; at least one.
    pub fn frame(&self, id: FrameId) -> Vec<NamedFrame<'a>> {
        let frame = self.sites.frame(id);
        if let Frame::Interpreted { function, line } = frame
            && let Some(function) = self.sites.functions.get(function.index())
            && !function.name.is_empty()
        {
            return vec![of_function(id, function, line)];
        }
        let module = match frame {
            Frame::Code { module, .. } => self.sites.module(module),
            _ => None,
        };
        let named = |source: &'a SourceFrame| NamedFrame {
            id,
            function: Cow::Borrowed(source.function.as_str()),
            mangled: source.mangled.as_deref(),
            file: source.file.as_deref(),
            line: source.line,
            module: module.map(|module| module.path.as_str()),
            inlined: source.inlined,
            is_named: true,
        };
        let sources = self.lookup.of(frame);
        if !sources.is_empty() {
            return sources.iter().map(named).collect();
        }
        let function = match frame {
            Frame::Code { offset, .. } => {
                let name = module.map_or("?", |module| module.name());
                Cow::Owned(format!("{name}+{offset:#x}"))
            }
            Frame::Address(address) => Cow::Owned(format!("{address:#x}")),
            Frame::Interpreted { .. } => Cow::Borrowed("[interpreted]"),
            Frame::Truncated => Cow::Borrowed("[truncated]"),
            Frame::NotCaptured => Cow::Borrowed("[no stack]"),
            Frame::Unknown => Cow::Borrowed("[unknown]"),
        };
        vec![NamedFrame {
            id,
            function,
            mangled: None,
            file: None,
            line: None,
            module: module.map(|module| module.path.as_str()),
            inlined: false,
            is_named: false,
        }]
    }

    /// The functions of a stack, innermost first.
    pub fn stack(&self, stack: StackId) -> Vec<NamedFrame<'a>> {
        let frames = self.sites.stacks.frames(stack);
        frames.flat_map(|frame| self.frame(frame)).collect()
    }

    /// The frame that a site is named after: the innermost one that is neither of the C or C++
    /// runtime nor an allocation wrapper, nor of an interpreter whose functions are on the stack;
    /// the innermost of all where every one is.
    ///
    /// `None` for an empty stack.
    pub fn own(&self, site: &Site) -> Option<NamedFrame<'a>> {
        self.own_of(site.stack)
    }

    /// As [`Names::own`], of a site whose stack this is.
    pub fn own_of(&self, stack: StackId) -> Option<NamedFrame<'a>> {
        let mut innermost = None;
        let is_interpreted = self.is_interpreted(stack);
        for frame in self.sites.stacks.frames(stack) {
            for named in self.frame(frame) {
                let is_loop = is_interpreted && self.is_interpreter(&named);
                if !is_loop && !self.is_plumbing(&named) {
                    return Some(named);
                }
                innermost = innermost.or(Some(named));
            }
        }
        innermost
    }

    /// Whether functions of an interpreter are on `stack`: then those are its own places, and not
    /// the interpreter's ([`Names::is_interpreter`]).
    pub fn is_interpreted(&self, stack: StackId) -> bool {
        let mut frames = self.sites.stacks.frames(stack);
        frames.any(|frame| matches!(self.sites.frame(frame), Frame::Interpreted { .. }))
    }

    /// Whether `frame` is of an interpreter, or of the modules that come with it.
    pub fn is_interpreter(&self, frame: &NamedFrame<'_>) -> bool {
        frame.module.is_some_and(is_interpreter)
    }

    /// Whether `frame` is of the C or C++ runtime, an allocation wrapper, or of a standard
    /// library's containers: places that allocate for somebody else.
    pub fn is_plumbing(&self, frame: &NamedFrame<'_>) -> bool {
        match self.sites.frame(frame.id) {
            Frame::Truncated | Frame::NotCaptured | Frame::Unknown => return true,
            Frame::Code { module, .. } => {
                let module = self.sites.module(module);
                if module.is_some_and(|module| is_runtime(module.name())) {
                    return true;
                }
            }
            Frame::Interpreted { .. } => return false,
            Frame::Address(_) => {}
        }
        frame.is_named && is_wrapper(&frame.function)
    }
}

/// A line of an interpreted function.
fn of_function(id: FrameId, function: &Function, line: u32) -> NamedFrame<'_> {
    NamedFrame {
        id,
        function: Cow::Borrowed(&function.name),
        mangled: None,
        file: Some(function.file.as_str()).filter(|file| !file.is_empty()),
        line: Some(line).filter(|&line| line > 0),
        module: None,
        inlined: false,
        is_named: true,
    }
}

/// Libraries that allocate on behalf of their callers, by the beginning of their file's name.
const RUNTIMES: [&str; 9] = [
    "libc.so",
    "libc-2",
    "libc.musl",
    "ld-linux",
    "ld-musl",
    "libstdc++",
    "libc++",
    "libgcc_s",
    "libpthread",
];

/// Functions that allocate on behalf of their callers, by the beginning of their name.
const WRAPPERS: [&str; 24] = [
    "operator new",
    "std::",
    "<std::",
    "__gnu_cxx::",
    "__cxxabiv1::",
    "alloc::",
    "<alloc::",
    "core::",
    "<core::",
    "hashbrown::",
    "<hashbrown::",
    "__rust",
    "_rdl_",
    "__rdl_",
    "PyMem_",
    "_PyMem_",
    "PyObject_GC_",
    "_PyObject_GC_",
    "_PyObject_New",
    "PyType_GenericAlloc",
    "_PyType_Alloc",
    "g_slice_",
    "g_strdup",
    "gc_alloc",
];

/// What a name contains, in lower case, of nearly every allocation wrapper of a program.
const WRAPPER_PARTS: [&str; 6] = [
    "malloc",
    "calloc",
    "realloc",
    "memalign",
    "strdup",
    "posix_memalign",
];

/// The folder of the compiled modules that come with CPython.
const INTERPRETER_MODULES: &str = "/lib-dynload/";
/// The files of CPython, by the beginning of their name.
const INTERPRETERS: [&str; 2] = ["libpython", "python"];

fn is_interpreter(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    INTERPRETERS.iter().any(|begin| name.starts_with(begin)) || path.contains(INTERPRETER_MODULES)
}

fn is_runtime(module: &str) -> bool {
    RUNTIMES.iter().any(|begin| module.starts_with(begin))
}

fn is_wrapper(function: &str) -> bool {
    let name = qualified(function);
    let begins = |name: &str| WRAPPERS.iter().any(|begin| name.starts_with(begin));
    if begins(function) || begins(name) {
        return true;
    }
    // The last part of a path: `redis::zmalloc` is a wrapper, `malloc_stats::print` is none.
    let last = name.rsplit("::").next().unwrap_or(name).to_lowercase();
    WRAPPER_PARTS.iter().any(|part| last.contains(part))
}

/// The name in a demangled function: without its result and its parameters.
/// `void std::f<int>(int)` gives `std::f<int>`; what begins with `<` is a name as it is.
fn qualified(function: &str) -> &str {
    if function.starts_with('<') {
        return function;
    }
    let (mut depth, mut begin, mut end) = (0_usize, 0, function.len());
    for (at, char) in function.char_indices() {
        match char {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 => begin = at + 1,
            '(' if depth == 0 && at > begin => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    function.get(begin..end).unwrap_or(function)
}

#[cfg(test)]
mod tests {
    //! Which names are taken for wrappers.

    use super::*;

    #[test]
    fn an_interpreter_is_known_by_its_file() {
        let interpreters = [
            "/usr/bin/python3.11",
            "/opt/lib/libpython3.13.so.1.0",
            "/usr/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so",
        ];
        for path in interpreters {
            assert!(is_interpreter(path), "{path}");
        }
        let others = [
            "/usr/bin/shop",
            "/usr/lib/python3/dist-packages/numpy/core/_multiarray.so",
            "/opt/python3.11/app",
        ];
        for path in others {
            assert!(!is_interpreter(path), "{path}");
        }
    }

    #[test]
    fn wrappers_are_told_from_functions_of_the_program() {
        let wrappers = [
            "operator new(unsigned long)",
            "operator new[](unsigned long)",
            "void std::vector<int, std::allocator<int> >::_M_realloc_insert<int const&>(int)",
            "std::__cxx11::basic_string<char>::_M_create(unsigned long&, unsigned long)",
            "<alloc::vec::Vec<T> as core::clone::Clone>::clone",
            "alloc::raw_vec::RawVec<T,A>::grow_one",
            "__rust_alloc",
            "PyMem_RawMalloc",
            "PyObject_Malloc",
            "_PyObject_GC_New",
            "g_malloc0",
            "xmalloc",
            "zmalloc_usable",
            "sqlite3MemRealloc",
            "xstrdup",
        ];
        for name in wrappers {
            assert!(is_wrapper(name), "{name}");
        }
        let own = [
            "main",
            "parse(std::string const&)",
            "app::Cache::insert",
            "std_like::f",
            "allocate_node",
            "void load<std::string>(std::string)",
            "<app::Tree as core::clone::Clone>::clone",
            "dict_new",
        ];
        for name in own {
            assert!(!is_wrapper(name), "{name}");
        }
    }
}
