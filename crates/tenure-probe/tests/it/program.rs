//! A small program, compiled for a test.

use object::{Object, ObjectSection, ObjectSymbol};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use tenure_probe::symbols::{Module, ModuleKind};

/// Three functions, two of which the compiler is told to put into the third.
pub(crate) const INLINED_C: &str = r#"#include <stdlib.h>
static inline __attribute__((always_inline)) void *innermost(size_t bytes) {
    return malloc(bytes * 3);
}
static inline __attribute__((always_inline)) void *middle(size_t bytes) {
    void *block = innermost(bytes + 1);
    return block;
}
__attribute__((noinline)) void *outermost(size_t bytes) {
    void *block = middle(bytes + 2);
    __asm__ volatile("" ::: "memory");
    return block;
}
static __attribute__((noinline)) void hidden(void *block) {
    __asm__ volatile("" :: "r"(block) : "memory");
    free(block);
}
int main(void) {
    hidden(outermost(7));
    return 0;
}
"#;

/// A folder with a program in it; gone when dropped.
pub(crate) struct Program {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

/// Runs a program; whether it went well, `None` where it is missing.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Option<bool> {
    let output = Command::new(program).args(arguments).output().ok()?;
    if !output.status.success() {
        eprintln!("{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Some(output.status.success())
}

impl Program {
    /// Compiles `source` by `compiler`; `None`, said, where there is no such compiler.
    pub(crate) fn compile(compiler: &str, source: &str, flags: &[&str]) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let extension = if compiler.contains('+') { "cpp" } else { "c" };
        let source_path = folder.path().join(format!("source.{extension}"));
        std::fs::write(&source_path, source).expect("write the source");
        let path = folder.path().join("program");
        let (input, output) = (source_path.to_str()?, path.to_str()?);
        let mut arguments = vec!["-O2", "-Wl,--build-id=sha1", "-o", output, input];
        arguments.extend(flags);
        match run(compiler, &arguments) {
            None => println!("skipped: no {compiler}"),
            Some(false) => println!("skipped: {compiler} does not take {flags:?}"),
            Some(true) => return Some(Self { folder, path }),
        }
        None
    }

    /// The program with lines and inlined functions.
    pub(crate) fn inlined() -> Option<Self> {
        Self::compile("cc", INLINED_C, &["-g"])
    }

    pub(crate) fn module(&self) -> Module {
        module_of(&self.path)
    }

    /// Every address of the function called `name`.
    pub(crate) fn addresses(&self, name: &str) -> Vec<u64> {
        addresses_of(&self.path, name)
    }

    /// Runs a tool on files of the folder; false, said, where it is missing.
    pub(crate) fn tool(&self, tool: &str, arguments: &[&str]) -> bool {
        match Command::new(tool)
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
        {
            Err(_) => {
                println!("skipped: no {tool}");
                false
            }
            Ok(output) => {
                assert!(output.status.success(), "{tool} {arguments:?}: {output:?}");
                true
            }
        }
    }
}

pub(crate) fn module_of(path: &Path) -> Module {
    let bytes = std::fs::read(path).expect("read the program");
    let elf = object::File::parse(&*bytes).expect("an ELF file");
    let build_id = elf
        .build_id()
        .expect("notes")
        .unwrap_or_default()
        .to_owned();
    Module {
        path: path.to_owned(),
        build_id,
        kind: ModuleKind::File,
    }
}

pub(crate) fn addresses_of(path: &Path, name: &str) -> Vec<u64> {
    let bytes = std::fs::read(path).expect("read the program");
    let elf = object::File::parse(&*bytes).expect("an ELF file");
    let symbol = elf
        .symbol_by_name(name)
        .unwrap_or_else(|| panic!("no symbol {name}"));
    (symbol.address()..symbol.address() + symbol.size()).collect()
}

/// Every address of `.text`.
pub(crate) fn text_of(path: &Path) -> Vec<u64> {
    let bytes = std::fs::read(path).expect("read the program");
    let elf = object::File::parse(&*bytes).expect("an ELF file");
    let text = elf.section_by_name(".text").expect("code");
    (text.address()..text.address() + text.size()).collect()
}
