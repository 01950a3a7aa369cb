//! Each built-in suppression has a stack that it hides, and leaves those of programs alone.

use super::BUILT_IN;
use crate::suppressions::{Frame, LeakKind, Stack, Suppressions};

/// A stack for each entry, in their order: what allocated, innermost first. `/` begins a module.
const STACKS: [&[&str]; 32] = [
    &["allocate_dtv", "_dl_allocate_tls", "pthread_create"],
    &["tls_get_addr_tail", "__tls_get_addr", "main"],
    &["__pthread_setspecific", "main"],
    &["_dl_new_object", "_dl_map_object_from_fd"],
    &["_dl_map_object_deps", "dl_open_worker"],
    &["_dl_check_map_versions", "dl_open_worker"],
    &["_dl_init_paths", "dl_main"],
    &["_dlerror_run", "dlopen"],
    &["_dl_exception_create_format", "_dl_signal_error"],
    &["_nl_intern_locale_data", "_nl_load_locale", "setlocale"],
    &[
        "_nl_load_locale_from_archive",
        "_nl_find_locale",
        "newlocale",
    ],
    &["_IO_file_doallocate", "_IO_doallocbuf", "puts"],
    &["tzset_internal", "tzset"],
    &["__tzfile_read", "localtime"],
    &["nss_database_reload", "__nss_database_get"],
    &["__nss_module_allocate", "nss_action_parse"],
    &["getpwnam", "main"],
    &["getgrgid", "main"],
    &["gethostbyname", "main"],
    &["getservbyname", "main"],
    &["__resolv_conf_allocate", "__resolv_conf_load"],
    &["read_conf_file", "__gconv_load_conf"],
    &["set_binding_values", "bindtextdomain"],
    &["strdup", "textdomain"],
    &["_nl_load_domain", "__dcigettext"],
    &["__new_exitfn", "__cxa_atexit"],
    &["__add_to_environ", "putenv"],
    &["setenv", "main"],
    &["_GLOBAL__sub_I_eh_alloc.cc", "call_init"],
    &["_ZN12_GLOBAL__N_14poolC2Ev", "_GLOBAL__sub_I_eh_alloc.cc"],
    &["/usr/lib/libstdc++.so.6", "/lib64/ld-linux-x86-64.so.2"],
    &["/usr/lib/libstdc++.so.6", "call_init", "_dl_init"],
];
/// Stacks of programs that a careless pattern would hide.
const PROGRAMS: [&[&str]; 8] = [
    &["main"],
    &["load", "call_init", "_dl_init"],
    &["fopen", "main"],
    &["strdup", "main", "(below main)"],
    &[
        "plugin_init",
        "call_init",
        "dl_open_worker",
        "_dlerror_run",
        "dlopen",
    ],
    &["/usr/lib/libstdc++.so.6", "main"],
    &["_ZN12_GLOBAL__N_14poolC2Ev", "main"],
    &["newlocale", "main"],
];

fn frames<'a>(names: &[&'a str]) -> Vec<Frame<'a>> {
    let frame = |name: &&'a str| match name.starts_with('/') {
        true => Frame {
            module: Some(name),
            ..Frame::default()
        },
        false => Frame {
            mangled: Some(name),
            ..Frame::default()
        },
    };
    names.iter().map(frame).collect()
}

#[test]
fn each_is_used_by_a_stack_of_its_own() {
    let mut known = Suppressions::default();
    let reading = known.read_built_in();
    assert_eq!(reading.problems, []);
    assert_eq!(reading.ignored.len(), 0);
    let lines: Vec<u64> = known.iter().map(|entry| entry.line()).collect();
    assert_eq!(lines.len(), STACKS.len());
    for (line, names) in lines.into_iter().zip(STACKS) {
        let frames = frames(names);
        let stack = Stack::of_callers(&frames);
        let found = known.find(stack, LeakKind::Reachable);
        assert_eq!(found.map(|entry| entry.line()), Some(line), "{names:?}");
    }
}

#[test]
fn what_is_lost_is_never_hidden() {
    let mut known = Suppressions::default();
    known.read_built_in();
    for names in STACKS {
        let frames = frames(names);
        for kind in [LeakKind::Definite, LeakKind::Indirect] {
            assert!(
                known.find(Stack::of_callers(&frames), kind).is_none(),
                "{names:?}"
            );
        }
    }
}

#[test]
fn blocks_of_programs_are_not_hidden() {
    let mut known = Suppressions::default();
    known.read_built_in();
    for names in PROGRAMS {
        let frames = frames(names);
        for kind in LeakKind::ALL {
            let found = known.find(Stack::of_callers(&frames), kind);
            assert!(
                found.is_none(),
                "{names:?} {:?}",
                found.map(|entry| entry.name())
            );
        }
    }
}

#[test]
fn names_are_distinct() {
    let names = BUILT_IN
        .lines()
        .filter(|line| line.starts_with("   ") && line.contains(": "));
    let mut names: Vec<_> = names.filter(|line| !line.contains("match-")).collect();
    assert_eq!(names.len(), STACKS.len());
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), STACKS.len());
}
