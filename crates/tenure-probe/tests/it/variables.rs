//! Variables are named as the compiler was told, wherever their symbols stand.

use crate::program::Program;
use object::{Object, ObjectSegment, ObjectSymbol};
use tenure_model::profile::{Symbols, Unnamed};
use tenure_probe::symbols::{Storage, Symboliser, Variable, name_places};

const VARIABLES_C: &str = r#"#include <stdlib.h>
struct { long hits; void *slots[4]; } cache;
static void *volatile hidden[2];
void *first = &cache;
__thread void *own_list[3];
int main(void) {
    hidden[1] = malloc(10);
    own_list[1] = hidden[1];
    cache.slots[1] = own_list[1];
    return first == 0;
}
"#;

/// `name+offset/bytes`, in brackets for a section.
fn written(found: &Option<Variable>, address: u64) -> String {
    let Some(found) = found else {
        return "none".to_owned();
    };
    let (offset, bytes) = (address - found.start, found.bytes);
    match found.is_named {
        true => format!("{}+{offset:#x}/{bytes}", found.name),
        false => format!("[{}]", found.name),
    }
}

fn look_up(program: &Program, storage: Storage, addresses: &[u64]) -> Vec<String> {
    let (found, notes) = Symboliser::new().variables(&program.module(), storage, addresses);
    assert_eq!(notes, []);
    let pairs = found.iter().zip(addresses);
    pairs
        .map(|(found, &address)| written(found, address))
        .collect()
}

/// Where the symbol table of the file, as it is before anything is stripped, has `name`.
fn address_of(program: &Program, name: &str) -> u64 {
    let bytes = std::fs::read(&program.path).expect("read the program");
    let elf = object::File::parse(&*bytes).expect("an ELF file");
    let symbol = elf.symbols().find(|symbol| symbol.name() == Ok(name));
    symbol.unwrap_or_else(|| panic!("no {name}")).address()
}

#[test]
fn a_variable_is_named_with_the_offset_inside() {
    let Some(program) = Program::compile("cc", VARIABLES_C, &[]) else {
        return;
    };
    let [cache, hidden, first] =
        ["cache", "hidden", "first"].map(|name| address_of(&program, name));
    assert_eq!(
        look_up(
            &program,
            Storage::Static,
            &[
                cache,
                cache + 16,
                cache + 39,
                hidden + 8,
                first,
                u64::MAX,
                1
            ]
        ),
        [
            "cache+0x0/40",
            "cache+0x10/40",
            "cache+0x27/40",
            "hidden+0x8/16",
            "first+0x0/8",
            "none",
            "none"
        ]
    );
    let own = address_of(&program, "own_list");
    assert_eq!(
        look_up(&program, Storage::ThreadLocal, &[own + 8, own + 24]),
        ["own_list+0x8/24", "none"]
    );
}

#[test]
fn names_of_other_languages_are_readable() {
    let source = "namespace shelf { struct Rows { void *all[3]; } rows; \
                  static Rows other; Rows *use() { return &other; } }\n\
                  int main() { return shelf::use() == &shelf::rows; }\n";
    let Some(program) = Program::compile("c++", source, &["-O0"]) else {
        return;
    };
    let rows = address_of(&program, "_ZN5shelf4rowsE");
    let other = address_of(&program, "_ZN5shelfL5otherE");
    assert_eq!(
        look_up(&program, Storage::Static, &[rows + 8, other]),
        ["shelf::rows+0x8/24", "shelf::other+0x0/24"]
    );
}

#[test]
fn a_stripped_library_names_what_it_exports_and_of_the_rest_the_section() {
    let flags = ["-shared", "-fPIC"];
    let Some(program) = Program::compile("cc", VARIABLES_C, &flags) else {
        return;
    };
    let (cache, hidden) = (
        address_of(&program, "cache"),
        address_of(&program, "hidden"),
    );
    if !program.tool("strip", &["program"]) {
        return;
    }
    assert_eq!(
        look_up(&program, Storage::Static, &[cache + 8, hidden]),
        ["cache+0x8/40", "[.bss]"]
    );
}

#[test]
fn a_debug_file_apart_names_what_was_stripped() {
    let Some(program) = Program::compile("cc", VARIABLES_C, &["-g"]) else {
        return;
    };
    let hidden = address_of(&program, "hidden");
    let steps = [
        &["--only-keep-debug", "program", "program.debug"][..],
        &["--strip-all", "program"],
        &["--add-gnu-debuglink=program.debug", "program"],
    ];
    if !steps.iter().all(|step| program.tool("objcopy", step)) {
        return;
    }
    let bytes = std::fs::read(&program.path).expect("read the program");
    let elf = object::File::parse(&*bytes).expect("an ELF file");
    assert!(elf.segments().any(|segment| segment.size() > 0));
    assert_eq!(elf.symbols().count(), 0, "it is stripped");
    assert_eq!(
        look_up(&program, Storage::Static, &[hidden]),
        ["hidden+0x0/16"]
    );
}

#[test]
fn a_replaced_file_names_nothing_and_is_told() {
    let Some(program) = Program::compile("cc", VARIABLES_C, &[]) else {
        return;
    };
    let mut module = program.module();
    module.build_id = vec![7; 20];
    let address = address_of(&program, "cache");
    let (found, notes) = Symboliser::new().variables(&module, Storage::Static, &[address]);
    assert_eq!(found, [None]);
    assert!(notes[0].to_string().contains("replaced since the run"));
}

#[test]
fn the_places_of_a_record_get_their_names_once() {
    let Some(program) = Program::compile("cc", VARIABLES_C, &["-g"]) else {
        return;
    };
    let main = program.addresses("main");
    let module = program.module();
    let cache = address_of(&program, "cache");
    let wanted = Unnamed {
        build_id: module.build_id.clone(),
        path: module.path.display().to_string(),
        frames: [main[1], main[main.len() - 1]].into(),
        variables: [cache + 8, cache + 16].into(),
        thread_locals: [address_of(&program, "own_list")].into(),
    };
    let mut known = Symbols::new();
    let mut seen = 0;
    let symboliser = Symboliser::new();
    let notes = name_places(
        &symboliser,
        std::slice::from_ref(&wanted),
        &mut known,
        &mut |at| {
            assert_eq!(at.total, 5);
            seen += 1;
        },
    );
    assert_eq!((notes, seen), (vec![], 1));
    let names = known.find(&module.build_id, "elsewhere").expect("names");
    assert_eq!(names.frames[&main[1]][0].function, "main");
    let (start, found) = names.variable(cache + 39).expect("a variable");
    assert_eq!(
        (start, found.name.as_str(), found.bytes),
        (cache, "cache", 40)
    );
    assert_eq!(names.variable(cache + 40).map(|found| found.0), None);
    assert!(
        names
            .thread_local(address_of(&program, "own_list") + 16)
            .is_some()
    );
    let before = known.clone();
    std::fs::remove_file(&program.path).expect("remove");
    let notes = name_places(&symboliser, &[wanted], &mut known, &mut |_| {});
    assert_eq!(
        (known, notes),
        (before, vec![]),
        "nothing is looked up again"
    );
}
