//! A program that stops where it is measured.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{self, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use super::rivals::Rival;

/// A running program. It is killed when this is dropped.
pub(super) struct Child {
    child: process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts `program` on the malloc of `rival`.
    pub(super) fn start(rival: &Rival, program: &Path, args: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(program);
        command
            .args(args)
            .env_remove("LD_PRELOAD")
            .env_remove("TENURE");
        if let Some(library) = &rival.library {
            command.env("LD_PRELOAD", library);
        }
        // What an allocator says on stderr when it ends the program is expected.
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let fault = |error| format!("{}: {error}", program.display());
        let mut child = command.spawn().map_err(fault)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (input, output) = input.zip(output).ok_or("a program without pipes")?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    /// Waits until the program says `name`; gives the number beside it. It then sleeps, or goes on.
    pub(super) fn said(&mut self, name: &str) -> Result<f64, String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        read.map_err(|error| format!("`{name}` cannot be read: {error}"))?;
        let number = line
            .strip_prefix(name)
            .and_then(|rest| rest.trim().parse().ok());
        match number {
            Some(number) => Ok(number),
            None if line.is_empty() => Err(format!("ended before `{name}`: {}", self.end()?)),
            None => Err(format!("`{}` where `{name}` was expected", line.trim())),
        }
    }

    /// Wakes it.
    pub(super) fn go_on(&mut self) -> Result<(), String> {
        let written = self.input.write_all(b"\n");
        written.map_err(|error| format!("the program cannot be woken: {error}"))
    }

    /// Waits for its end; what it still says is passed over.
    pub(super) fn end(&mut self) -> Result<ExitStatus, String> {
        let rest = self.output.read_to_end(&mut Vec::new());
        rest.map_err(|error| error.to_string())?;
        self.child.wait().map_err(|error| error.to_string())
    }

    /// Bytes of it that are in memory now, counted page by page (`Rss` of `smaps_rollup`).
    pub(super) fn resident(&self) -> Result<f64, String> {
        self.bytes("smaps_rollup", "Rss:")
    }

    /// The most that this has been (`VmHWM`).
    pub(super) fn peak(&self) -> Result<f64, String> {
        self.bytes("status", "VmHWM:")
    }

    fn bytes(&self, file: &str, key: &str) -> Result<f64, String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        kibibytes(&text, key).ok_or_else(|| format!("{path} has no `{key}`"))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bytes of the line `KEY  NUMBER kB`.
pub(super) fn kibibytes(text: &str, key: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024.0)
}
