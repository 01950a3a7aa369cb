//! What is told of modules.

use crate::notebook::{Notebook, fresh_stacks};
use tenure_record::stack::here;

#[test]
fn the_program_and_its_libraries_are_told_as_the_kernel_maps_them() {
    let notebook = Notebook::new(10_000);
    let mut stacks = fresh_stacks();
    let from = here();
    assert!(!notebook.capture(&mut stacks, &from).truncated);
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let known = notebook.register.0.lock().unwrap();
    assert!(known.len() >= 2, "the program and libc: {known:?}");
    for module in known.iter() {
        let line = format!("{:x}-", module.start);
        let line = maps.lines().find(|text| text.starts_with(&line)).unwrap();
        assert!(line.ends_with(&module.path), "{line} {module:?}");
        assert!(module.bias <= module.start && module.start < module.end);
        assert_eq!(module.retired, None);
    }
    let own = known
        .iter()
        .find(|module| (module.start..module.end).contains(&(from.pc as u64)));
    let own = own.unwrap();
    assert_eq!(own.path, std::env::current_exe().unwrap().to_str().unwrap());
    let libc = known
        .iter()
        .find(|module| module.path.contains("libc.so"))
        .unwrap();
    let file = std::fs::read(&libc.path).unwrap();
    let note = b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0";
    let id = file
        .windows(note.len())
        .position(|bytes| bytes == note)
        .unwrap()
        + note.len();
    assert_eq!(libc.build_id, file[id..id + libc.build_id.len()]);
    assert_eq!(libc.build_id.len(), 20);
}
