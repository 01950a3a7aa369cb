//! The functions that a file names, by address.

use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind, elf};

/// Functions of a module, from `.symtab` and `.dynsym`.
#[derive(Debug, Default)]
pub(super) struct SymbolTable<'a> {
    /// Sorted by address, one for each.
    symbols: Vec<Symbol<'a>>,
    /// Whether `.symtab` was there: it has the functions that are not exported, too.
    pub(super) is_full: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Symbol<'a> {
    address: u64,
    /// Where the file does not say (assembly): up to the next symbol or the end of the code.
    size: u64,
    is_local: bool,
    name: &'a [u8],
}

/// How many symbols before an address are looked at for one that contains it.
const LOOK_BACK: usize = 16;

impl<'a> SymbolTable<'a> {
    /// The functions of `files`, all of the same module.
    pub(super) fn of(files: &[&object::File<'a>]) -> Self {
        let mut symbols = Vec::new();
        let mut is_full = false;
        let code: Vec<_> = files.iter().flat_map(|file| code_ranges(file)).collect();
        let end_of_code = |at: u64| {
            let range = code
                .iter()
                .find(|(start, end)| (*start..*end).contains(&at));
            range.map(|(_, end)| *end)
        };
        let is_code = |at: u64| end_of_code(at).is_some();
        for file in files {
            let before = symbols.len();
            symbols.extend(file.symbols().filter_map(|symbol| of(&symbol, &is_code)));
            is_full |= symbols.len() > before;
            symbols.extend(
                file.dynamic_symbols()
                    .filter_map(|symbol| of(&symbol, &is_code)),
            );
        }
        symbols.sort_unstable_by(|a, b| (a.address, a.rank()).cmp(&(b.address, b.rank())));
        symbols.dedup_by_key(|symbol| symbol.address);
        let mut next = u64::MAX;
        for symbol in symbols.iter_mut().rev() {
            if symbol.size == 0 {
                let end = end_of_code(symbol.address).unwrap_or(symbol.address);
                symbol.size = end.min(next).saturating_sub(symbol.address);
            }
            next = symbol.address;
        }
        Self { symbols, is_full }
    }

    /// Whether it names any function.
    pub(super) fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// The function that contains `address`, and how far into it that is.
    pub(super) fn find(&self, address: u64) -> Option<(&'a [u8], u64)> {
        let after = self
            .symbols
            .partition_point(|symbol| symbol.address <= address);
        let mut before = self.symbols[..after].iter().rev().take(LOOK_BACK);
        let found = before.find(|symbol| address - symbol.address < symbol.size)?;
        Some((found.name, address - found.address))
    }
}

impl Symbol<'_> {
    /// The best of those at one address comes first: with a size, exported, with few underscores,
    /// short.
    fn rank(&self) -> (bool, bool, usize, usize, &[u8]) {
        let underscores = self.name.iter().take_while(|byte| **byte == b'_').count();
        (
            self.size == 0,
            self.is_local,
            underscores,
            self.name.len(),
            self.name,
        )
    }
}

fn of<'a, S: ObjectSymbol<'a>>(symbol: &S, is_code: &dyn Fn(u64) -> bool) -> Option<Symbol<'a>> {
    let address = symbol.address();
    let is_function = match symbol.kind() {
        SymbolKind::Text => symbol.is_definition(),
        // Assembly that does not say what its labels are.
        SymbolKind::Unknown => !symbol.is_undefined() && is_code(address),
        _ => false,
    };
    let name = symbol.name_bytes().ok().filter(|name| is_a_name(name))?;
    is_function.then_some(Symbol {
        address,
        size: symbol.size(),
        is_local: symbol.is_local(),
        name,
    })
}

/// Labels of compilers and assemblers are no names.
pub(super) fn is_a_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.starts_with(b".L") && !name.starts_with(b"$")
}

/// Where code lies. In a debug file the sections have no content, but their flags.
fn code_ranges(file: &object::File<'_>) -> Vec<(u64, u64)> {
    let is_code = |flags| match flags {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.contains(elf::SHF_EXECINSTR),
        _ => false,
    };
    file.sections()
        .filter(|section| is_code(section.flags()))
        .map(|section| {
            let start = section.address();
            (start, start.saturating_add(section.size()))
        })
        .collect()
}
