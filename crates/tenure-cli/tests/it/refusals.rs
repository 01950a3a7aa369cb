//! What `tenure run` does not start, and what it says instead.

use crate::command::{PATIENCE, processes, recorded, statistics, tenure};
use crate::process::{Ended, Scratch, find_or_skip, run, skipped};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// A user and group that are not root; they need not have names.
const NOBODY: u32 = 65_534;

fn expect_refusal(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.status.code(), Some(code), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.starts_with("tenure: "), "{}", ended.stderr);
    assert_eq!(
        ended.stderr.lines().count(),
        1,
        "one sentence: {}",
        ended.stderr
    );
    for part in parts {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}

/// A file in `scratch` with this content and mode.
fn file(scratch: &Scratch, name: &str, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
    let path = scratch.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn true_program() -> Vec<u8> {
    fs::read("/bin/true").unwrap()
}

#[test]
fn nothing_is_left_over_where_nothing_was_run() {
    let scratch = Scratch::new();
    recorded(&scratch, &["no-such-program"]);
    recorded(&scratch, &["/"]);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn a_missing_program() {
    let scratch = Scratch::new();
    let unknown = recorded(&scratch, &["no-such-program"]);
    expect_refusal(
        &unknown,
        2,
        &["no folder on PATH has a program \"no-such-program\""],
    );
    expect_refusal(
        &recorded(&scratch, &["./missing"]),
        2,
        &["./missing does not exist"],
    );
    file(&scratch, "here", "", 0o755);
    expect_refusal(
        &recorded(&scratch, &["here"]),
        2,
        &["for the one here type ./here"],
    );
    expect_refusal(
        &recorded(&scratch, &["/bin/true/x"]),
        2,
        &["does not exist"],
    );
    expect_refusal(&recorded(&scratch, &[""]), 2, &["check the name"]);
}

#[test]
fn a_folder() {
    let scratch = Scratch::new();
    expect_refusal(&recorded(&scratch, &["/usr"]), 2, &["/usr is a folder"]);
}

#[test]
fn a_file_that_nobody_may_execute() {
    let scratch = Scratch::new();
    file(&scratch, "script.py", "print()", 0o644);
    let ended = recorded(&scratch, &["./script.py"]);
    expect_refusal(
        &ended,
        2,
        &["./script.py is not executable", "chmod +x ./script.py"],
    );
}

#[test]
fn a_text_without_an_interpreter() {
    let scratch = Scratch::new();
    file(&scratch, "text", "echo hello\n", 0o755);
    let ended = recorded(&scratch, &["./text"]);
    expect_refusal(&ended, 2, &["tenure"]);
}

#[test]
fn a_script_runs_by_its_interpreter_and_a_broken_first_line_is_explained() {
    let scratch = Scratch::new();
    file(
        &scratch,
        "good",
        "#! /bin/sh -e\necho good; exit 3\n",
        0o755,
    );
    let ended = recorded(&scratch, &["./good"]);
    assert_eq!(
        (ended.stdout.as_str(), ended.status.code()),
        ("good\n", Some(3))
    );
    assert!(!processes(&statistics(&scratch)).is_empty());

    for (name, line, part) in [
        (
            "missing",
            "#!/no/such/shell",
            "\"/no/such/shell\": No such file",
        ),
        ("carriage-return", "#!/bin/sh\r", "carriage return"),
        ("none", "#!", "names none"),
        ("folder", "#!/usr", "that is a folder"),
        ("plain", "#!/etc/passwd", "that is not executable"),
    ] {
        file(&scratch, name, format!("{line}\n"), 0o755);
        let ended = recorded(&scratch, &[&format!("./{name}")]);
        expect_refusal(&ended, 2, &["is a script whose first line", part]);
    }
    let circle = scratch.join("circle");
    file(
        &scratch,
        "circle",
        format!("#!{}\n", circle.display()),
        0o755,
    );
    expect_refusal(
        &recorded(&scratch, &["./circle"]),
        2,
        &["further than the kernel follows"],
    );
}

#[test]
fn a_static_program() {
    let Some(compilers) = find_or_skip("static programs", &["cc"]) else {
        return;
    };
    let scratch = Scratch::new();
    fs::write(scratch.join("main.c"), "int main(void) { return 0; }").unwrap();
    file(&scratch, "script", "#!./static\n", 0o755);
    for flag in ["-static", "-static-pie"] {
        let mut compile = Command::new(&compilers[0]);
        compile
            .args([flag, "-o", "static", "main.c"])
            .current_dir(scratch.path());
        if !run(&mut compile, PATIENCE).status.success() {
            skipped(
                "static programs",
                &format!("cc {flag} finds no static C library here"),
            );
            continue;
        }
        for program in ["./static", "./script"] {
            let ended = recorded(&scratch, &[program]);
            expect_refusal(
                &ended,
                4,
                &["./static is statically linked", "link it dynamically"],
            );
        }
    }
}

#[test]
fn a_program_for_another_machine_and_a_damaged_one() {
    let scratch = Scratch::new();
    let good = true_program();
    let changed = |at: usize, to: u8| {
        let mut bytes = good.clone();
        bytes[at] = to;
        bytes
    };
    // e_ident[EI_CLASS], e_machine, e_type.
    file(&scratch, "narrow", changed(4, 1), 0o755);
    file(&scratch, "riscv", changed(18, 243), 0o755);
    file(&scratch, "object", changed(16, 1), 0o755);
    file(&scratch, "cut", &good[..40], 0o755);
    file(&scratch, "cut-later", &good[..100], 0o755);
    expect_refusal(
        &recorded(&scratch, &["./narrow"]),
        4,
        &["built for a 32-bit machine"],
    );
    expect_refusal(
        &recorded(&scratch, &["./riscv"]),
        4,
        &["another machine (ELF number 243)"],
    );
    expect_refusal(
        &recorded(&scratch, &["./object"]),
        2,
        &["not a program the kernel can start"],
    );
    expect_refusal(&recorded(&scratch, &["./cut"]), 2, &["damaged ELF file"]);
    expect_refusal(
        &recorded(&scratch, &["./cut-later"]),
        2,
        &["damaged ELF file"],
    );
}

#[test]
fn a_program_whose_loader_is_missing() {
    let scratch = Scratch::new();
    let mut bytes = true_program();
    let at = bytes
        .windows(6)
        .position(|window| window == b"/ld-li")
        .expect("a loader's path");
    bytes[at + 1] = b'x';
    file(&scratch, "foreign", bytes, 0o755);
    expect_refusal(
        &recorded(&scratch, &["./foreign"]),
        2,
        &["asks for the loader", "xd-li"],
    );
}

#[test]
fn a_record_that_cannot_be_written_is_refused_before_the_program_runs() {
    let scratch = Scratch::new();
    file(&scratch, "thesis.txt", "all my work", 0o644);
    for (output, part) in [
        ("thesis.txt", "is not a record of tenure"),
        ("missing/a.tnr", "nothing can be written beside it"),
        (".", "is a folder"),
        ("/dev/null", "is not an ordinary file"),
    ] {
        let mut command = tenure(&scratch);
        command.args(["run", "-o", output, "--", "touch", "ran"]);
        expect_refusal(&run(&mut command, PATIENCE), 2, &[part]);
    }
    assert!(!scratch.join("ran").exists());
    assert_eq!(
        fs::read(scratch.join("thesis.txt")).unwrap(),
        b"all my work"
    );
}

/// A folder that every user can reach, with a copy of the command and of `/bin/true`.
struct Shared {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Shared {
    /// `None`, with a reason printed, where the tests do not run as root.
    fn make(what: &str) -> Option<Self> {
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            skipped(what, "only root can give files to other users");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let program = folder.path().join("copy-of-true");
        fs::copy("/bin/true", &program).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_tenure"), folder.path().join("tenure")).unwrap();
        Some(Self { folder, program })
    }

    /// Runs the copy under tenure as `user`.
    fn run_as(&self, user: u32) -> Ended {
        let mut command = Command::new(self.folder.path().join("tenure"));
        command
            .args(["run", "-o", "a.tnr", "--"])
            .arg(&self.program);
        command.current_dir(self.folder.path()).uid(user).gid(user);
        command
            .env_remove("LD_PRELOAD")
            .env("TMPDIR", self.folder.path());
        let ended = run(command.env("XDG_CACHE_HOME", "/dev/null/none"), PATIENCE);
        let _ = fs::remove_file(self.folder.path().join("a.tnr"));
        ended
    }

    fn give(&self, owner: u32, mode: u32) {
        chown(&self.program, Some(owner), Some(owner)).unwrap();
        fs::set_permissions(&self.program, fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn a_program_that_gains_privileges() {
    let Some(shared) = Shared::make("set-user-id programs") else {
        return;
    };
    shared.give(0, 0o755);
    shared.run_as(NOBODY).expect_success("an ordinary program");
    shared.give(0, 0o4755);
    let ended = shared.run_as(NOBODY);
    expect_refusal(
        &ended,
        4,
        &["is set-user-id root", "the loader preloads nothing"],
    );
    shared
        .run_as(0)
        .expect_success("set-user-id root, started by root");
    shared.give(NOBODY, 0o4755);
    expect_refusal(&shared.run_as(0), 4, &["is set-user-id to user 65534"]);
    shared
        .run_as(NOBODY)
        .expect_success("set-user-id to the user who starts it");
    shared.give(0, 0o2755);
    expect_refusal(&shared.run_as(NOBODY), 4, &["is set-group-id to group 0"]);
}

#[test]
fn a_program_with_file_capabilities() {
    let what = "programs with file capabilities";
    let Some(setcap) = find_or_skip(what, &["setcap"]) else {
        return;
    };
    let Some(shared) = Shared::make(what) else {
        return;
    };
    let mut set = Command::new(&setcap[0]);
    set.arg("cap_net_raw+ep").arg(&shared.program);
    if !run(&mut set, PATIENCE).status.success() {
        return skipped(
            what,
            "the file system of the temporary folder does not keep them",
        );
    }
    expect_refusal(&shared.run_as(NOBODY), 4, &["has file capabilities"]);
    shared
        .run_as(0)
        .expect_success("file capabilities, started by root");
}

#[test]
fn the_kernel_agrees_on_who_gains_privileges() {
    // What is refused is just what the loader would start without the library.
    let what = "set-user-id programs";
    let Some(compilers) = find_or_skip(what, &["cc"]) else {
        return;
    };
    let Some(shared) = Shared::make(what) else {
        return;
    };
    let source = shared.folder.path().join("secure.c");
    fs::write(
        &source,
        "#include <sys/auxv.h>\nint main(void) { return getauxval(AT_SECURE); }",
    )
    .unwrap();
    let mut compile = Command::new(&compilers[0]);
    run(
        compile.arg("-o").arg(&shared.program).arg(&source),
        PATIENCE,
    )
    .expect_success("cc");
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let folder = shared.folder.path().display().to_string();
    if mounts.lines().any(|line| {
        let fields: Vec<_> = line.split(' ').collect();
        fields[4] != "/" && folder.starts_with(fields[4]) && fields[5].contains("nosuid")
    }) {
        return skipped(what, "the temporary folder is mounted nosuid");
    }
    for (owner, mode) in [
        (0, 0o755),
        (0, 0o4755),
        (NOBODY, 0o4755),
        (0, 0o2755),
        (0, 0o2745),
    ] {
        for user in [0, NOBODY] {
            shared.give(owner, mode);
            let plain = Command::new(&shared.program).uid(user).gid(user).status();
            let Ok(plain) = plain else { continue };
            let secure = plain.code() == Some(1);
            let refused = shared.run_as(user).status.code() == Some(4);
            assert_eq!(refused, secure, "owner {owner}, mode {mode:o}, user {user}");
        }
    }
}
