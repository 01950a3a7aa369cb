//! Programs that gain privileges: the kernel marks them (`AT_SECURE`), and then the loader drops
//! whatever was to be preloaded.
//!
//! The rules are the kernel's own (`cap_bprm_creds_from_file`): what counts is not the bit on the
//! file but whether the program would run with other ids than the user who starts it. A program
//! that is set-user-id root gains nothing when root starts it, and nothing on a `nosuid` mount.

use crate::own_process::OwnProcess;

const SET_USER_ID: u32 = 0o4000;
const SET_GROUP_ID: u32 = 0o2000;
const GROUP_EXECUTE: u32 = 0o010;

/// What is known of a program's file.
#[derive(Clone, Debug, Default)]
pub(super) struct FileRights {
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Whether its mount ignores set-user-id bits and capabilities.
    pub(super) nosuid: bool,
    /// The attribute `security.capability`.
    pub(super) capabilities: Option<Vec<u8>>,
}

/// Why a program would run with other rights than those of the user who starts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privilege {
    /// It is set-user-id to this user.
    User(u32),
    /// It is set-group-id to this group.
    Group(u32),
    /// It has file capabilities.
    Capabilities,
    /// We run with another effective than real id ourselves, and so would it.
    Ours,
}

/// What a program with `file`'s rights gains when `own` starts it.
pub(super) fn gained(own: &OwnProcess, file: &FileRights) -> Option<Privilege> {
    let bits_count = !file.nosuid && !own.no_new_privileges;
    let has = |bits: u32| bits_count && file.mode & bits == bits;
    match has(SET_USER_ID) {
        true if file.uid != own.uid => return Some(Privilege::User(file.uid)),
        false if own.euid != own.uid => return Some(Privilege::Ours),
        _ => {}
    }
    // Without the group's execute bit, set-group-id means another thing (mandatory locking).
    match has(SET_GROUP_ID | GROUP_EXECUTE) {
        true if file.gid != own.gid => return Some(Privilege::Group(file.gid)),
        false if own.egid != own.gid => return Some(Privilege::Ours),
        _ => {}
    }
    let capabilities = file
        .capabilities
        .as_deref()
        .and_then(FileCapabilities::parse)?;
    let is_root = own.uid == 0;
    let gains = capabilities.permitted & own.capability_bounds != 0 && !own.no_new_privileges;
    let counts = !is_root && !file.nosuid && (capabilities.effective || gains);
    counts.then_some(Privilege::Capabilities)
}

/// The attribute `security.capability` in the kernel's `vfs_cap_data` form.
struct FileCapabilities {
    /// Whether the capabilities are raised at exec.
    effective: bool,
    permitted: u64,
}

impl FileCapabilities {
    /// `None` for a form that does not apply: the third one is bound to another user namespace.
    fn parse(attribute: &[u8]) -> Option<Self> {
        let word = |at: usize| {
            let bytes = attribute.get(4 * at..4 * at + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let head = word(0)?;
        let permitted = match head >> 24 {
            1 => u64::from(word(1)?),
            2 => u64::from(word(1)?) | u64::from(word(3)?) << 32,
            _ => return None,
        };
        Some(Self {
            effective: head & 1 == 1,
            permitted,
        })
    }
}

#[cfg(test)]
mod tests {
    //! The kernel's table, row by row.

    use super::*;

    fn user() -> OwnProcess {
        OwnProcess {
            uid: 1000,
            euid: 1000,
            gid: 100,
            egid: 100,
            capability_bounds: u64::MAX,
            ..OwnProcess::default()
        }
    }

    fn root() -> OwnProcess {
        OwnProcess {
            capability_bounds: u64::MAX,
            ..OwnProcess::default()
        }
    }

    fn file(mode: u32, uid: u32, gid: u32) -> FileRights {
        FileRights {
            mode,
            uid,
            gid,
            ..FileRights::default()
        }
    }

    /// Version 2, CAP_NET_RAW (bit 13) permitted.
    fn with_capability(effective: bool) -> FileRights {
        let mut attribute = vec![u8::from(effective), 0, 0, 2];
        attribute.extend((1_u32 << 13).to_le_bytes());
        attribute.extend([0; 12]);
        FileRights {
            mode: 0o755,
            capabilities: Some(attribute),
            ..FileRights::default()
        }
    }

    #[test]
    fn an_ordinary_program_gains_nothing() {
        assert_eq!(gained(&user(), &file(0o755, 0, 0)), None);
        assert_eq!(gained(&root(), &file(0o755, 1000, 100)), None);
    }

    #[test]
    fn a_set_id_bit_counts_where_the_id_changes() {
        assert_eq!(
            gained(&user(), &file(0o4755, 0, 0)),
            Some(Privilege::User(0))
        );
        assert_eq!(gained(&user(), &file(0o4755, 1000, 0)), None);
        assert_eq!(
            gained(&root(), &file(0o4755, 0, 0)),
            None,
            "root gains nothing by being root"
        );
        assert_eq!(
            gained(&root(), &file(0o4755, 33, 0)),
            Some(Privilege::User(33))
        );
        assert_eq!(
            gained(&user(), &file(0o2755, 0, 5)),
            Some(Privilege::Group(5))
        );
        assert_eq!(gained(&user(), &file(0o2755, 0, 100)), None);
        assert_eq!(
            gained(&user(), &file(0o2745, 0, 5)),
            None,
            "that is mandatory locking"
        );
    }

    #[test]
    fn nosuid_and_no_new_privileges_switch_the_bits_off() {
        let nosuid = FileRights {
            nosuid: true,
            ..file(0o6755, 0, 0)
        };
        assert_eq!(gained(&user(), &nosuid), None);
        let own = OwnProcess {
            no_new_privileges: true,
            ..user()
        };
        assert_eq!(gained(&own, &file(0o6755, 0, 0)), None);
    }

    #[test]
    fn our_own_raised_ids_are_inherited() {
        let own = OwnProcess { euid: 0, ..user() };
        assert_eq!(gained(&own, &file(0o755, 0, 0)), Some(Privilege::Ours));
        let back = file(0o4755, 1000, 100);
        assert_eq!(
            gained(&own, &back),
            None,
            "set-user-id to the real user brings it back"
        );
        let own = OwnProcess { egid: 0, ..user() };
        assert_eq!(gained(&own, &file(0o755, 0, 0)), Some(Privilege::Ours));
    }

    #[test]
    fn file_capabilities_count_for_users_not_for_root() {
        let raised = Some(Privilege::Capabilities);
        assert_eq!(gained(&user(), &with_capability(true)), raised);
        assert_eq!(gained(&user(), &with_capability(false)), raised);
        assert_eq!(gained(&root(), &with_capability(true)), None);
        let nosuid = FileRights {
            nosuid: true,
            ..with_capability(true)
        };
        assert_eq!(gained(&user(), &nosuid), None);
        let unbounded = OwnProcess {
            capability_bounds: 0,
            ..user()
        };
        assert_eq!(gained(&unbounded, &with_capability(false)), None);
        let own = OwnProcess {
            no_new_privileges: true,
            ..user()
        };
        assert_eq!(gained(&own, &with_capability(false)), None);
        assert_eq!(
            gained(&own, &with_capability(true)),
            raised,
            "the kernel marks it all the same"
        );
    }

    #[test]
    fn capabilities_of_another_namespace_or_damaged_do_not_count() {
        for attribute in [
            vec![],
            vec![1, 0, 0, 2],
            vec![1, 0, 0, 3, 0, 32, 0, 0, 0, 0, 0, 0],
        ] {
            let capabilities = Some(attribute);
            let file = FileRights {
                capabilities,
                ..file(0o755, 0, 0)
            };
            assert_eq!(gained(&user(), &file), None);
        }
    }
}
