//! What is code is found once, what is none is not looked for at every turn.

use super::*;
use std::sync::Mutex;
use std::vec::Vec;

#[derive(Default)]
struct Told(Mutex<Vec<(u64, u64, ModuleKind)>>);

impl ModuleSink for Told {
    fn add_function(&self, _: &FunctionFacts<'_>) -> Option<u32> {
        None
    }

    fn interpreter(&self, _: u64, _: u64) {}

    fn add(&self, module: &ModuleFacts<'_>) -> Option<u16> {
        let mut told = self.0.lock().unwrap();
        told.push((module.start, module.end, module.kind));
        u16::try_from(told.len()).ok()
    }
    fn retire(&self, _: u16, _: u64) {}
}

fn code() -> usize {
    tenure_os::registers::here().pc
}

#[test]
fn a_place_in_code_has_a_rule_and_rubbish_has_none() {
    let modules = Modules::new();
    let place = modules.place(code()).unwrap();
    assert_eq!(place.frame >> 48, 1);
    let local = 0u64;
    let heap = std::boxed::Box::new(0u64);
    for rubbish in [
        1,
        4096,
        1 << 46,
        (&raw const local).addr(),
        (&raw const *heap).addr(),
    ] {
        for _ in 0..3 {
            assert!(modules.place(rubbish).is_none(), "{rubbish:x}");
        }
    }
    let table = modules.table.lock();
    table.spans.check();
    // The stack and the heap, each once.
    assert_eq!(table.data.iter().filter(|data| data.end > 0).count(), 2);
}

#[test]
fn memory_made_executable_is_told_by_its_address() {
    let modules = Modules::new();
    let page = tenure_os::process::page_bytes();
    let start = memory::map(2 * page).unwrap();
    assert!(modules.place(start + 16).is_none());
    unsafe extern "C" {
        fn mprotect(addr: usize, len: usize, access: i32) -> i32;
    }
    // SAFETY: the pages mapped above, which nobody else knows.
    assert_eq!(unsafe { mprotect(start, page, 5) }, 0);
    // What was data a moment ago is believed to be so for a while.
    modules.table.lock().data = [Data::NONE; DATA_SPANS];
    let place = modules.place(start + 16).unwrap();
    assert_eq!((place.frame, place.rule), (start as u64 + 16, Rule::BARE));
    assert!(modules.place(start + page + 16).is_none());
    modules.changed();
    assert_eq!(modules.place(start + 16).unwrap().frame, start as u64 + 16);
    modules.table.lock().spans.check();
}

#[test]
fn a_module_that_is_forgotten_is_told_again() {
    static TOLD: Told = Told(Mutex::new(Vec::new()));
    let modules = Modules::new();
    modules.set_sink(&TOLD);
    let first = modules.place(code()).unwrap().frame >> 48;
    modules.changed();
    assert_eq!(modules.place(code()).unwrap().frame >> 48, first);
    modules.forget();
    assert_ne!(modules.place(code()).unwrap().frame >> 48, first);
    let told = TOLD.0.lock().unwrap();
    assert_eq!((told.len(), told[0]), (2, told[1]));
    assert_eq!(told[0].2, ModuleKind::File);
    assert_eq!(modules.epoch(), 3);
}

#[test]
fn the_module_that_is_hidden_is_this_one() {
    let modules = Modules::new();
    assert!(!modules.hides(code()));
    modules.hide_module_of(code());
    assert!(modules.hides(code()));
    assert!(!modules.hides(0));
    assert!(!modules.hides((&raw const modules).addr()));
}

#[test]
fn another_image_in_the_place_of_a_known_one_is_noticed() {
    let modules = Modules::new();
    let first = modules.place(code()).unwrap().frame >> 48;
    assert_eq!(modules.place(code()).unwrap().frame >> 48, first);
    assert_eq!(modules.epoch(), 1);
    modules
        .table
        .lock()
        .spans
        .all_mut()
        .iter_mut()
        .for_each(|span| span.image.spoil());
    assert_ne!(modules.place(code()).unwrap().frame >> 48, first);
    assert_eq!(modules.epoch(), 2);
    modules.table.lock().spans.check();
}
