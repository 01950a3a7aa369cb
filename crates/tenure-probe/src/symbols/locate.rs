//! The files that can explain a module, each proven to belong to it.

use super::mapped_file::{MappedFile, build_id};
use super::{Module, ModuleKind, Note, vdso};
use object::{Object, ObjectSection};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What the kernel appends to the path of a file that was removed.
const DELETED: &[u8] = b" (deleted)";
/// Shorter ones name no file under `.build-id`.
const BUILD_ID_BYTES_MIN: usize = 2;

/// The files that explain a module.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The file that ran.
    pub(super) own: Option<MappedFile>,
    /// Its debug data, where that lies apart.
    pub(super) debug: Option<MappedFile>,
    /// What several debug files share.
    pub(super) supplement: Option<MappedFile>,
    /// What the reader should know.
    pub(super) notes: Vec<Note>,
}

impl Sources {
    /// Finds the files of `module`; debug data that lies apart is sought under `debug_folder`.
    pub(super) fn of(module: &Module, debug_folder: &Path) -> Self {
        let mut found = Self::default();
        found.own = match module.kind {
            ModuleKind::Other => None,
            ModuleKind::Vdso => own_vdso(module, &mut found.notes),
            ModuleKind::File => own_file(module, &mut found.notes),
        };
        if module.kind != ModuleKind::File {
            return found;
        }
        let own = found.own.as_ref().and_then(|file| file.elf().ok());
        if !own.as_ref().is_some_and(has_debug_data) {
            let by_link = own.as_ref().and_then(|elf| {
                let path = found.own.as_ref().map_or(&*module.path, MappedFile::path);
                by_link(elf, path, module, debug_folder, &mut found.notes)
            });
            let debug = by_link.or_else(|| by_build_id(&module.build_id, debug_folder));
            found.debug = debug;
        }
        let with_data = found.debug.as_ref().or(found.own.as_ref());
        found.supplement = with_data.and_then(|file| supplement(file, debug_folder));
        found
    }
}

/// Whether DWARF is in the file itself.
fn has_debug_data(elf: &object::File<'_>) -> bool {
    [".debug_info", ".debug_line"].iter().any(|name| {
        let section = elf.section_by_name(name);
        section.is_some_and(|section| section.file_range().is_some_and(|(_, bytes)| bytes > 0))
    })
}

fn own_vdso(module: &Module, notes: &mut Vec<Note>) -> Option<MappedFile> {
    let own = vdso::own().filter(|file| {
        file.elf()
            .is_ok_and(|elf| !module.build_id.is_empty() && build_id(&elf) == module.build_id)
    });
    if own.is_none() {
        let path = module.path.clone();
        notes.push(Note::NoFile { path });
    }
    own
}

/// The file that ran, or the reason why it is not to be had.
fn own_file(module: &Module, notes: &mut Vec<Note>) -> Option<MappedFile> {
    let name = module.path.as_os_str().as_bytes();
    let path = name
        .strip_suffix(DELETED)
        .map_or(&*module.path, |name| Path::new(OsStr::from_bytes(name)));
    let file = match MappedFile::open(&module.path).or_else(|_| MappedFile::open(path)) {
        Ok(file) => file,
        Err(error) => {
            let why = error.to_string();
            let path = path.to_owned();
            notes.push(Note::Unreadable { path, why });
            return None;
        }
    };
    let path = file.path().to_owned();
    let found = match file.elf() {
        Ok(elf) => build_id(&elf),
        Err(error) => {
            let why = error.to_string();
            notes.push(Note::Damaged { path, why });
            return None;
        }
    };
    if module.build_id.is_empty() {
        notes.push(Note::Unproven { path });
    } else if found != module.build_id {
        notes.push(Note::Replaced { path });
        return None;
    }
    Some(file)
}

/// The debug file that `.gnu_debuglink` names.
fn by_link(
    elf: &object::File<'_>,
    path: &Path,
    module: &Module,
    debug_folder: &Path,
    notes: &mut Vec<Note>,
) -> Option<MappedFile> {
    let (name, crc) = elf.gnu_debuglink().ok().flatten()?;
    let name = Path::new(OsStr::from_bytes(name));
    // A name, not a path that leads elsewhere.
    let name = name.file_name().filter(|last| *last == name.as_os_str())?;
    let real = path.canonicalize().ok()?;
    let folder = real.parent()?;
    let below = folder.strip_prefix("/").unwrap_or(folder);
    let places = [
        folder.to_owned(),
        folder.join(".debug"),
        debug_folder.join(below),
    ];
    for place in places.map(|place| place.join(name)) {
        if place == real {
            continue;
        }
        let Ok(file) = MappedFile::open(&place) else {
            continue;
        };
        let Ok(found) = file.elf().map(|elf| build_id(&elf).to_owned()) else {
            continue;
        };
        let is_of_build =
            found.is_empty() || module.build_id.is_empty() || found == module.build_id;
        if is_of_build && crc32fast::hash(&file) == crc {
            return Some(file);
        }
        notes.push(Note::ForeignDebugFile { path: place });
    }
    None
}

/// The debug file that is filed under `id`.
fn by_build_id(id: &[u8], debug_folder: &Path) -> Option<MappedFile> {
    let file = MappedFile::open(&filed_under(id, debug_folder)?).ok()?;
    let is_of_build = file.elf().is_ok_and(|elf| build_id(&elf) == id);
    is_of_build.then_some(file)
}

/// `DEBUG_FOLDER/.build-id/xx/yyyy.debug`.
fn filed_under(id: &[u8], debug_folder: &Path) -> Option<PathBuf> {
    if id.len() < BUILD_ID_BYTES_MIN {
        return None;
    }
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let (folder, name) = hex.split_at(2);
    Some(
        debug_folder
            .join(".build-id")
            .join(folder)
            .join(format!("{name}.debug")),
    )
}

/// The file of `dwz` that several debug files share.
fn supplement(file: &MappedFile, debug_folder: &Path) -> Option<MappedFile> {
    let elf = file.elf().ok()?;
    let (name, id) = elf.gnu_debugaltlink().ok().flatten()?;
    let folder = file.path().parent()?;
    // `join` takes an absolute name as it is. Links lead from `.build-id` to the real place.
    let named = OsStr::from_bytes(name);
    let real = file.path().canonicalize();
    let beside_real = real
        .as_ref()
        .ok()
        .and_then(|real| Some(real.parent()?.join(named)));
    let places = [
        Some(folder.join(named)),
        beside_real,
        filed_under(id, debug_folder),
    ];
    places
        .into_iter()
        .flatten()
        .find_map(|place| of_build(&place, id).ok())
}

fn of_build(path: &Path, id: &[u8]) -> io::Result<MappedFile> {
    let file = MappedFile::open(path)?;
    match file.elf() {
        Ok(elf) if build_id(&elf) == id => Ok(file),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}
