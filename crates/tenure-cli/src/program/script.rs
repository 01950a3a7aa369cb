//! Scripts: the interpreter that the `#!` line names.

use super::{Refusal, is_executable};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The interpreter that a file beginning with `head` names; `None` for a file without `#!`.
pub(super) fn interpreter(head: &[u8]) -> Option<&OsStr> {
    let line = head
        .strip_prefix(b"#!")?
        .split(|&byte| byte == b'\n' || byte == 0)
        .next()?;
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut words = line
        .split(|byte| is_blank(byte))
        .filter(|word| !word.is_empty());
    Some(OsStr::from_bytes(words.next().unwrap_or_default()))
}

/// The path of `interpreter`, when the kernel can run it for `script`.
pub(super) fn check(script: &Path, interpreter: &OsStr) -> Result<PathBuf, Refusal> {
    let refused = |why: &str| {
        Err(Refusal::Interpreter {
            script: script.to_owned(),
            interpreter: interpreter.to_owned(),
            why: why.to_owned(),
        })
    };
    if interpreter.is_empty() {
        return refused("the line names none; write one, such as #!/bin/sh");
    }
    if interpreter.as_bytes().ends_with(b"\r") {
        return refused(
            "the line ends with a carriage return, which the kernel takes as part of the name; \
             save the script with line feeds alone",
        );
    }
    match fs::metadata(interpreter) {
        Ok(found) if found.is_dir() => refused("that is a folder; correct the line"),
        Ok(found) if is_executable(&found) => Ok(PathBuf::from(interpreter)),
        Ok(_) => refused("that is not executable; correct the line, or its mode by chmod +x"),
        Err(error) => refused(&format!("{error}; install it or correct the line")),
    }
}
