//! The variables that a file names, by address.

use super::demangle;
use super::symbol_table::is_a_name;
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind, elf};
use std::sync::Arc;

/// How many symbols before an address are looked at for one that contains it.
const LOOK_BACK: usize = 64;

/// Where a variable is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Storage {
    /// Once in the process. Addresses are ELF virtual addresses.
    Static,
    /// Once in each thread. Addresses count from the start of the module's thread-local block.
    ThreadLocal,
}

/// What lies at an address of a module's data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variable {
    /// Its name, demangled; of an address without a symbol the name of the section, such as
    /// `.bss`.
    pub name: Arc<str>,
    /// Where it begins, an address of the same kind as the one that was asked for.
    pub start: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether a symbol names it. If not, `name`, `start` and `bytes` are those of the section.
    pub is_named: bool,
}

/// Variables of a module, from `.symtab` and `.dynsym`, and its sections of data.
#[derive(Debug, Default)]
pub(super) struct VariableTable<'a> {
    /// Sorted by address, one for each.
    symbols: Vec<Symbol<'a>>,
    /// Sorted by address.
    sections: Vec<Section>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Symbol<'a> {
    address: u64,
    bytes: u64,
    is_local: bool,
    name: &'a [u8],
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    address: u64,
    bytes: u64,
    name: String,
}

impl<'a> VariableTable<'a> {
    /// The variables of `files`, all of the same module.
    pub(super) fn of(files: &[&object::File<'a>], storage: Storage) -> Self {
        let mut sections: Vec<_> = match storage {
            Storage::Static => files.iter().flat_map(|file| data_sections(file)).collect(),
            // Their addresses in the file are those of the first values, not of variables.
            Storage::ThreadLocal => Vec::new(),
        };
        sections.sort_unstable_by(|a, b| (a.address, &a.name).cmp(&(b.address, &b.name)));
        sections.dedup_by_key(|section| section.address);
        let is_data = |address: u64| sections.iter().any(|section| section.holds(address));
        let mut symbols = Vec::new();
        for file in files {
            let of = |symbol| of(&symbol, storage, &is_data);
            symbols.extend(file.symbols().filter_map(of));
            symbols.extend(file.dynamic_symbols().filter_map(of));
        }
        symbols.sort_unstable_by(|a, b| (a.address, a.rank()).cmp(&(b.address, b.rank())));
        symbols.dedup_by_key(|symbol| symbol.address);
        let mut next = u64::MAX;
        for symbol in symbols.iter_mut().rev() {
            if symbol.bytes == 0 {
                let section = sections
                    .iter()
                    .find(|section| section.holds(symbol.address));
                let end = section.map_or(symbol.address, Section::end);
                symbol.bytes = end.min(next).saturating_sub(symbol.address);
            }
            next = symbol.address;
        }
        Self { symbols, sections }
    }

    /// The variable that contains `address`, else the section.
    pub(super) fn find(&self, address: u64) -> Option<Variable> {
        let after = self
            .symbols
            .partition_point(|symbol| symbol.address <= address);
        let mut before = self.symbols[..after].iter().rev().take(LOOK_BACK);
        if let Some(found) = before.find(|symbol| address - symbol.address < symbol.bytes) {
            return Some(Variable {
                name: demangle(&String::from_utf8_lossy(found.name)).into(),
                start: found.address,
                bytes: found.bytes,
                is_named: true,
            });
        }
        let section = self.sections.iter().find(|section| section.holds(address));
        section.map(|section| Variable {
            name: section.name.as_str().into(),
            start: section.address,
            bytes: section.bytes,
            is_named: false,
        })
    }
}

impl Section {
    fn end(&self) -> u64 {
        self.address.saturating_add(self.bytes)
    }

    fn holds(&self, address: u64) -> bool {
        (self.address..self.end()).contains(&address)
    }
}

impl Symbol<'_> {
    /// The best of those at one address comes first: the largest, exported, with few underscores,
    /// short.
    fn rank(&self) -> (std::cmp::Reverse<u64>, bool, usize, usize, &[u8]) {
        let underscores = self.name.iter().take_while(|byte| **byte == b'_').count();
        (
            std::cmp::Reverse(self.bytes),
            self.is_local,
            underscores,
            self.name.len(),
            self.name,
        )
    }
}

fn of<'a, S: ObjectSymbol<'a>>(
    symbol: &S,
    storage: Storage,
    is_data: &dyn Fn(u64) -> bool,
) -> Option<Symbol<'a>> {
    let address = symbol.address();
    let is_it = match (storage, symbol.kind()) {
        (Storage::Static, SymbolKind::Data) => !symbol.is_undefined(),
        // Assembly that does not say what its labels are.
        (Storage::Static, SymbolKind::Unknown) => !symbol.is_undefined() && is_data(address),
        (Storage::ThreadLocal, SymbolKind::Tls) => !symbol.is_undefined(),
        _ => false,
    };
    let name = symbol.name_bytes().ok().filter(|name| is_a_name(name))?;
    is_it.then_some(Symbol {
        address,
        bytes: symbol.size(),
        is_local: symbol.is_local(),
        name,
    })
}

/// Where data lies. In a debug file the sections have no content, but their flags.
fn data_sections(file: &object::File<'_>) -> Vec<Section> {
    let is_data = |flags| match flags {
        SectionFlags::Elf { sh_flags, .. } => {
            sh_flags.contains(elf::SHF_ALLOC)
                && !sh_flags.contains(elf::SHF_EXECINSTR)
                && !sh_flags.contains(elf::SHF_TLS)
        }
        _ => false,
    };
    file.sections()
        .filter(|section| is_data(section.flags()))
        .map(|section| Section {
            address: section.address(),
            bytes: section.size(),
            name: String::from_utf8_lossy(section.name_bytes().unwrap_or_default()).into_owned(),
        })
        .collect()
}
