//! What the kernel says of this process: ids, rights, ignored signals, the terminal.

use std::fs;

/// What `/proc/self/status` says; zero or empty where it cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnProcess {
    /// Real user id: who started us.
    pub(crate) uid: u32,
    /// Effective user id: whose rights we have.
    pub(crate) euid: u32,
    /// Real group id.
    pub(crate) gid: u32,
    /// Effective group id.
    pub(crate) egid: u32,
    /// Whether exec grants no privileges here.
    pub(crate) no_new_privileges: bool,
    /// The capabilities that a program may gain at all, one bit each.
    pub(crate) capability_bounds: u64,
    /// The signals that were ignored when we started, bit 0 for signal 1.
    pub(crate) ignored_signals: u64,
}

impl OwnProcess {
    /// Asks the kernel.
    pub(crate) fn ask() -> Option<Self> {
        fs::read_to_string("/proc/self/status")
            .ok()
            .map(|status| Self::parse(&status))
    }

    fn parse(status: &str) -> Self {
        let field = |name: &str| {
            let named = status.lines().filter_map(|line| line.split_once(':'));
            named
                .into_iter()
                .find(|(found, _)| *found == name)
                .map_or("", |(_, value)| value)
        };
        let id = |name: &str, at: usize| {
            field(name)
                .split_whitespace()
                .nth(at)
                .and_then(|id| id.parse().ok())
                .unwrap_or(0)
        };
        let mask = |name: &str| u64::from_str_radix(field(name).trim(), 16).unwrap_or(0);
        Self {
            uid: id("Uid", 0),
            euid: id("Uid", 1),
            gid: id("Gid", 0),
            egid: id("Gid", 1),
            no_new_privileges: field("NoNewPrivs").trim() == "1",
            capability_bounds: mask("CapBnd"),
            ignored_signals: mask("SigIgn"),
        }
    }

    /// Whether `signal` was ignored when we started, and so is in the programs that we start.
    pub(crate) fn ignores(&self, signal: i32) -> bool {
        u32::try_from(signal - 1)
            .ok()
            .and_then(|bit| self.ignored_signals.checked_shr(bit))
            .is_some_and(|bits| bits & 1 == 1)
    }
}

/// Whether this process is in the foreground of a terminal: then a key such as Ctrl-C sends its
/// signal to the program that we started as well as to us.
pub(crate) fn is_in_foreground() -> bool {
    fs::read_to_string("/proc/self/stat").is_ok_and(|stat| is_foreground_of(&stat))
}

/// Field 5 of `/proc/PID/stat` is the process group, field 8 the terminal's foreground group.
fn is_foreground_of(stat: &str) -> bool {
    // The name in field 2 may hold blanks and parentheses.
    let Some((_, after_name)) = stat.rsplit_once(')') else {
        return false;
    };
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    matches!(fields.as_slice(), [_, _, group, _, _, foreground, ..] if group == foreground)
}

#[cfg(test)]
mod tests {
    //! Texts as the kernel writes them.

    use super::*;

    const STATUS: &str = "Name:\ttenure\nUid:\t1000\t0\t1000\t1000\nGid:\t100\t200\t100\t100\n\
        SigIgn:\t0000000000000005\nCapBnd:\t000001fffeffffff\nNoNewPrivs:\t1\n";

    #[test]
    fn ids_and_masks_are_read() {
        let own = OwnProcess::parse(STATUS);
        assert_eq!((own.uid, own.euid, own.gid, own.egid), (1000, 0, 100, 200));
        assert!(own.no_new_privileges);
        assert_eq!(own.capability_bounds, 0x1ff_feff_ffff);
        assert!(own.ignores(1) && !own.ignores(2) && own.ignores(3));
        assert!(!own.ignores(0) && !own.ignores(65) && !own.ignores(-1));
    }

    #[test]
    fn a_status_without_fields_gives_zeros() {
        assert_eq!(OwnProcess::parse("\n:\nUid:\n"), OwnProcess::default());
    }

    #[test]
    fn the_foreground_is_where_the_terminal_has_our_group() {
        assert!(is_foreground_of("7 (a) b (c) S 1 42 42 34816 42 4194304"));
        assert!(!is_foreground_of("7 (tenure) S 1 42 42 34816 41 4194304"));
        assert!(!is_foreground_of("7 (tenure) S 1 42 42 0 -1 4194304"));
        assert!(!is_foreground_of(""));
    }
}
