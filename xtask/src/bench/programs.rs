//! The real programs, `bench/heap/programs/programs.toml`: what is run, and whether it can be.

mod repository;
mod server;

#[cfg(test)]
pub(super) use server::{cpu_ns, peak_bytes};

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml::de::DeTable;

use super::binaries::{self, Contestant, clear};
use super::rivals::{string, strings, tables};
use super::rounds::output_in_time;
use super::rows::{REAL, Row, Work};
use super::samples::{Sample, parse_sample};

/// For `--quick` and for counting, a program gets so many times less to do.
const LESS: u64 = 10;

/// One program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// The program and its arguments, with `{size}` in them.
    run: Vec<String>,
    size: u64,
    /// Environment variables.
    set: Vec<(String, String)>,
    /// Whether it is a server that is asked from outside.
    server: bool,
}

/// Who runs programs.
#[derive(Clone, Debug)]
pub(super) struct Launcher {
    file: PathBuf,
}

/// The rows of all programs that can be run here; those that cannot are told on stderr and given
/// back with the reason.
pub(super) fn list(root: &Path) -> Result<(Vec<Row>, Vec<String>), String> {
    let path = root.join("bench/heap/programs/programs.toml");
    let text = fs::read_to_string(&path);
    let text = text.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let work = root.join("target/bench/programs");
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    let folders = [
        ("{programs}", root.join("bench/heap/programs")),
        ("{work}", work.clone()),
    ];
    let (mut rows, mut skipped) = (Vec::new(), Vec::new());
    for (row, needs) in parse(&text).map_err(|error| format!("{}: {error}", path.display()))? {
        let name = row.name.clone();
        match ready(row, needs.as_deref(), &folders) {
            Ok(row) => rows.push(row),
            Err(reason) => skipped.push(format!("program {name} ({reason})")),
        }
    }
    Ok((rows, skipped))
}

/// Parses the list; each row with what it needs.
pub(super) fn parse(text: &str) -> Result<Vec<(Row, Option<String>)>, String> {
    let document = DeTable::parse(text).map_err(|error| error.to_string())?;
    tables(document.get_ref(), "program").map(entry).collect()
}

fn entry(table: &DeTable<'_>) -> Result<(Row, Option<String>), String> {
    let name = string(table, "name")?;
    let size = table
        .get("size")
        .and_then(|value| value.get_ref().as_integer());
    let size = size.and_then(|size| size.as_str().replace('_', "").parse().ok());
    let pairs = strings(table, "set").unwrap_or_default();
    let pair = |pair: &String| {
        let split = pair.split_once('=');
        split.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let counted = table
        .get("counted")
        .and_then(|value| value.get_ref().as_bool());
    let kind = string(table, "kind").unwrap_or_default();
    if !["", "server"].contains(&kind.as_str()) {
        return Err(format!("{name}: `{kind}` is no kind of program"));
    }
    let program = Program {
        run: strings(table, "run")
            .filter(|run| !run.is_empty())
            .ok_or_else(|| format!("{name}: `run` is missing"))?,
        size: size.ok_or_else(|| format!("{name}: `size` is no number"))?,
        set: pairs
            .iter()
            .map(pair)
            .collect::<Option<_>>()
            .ok_or_else(|| format!("{name}: `set` takes NAME=VALUE"))?,
        server: kind == "server",
    };
    let row = Row {
        name,
        set: REAL.to_owned(),
        countable: counted == Some(true),
        about: string(table, "about")?,
        work: Work::Program(program),
    };
    Ok((row, string(table, "needs").ok()))
}

/// The row with its paths filled in and what it needs prepared.
fn ready(mut row: Row, needs: Option<&str>, folders: &[(&str, PathBuf)]) -> Result<Row, String> {
    let Work::Program(program) = &mut row.work else {
        return Ok(row);
    };
    let file = executable(&program.run[0])
        .ok_or_else(|| format!("`{}` is not installed", program.run[0]))?;
    program.run[0] = file.display().to_string();
    for (name, folder) in folders {
        for argument in &mut program.run {
            *argument = argument.replace(name, &folder.display().to_string());
        }
    }
    match needs {
        None => {}
        Some("repository") => {
            let [_, (_, work)] = folders else {
                return Err("there is no folder to work in".into());
            };
            repository::prepare(&file, &work.join("repository"))?;
        }
        Some(other) => return Err(format!("`{other}` cannot be prepared")),
    }
    Ok(row)
}

/// The file of a program: the first of its name in /usr/bin or on the path that is no script. A
/// script that chooses among versions would be measured instead.
pub(super) fn executable(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [PathBuf::from("/usr/bin")]
        .into_iter()
        .chain(env::split_paths(&path));
    folders.map(|folder| folder.join(name)).find(|file| {
        let mut magic = [0; 4];
        let opened = File::open(file).and_then(|mut file| file.read_exact(&mut magic));
        opened.is_ok() && magic == *b"\x7fELF"
    })
}

impl Launcher {
    /// Builds it.
    pub(super) fn build(root: &Path) -> Result<Launcher, String> {
        let file = binaries::build(root, "launch")?;
        Ok(Launcher { file })
    }

    /// Runs a program once on a contestant's library.
    pub(super) fn run(
        &self,
        program: &Program,
        contestant: &Contestant,
        quick: bool,
    ) -> Result<Sample, String> {
        if program.server {
            return server::run(program, contestant, program.size(quick));
        }
        let mut command = Command::new(&self.file);
        command.args(program.arguments(quick));
        program.surround(&mut command);
        if let Some(library) = contestant.library() {
            command.env("BENCH_PRELOAD", library);
        }
        let output = output_in_time(&mut command)?;
        parse_sample(&output).ok_or_else(|| format!("it printed `{}`", output.trim()))
    }
}

impl Program {
    /// The command that runs a small run of it on a contestant's library, as the argument of
    /// `before`.
    pub(super) fn counted_command(&self, before: &[&str], contestant: &Contestant) -> Command {
        let mut command = Command::new(before[0]);
        command.args(&before[1..]).args(self.arguments(true));
        self.surround(&mut command);
        if let Some(library) = contestant.library() {
            command.env("LD_PRELOAD", library);
        }
        command
    }

    fn surround(&self, command: &mut Command) {
        clear(command);
        let set = self.set.iter().map(|(name, value)| (name, value));
        command.envs(set);
    }

    /// The program and its arguments.
    fn arguments(&self, less: bool) -> Vec<String> {
        let size = self.size(less).to_string();
        let run = self.run.iter();
        run.map(|argument| argument.replace("{size}", &size))
            .collect()
    }

    fn size(&self, less: bool) -> u64 {
        match less {
            true => (self.size / LESS).max(1),
            false => self.size,
        }
    }
}
