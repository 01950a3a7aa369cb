//! A profile laid flat: rows of figures over lists of places, with names.

mod of_profile;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A profile laid flat. Indexes are positions in the lists of the same sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Process id of the program.
    pub pid: u32,
    /// When it was started, in nanoseconds since 1970.
    pub start_unix_ns: u64,
    /// How long it ran, in nanoseconds.
    pub wall_ns: u64,
    /// Mean gap between two samples in bytes, where the figures come from samples.
    pub sample_rate_bytes: Option<u64>,
    /// Whether the figures are estimates.
    pub is_estimated: bool,
    /// Programs and libraries.
    pub modules: Vec<SheetModule>,
    /// The program among them, where it is known.
    pub program: Option<usize>,
    /// Functions, each once.
    pub functions: Vec<Function>,
    /// Functions at places: of each location its inlined functions, innermost first.
    pub entries: Vec<Entry>,
    /// Places that stacks are made of.
    pub locations: Vec<Location>,
    /// One for each call stack that allocated.
    pub rows: Vec<Row>,
    /// When the live bytes were highest, in nanoseconds since the start.
    pub peak_ns: u64,
    /// Live bytes over time: when (nanoseconds since the start, rising), how many at most.
    pub timeline: Vec<(u64, u64)>,
    /// Which processes the rows, the timeline and the peak are of.
    pub images: Images,
}

/// How many processes a sheet adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Images {
    /// One.
    #[default]
    One,
    /// Several; timeline and peak are of the one with the largest peak.
    Several,
}

/// A program or library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetModule {
    /// Its path.
    pub path: String,
    /// Its build-id in hexadecimal; empty where it has none.
    pub build_id: String,
    /// Where it lies; no two modules of a sheet overlap.
    pub addresses: Range<u64>,
    /// What is subtracted from an address to give the ELF virtual address.
    pub bias: u64,
}

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Function {
    /// Its name; where none is known, module and offset.
    pub name: String,
    /// Its source file; empty where it is not known.
    pub file: String,
}

/// A function at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The location that it belongs to.
    pub location: usize,
    /// The function.
    pub function: usize,
    /// The line, from 1; 0 where it is not known.
    pub line: u32,
}

/// A place in a program: a return address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The return address; no two locations have the same.
    pub address: u64,
    /// Its module, where it lies in one.
    pub module: Option<usize>,
    /// Its functions in [`Sheet::entries`], at least one.
    pub entries: Range<usize>,
    /// Whether the functions have their names, not module and offset.
    pub is_named: bool,
}

/// A call stack and its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Locations, innermost first.
    pub stack: Vec<usize>,
    /// Its figures.
    pub values: Values,
}

/// The figures of a row, or their sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Blocks allocated.
    pub allocations: u64,
    /// Bytes requested.
    pub allocated_bytes: u64,
    /// Blocks live at the peak.
    pub peak_blocks: u64,
    /// Bytes live at the peak.
    pub peak_bytes: u64,
    /// Blocks live at the end.
    pub live_blocks: u64,
    /// Bytes live at the end.
    pub live_bytes: u64,
    /// Sum of the lifetimes of all blocks in nanoseconds; of a live one, its age.
    pub lifetime_ns: u64,
}

impl Values {
    /// The figure that `by` names.
    pub fn by(&self, by: super::By) -> u64 {
        match by {
            super::By::Live => self.live_bytes,
            super::By::Peak => self.peak_bytes,
            super::By::Allocated => self.allocated_bytes,
            super::By::Count => self.allocations,
        }
    }
}

impl Sheet {
    /// The sums over all rows.
    pub fn totals(&self) -> Values {
        self.rows.iter().fold(Values::default(), |sum, row| Values {
            allocations: sum.allocations.saturating_add(row.values.allocations),
            allocated_bytes: sum
                .allocated_bytes
                .saturating_add(row.values.allocated_bytes),
            peak_blocks: sum.peak_blocks.saturating_add(row.values.peak_blocks),
            peak_bytes: sum.peak_bytes.saturating_add(row.values.peak_bytes),
            live_blocks: sum.live_blocks.saturating_add(row.values.live_blocks),
            live_bytes: sum.live_bytes.saturating_add(row.values.live_bytes),
            lifetime_ns: sum.lifetime_ns.saturating_add(row.values.lifetime_ns),
        })
    }

    /// The entries of a row's stack, innermost first, inlined functions among them.
    pub fn stack_of<'a>(&'a self, row: &'a Row) -> impl DoubleEndedIterator<Item = usize> + 'a {
        let locations = row.stack.iter().map(|location| &self.locations[*location]);
        locations.flat_map(|location| location.entries.clone())
    }

    /// The function of an entry.
    pub fn function(&self, entry: usize) -> &Function {
        &self.functions[self.entries[entry].function]
    }

    /// The module of an entry.
    pub fn module(&self, entry: usize) -> Option<&SheetModule> {
        let location = &self.locations[self.entries[entry].location];
        location.module.map(|module| &self.modules[module])
    }

    /// An entry as valgrind's tools write it: `0x1234: name (file.c:12)`.
    pub(super) fn valgrind_line(&self, entry: usize) -> String {
        let place = self.entries[entry];
        let location = &self.locations[place.location];
        let address = location.address.saturating_sub(1);
        let function = &self.functions[place.function];
        let name = match location.is_named {
            true => one_line(&function.name),
            false => "???".to_owned(),
        };
        let module = self.module(entry).map_or("", |module| &*module.path);
        match (
            function.file.rsplit('/').next().unwrap_or(""),
            place.line,
            module,
        ) {
            ("", _, "") => format!("0x{address:X}: {name}"),
            ("", _, module) => format!("0x{address:X}: {name} (in {})", one_line(module)),
            (file, 0, _) => format!("0x{address:X}: {name} ({})", one_line(file)),
            (file, line, _) => format!("0x{address:X}: {name} ({}:{line})", one_line(file)),
        }
    }

    /// The command as one line.
    pub(super) fn command_line(&self) -> String {
        one_line(&self.command.join(" "))
    }
}

/// `text` without characters that would end a line.
pub(super) fn one_line(text: &str) -> String {
    text.replace(|letter: char| letter.is_control(), " ")
}

/// Builds the lists of a [`Sheet`], each thing once.
#[derive(Clone, Debug, Default)]
pub struct SheetBuilder {
    sheet: Sheet,
    functions: HashMap<Function, usize>,
    addresses: HashSet<u64>,
    /// How many addresses from [`ELSEWHERE`] on are given away.
    elsewhere: u64,
}

impl SheetBuilder {
    /// An empty sheet; what is known of the run is filled in at the end.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a module that a process had at `addresses`, loaded with `bias`.
    ///
    /// Where another module lies there already (of another process), it is moved to a free place.
    pub fn module(
        &mut self,
        path: &str,
        build_id: &str,
        addresses: Range<u64>,
        bias: u64,
    ) -> usize {
        let bytes = addresses.end.saturating_sub(addresses.start);
        let is_free = |start: u64, end: u64| {
            let others = self.sheet.modules.iter();
            let mut others = others.map(|module| &module.addresses);
            start <= end && others.all(|other| end <= other.start || other.end <= start)
        };
        let mut start = addresses.start;
        if !is_free(start, start.saturating_add(bytes)) {
            let ends = self.sheet.modules.iter().map(|module| module.addresses.end);
            start = ends.max().unwrap_or(0).next_multiple_of(MODULE_ALIGN_BYTES);
        }
        let moved = start.wrapping_sub(addresses.start);
        self.sheet.modules.push(SheetModule {
            path: path.to_owned(),
            build_id: build_id.to_owned(),
            addresses: start..start.saturating_add(bytes),
            bias: bias.wrapping_add(moved),
        });
        self.sheet.modules.len() - 1
    }

    /// Adds a place with its functions (name, file, line), innermost first.
    ///
    /// One without an address, or with that of another place, gets a free address beyond all
    /// programs. Where no function is named, `otherwise` stands for it.
    pub fn location(
        &mut self,
        address: Option<u64>,
        module: Option<usize>,
        names: &[(String, String, u32)],
        otherwise: &str,
    ) -> usize {
        let index = self.sheet.locations.len();
        let free = address.filter(|address| self.addresses.insert(*address));
        let address = free.unwrap_or_else(|| {
            self.elsewhere += 1;
            ELSEWHERE + self.elsewhere
        });
        let start = self.sheet.entries.len();
        let unnamed = [(otherwise.to_owned(), String::new(), 0)];
        let is_named = !names.is_empty();
        for (name, file, line) in if is_named { names } else { &unnamed } {
            let function = Function {
                name: name.clone(),
                file: file.clone(),
            };
            let sheet = &mut self.sheet;
            let function = *self
                .functions
                .entry(function)
                .or_insert_with_key(|function| {
                    sheet.functions.push(function.clone());
                    sheet.functions.len() - 1
                });
            let line = *line;
            self.sheet.entries.push(Entry {
                location: index,
                function,
                line,
            });
        }
        let entries = start..self.sheet.entries.len();
        self.sheet.locations.push(Location {
            address,
            module,
            entries,
            is_named,
        });
        index
    }

    /// Adds a call stack (locations, innermost first) with its figures.
    pub fn row(&mut self, stack: Vec<usize>, values: Values) {
        self.sheet.rows.push(Row { stack, values });
    }

    /// The sheet.
    pub fn finish(self) -> Sheet {
        self.sheet
    }
}

/// Places without an address of their own get one from here on. No user program reaches it.
const ELSEWHERE: u64 = 0xffff_0000_0000_0000;
/// Modules that are moved begin at multiples of this. In bytes.
const MODULE_ALIGN_BYTES: u64 = 1 << 21;
