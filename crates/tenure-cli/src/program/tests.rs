//! Where names lead.

use super::*;
use std::os::unix::fs::PermissionsExt;

/// A folder with files of these names and modes.
fn folder(files: &[(&str, u32)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, mode) in files {
        let path = folder.path().join(name);
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
    }
    folder
}

fn find_in(name: &str, folders: &[&Path]) -> Result<PathBuf, Refusal> {
    let search_path = std::env::join_paths(folders).unwrap();
    search::find(name.as_ref(), Some(&search_path))
}

#[test]
fn the_first_executable_on_the_path_is_taken() {
    let first = folder(&[("tool", 0o644), ("other", 0o755)]);
    let second = folder(&[("tool", 0o755), ("other", 0o755)]);
    fs::create_dir(first.path().join("folder")).unwrap();
    let folders = [Path::new("/nonexistent"), first.path(), second.path()];
    assert_eq!(find_in("tool", &folders), Ok(second.path().join("tool")));
    assert_eq!(find_in("other", &folders), Ok(first.path().join("other")));
    let plain = first.path().join("tool");
    assert_eq!(
        find_in("tool", &folders[..2]),
        Err(Refusal::NotExecutable(plain))
    );
    let is_folder = Refusal::Folder(first.path().join("folder"));
    assert_eq!(find_in("folder", &folders), Err(is_folder));
    assert!(matches!(
        find_in("none", &folders),
        Err(Refusal::Missing { searched: true, .. })
    ));
    assert!(matches!(
        find_in("", &folders),
        Err(Refusal::Missing { .. })
    ));
}

#[test]
fn a_name_with_a_slash_is_not_searched() {
    let folder = folder(&[("tool", 0o700)]);
    let path = folder.path().join("tool");
    assert_eq!(
        search::find(path.as_os_str(), Some(OsStr::new(""))),
        Ok(path.clone())
    );
    let missing = search::find(OsStr::new("./no/such"), Some(folder.path().as_os_str()));
    assert!(matches!(
        missing,
        Err(Refusal::Missing {
            searched: false,
            ..
        })
    ));
}

#[test]
fn without_a_path_the_usual_folders_are_searched() {
    let found = search::find(OsStr::new("sh"), None).unwrap();
    assert!(
        ["/bin/sh", "/usr/bin/sh"]
            .iter()
            .any(|sh| found == Path::new(sh))
    );
}

#[test]
fn a_program_and_its_loader_are_found() {
    let program = Program::find(OsStr::new("/bin/sh"), None).unwrap();
    assert_eq!(program.path, Path::new("/bin/sh"));
    assert!(
        program
            .loader
            .as_ref()
            .is_some_and(|loader| loader.exists())
    );
    let musl = Program {
        loader: Some(PathBuf::from("/lib/ld-musl-x86_64.so.1")),
        ..program
    };
    assert!(musl.is_for_musl());
}

#[test]
fn first_lines_are_read_as_the_kernel_reads_them() {
    let read = |head: &'static [u8]| script::interpreter(head).map(|name| name.to_str().unwrap());
    assert_eq!(read(b"#!/bin/sh\nexit"), Some("/bin/sh"));
    assert_eq!(
        read(b"#! \t/usr/bin/env -S python3\n"),
        Some("/usr/bin/env")
    );
    assert_eq!(read(b"#!/bin/sh"), Some("/bin/sh"));
    assert_eq!(read(b"#!/bin/sh\0rest"), Some("/bin/sh"));
    assert_eq!(read(b"#!\n/bin/sh"), Some(""));
    assert_eq!(read(b" #!/bin/sh\n"), None);
    assert_eq!(read(b""), None);
}
