//! Files that are cut, torn and made to do harm give a note, and never a panic.

use crate::program::{Program, module_of};
use std::fs;
use std::time::{Duration, Instant};
use tenure_probe::symbols::{Module, Symboliser};

/// A look-up in any of these files must not take longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Deterministic noise (xorshift).
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn look_up_bytes(module: &Module, bytes: &[u8], addresses: &[u64]) {
    fs::write(&module.path, bytes).expect("write");
    let begin = Instant::now();
    let symboliser = Symboliser::new().with_debug_folder("/nonexistent");
    // Without a build-id, so that the damage is reached behind the note of the build-id, too.
    for build_id in [module.build_id.clone(), Vec::new()] {
        let module = Module {
            build_id,
            ..module.clone()
        };
        let found = symboliser.module(&module, addresses, &mut |_| {});
        assert_eq!(found.frames.len(), addresses.len());
    }
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
}

fn programs() -> Vec<Program> {
    let source = crate::program::INLINED_C;
    let kinds: [&[&str]; 3] = [&["-g"], &["-g", "-gz=zlib"], &["-g", "-gdwarf-4"]];
    kinds
        .iter()
        .filter_map(|flags| Program::compile("cc", source, flags))
        .collect()
}

#[test]
fn a_file_cut_anywhere_is_survived() {
    for program in programs() {
        let (module, addresses) = (program.module(), program.addresses("outermost"));
        let bytes = fs::read(&program.path).unwrap();
        fs::remove_file(&program.path).unwrap();
        let step = bytes.len() / 150;
        for length in (0..bytes.len())
            .step_by(step)
            .chain([0, 1, 4, 16, 63, 64, 65])
        {
            look_up_bytes(&module, &bytes[..length], &addresses);
        }
    }
}

#[test]
fn a_file_with_flipped_bytes_is_survived() {
    let rounds = std::env::var("TENURE_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok());
    for program in programs() {
        let (module, addresses) = (program.module(), program.addresses("outermost"));
        let bytes = fs::read(&program.path).unwrap();
        let places = interesting(&bytes);
        fs::remove_file(&program.path).unwrap();
        let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
        for round in 0..rounds.unwrap_or(250) {
            let mut bytes = bytes.clone();
            for _ in 0..=noise.below(8) {
                let (start, length) = places[noise.below(places.len())];
                let at = start + noise.below(length);
                bytes[at] = match round % 4 {
                    0 => noise.below(256) as u8,
                    1 => 0xff,
                    2 => 0,
                    _ => bytes[at] ^ (1 << noise.below(8)),
                };
            }
            look_up_bytes(&module, &bytes, &addresses);
        }
    }
}

/// Offsets and lengths of the headers and of the sections that are parsed.
fn interesting(bytes: &[u8]) -> Vec<(usize, usize)> {
    use object::{Object, ObjectSection};
    let elf = object::File::parse(bytes).unwrap();
    let parsed = |name: &str| {
        let names = ["debug_", "symtab", "strtab", "dynsym", "dynstr", "note.gnu"];
        names.iter().any(|part| name.contains(part))
    };
    let mut places: Vec<_> = elf
        .sections()
        .filter(|section| section.name().is_ok_and(parsed))
        .filter_map(|section| section.file_range())
        .map(|(start, length)| (start as usize, length as usize))
        .filter(|(_, length)| *length > 0)
        .collect();
    let section_headers = elf.sections().count() * 64;
    places.extend([(0, 64), (bytes.len() - section_headers, section_headers)]);
    places
}

#[test]
fn a_compressed_section_that_promises_too_much_is_not_unpacked() {
    use object::{Object, ObjectSection};
    let source = crate::program::INLINED_C;
    let Some(program) = Program::compile("cc", source, &["-g", "-gz=zlib"]) else {
        return;
    };
    let module = program.module();
    let mut bytes = fs::read(&program.path).unwrap();
    let at = {
        let elf = object::File::parse(&*bytes).unwrap();
        elf.section_by_name(".debug_info")
            .unwrap()
            .file_range()
            .unwrap()
            .0 as usize
    };
    // Elf64_Chdr: type 4, reserved 4, size 8.
    for size in [1_u64 << 40, u64::MAX, 3 << 30] {
        bytes[at + 8..at + 16].copy_from_slice(&size.to_le_bytes());
        let addresses = program.addresses("outermost");
        fs::remove_file(&program.path).unwrap();
        look_up_bytes(&module, &bytes, &addresses);
    }
}

#[test]
fn what_is_no_elf_file_is_told() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("program");
    for text in [&b""[..], b"\x7fELF", b"#!/bin/sh\n", &[0xff; 4096]] {
        fs::write(&path, text).unwrap();
        let kind = tenure_probe::symbols::ModuleKind::File;
        let module = Module {
            path: path.clone(),
            build_id: vec![1; 20],
            kind,
        };
        let found = Symboliser::new().module(&module, &[1, 2], &mut |_| {});
        assert_eq!(found.frames, [(1, vec![]), (2, vec![])]);
        assert!(
            found.notes[0].to_string().contains("damaged"),
            "{:?}",
            found.notes
        );
    }
}

#[test]
fn the_program_that_was_not_harmed_is_read() {
    // Guards the tests above: what they look up is there in the whole file.
    for program in programs() {
        let module = module_of(&program.path);
        let found = Symboliser::new().module(&module, &program.addresses("outermost"), &mut |_| {});
        assert!(found.frames.iter().any(|(_, frames)| frames.len() == 3));
    }
}
