//! What the mount under a path forbids.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// What the mount under a path forbids; nothing where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Set-user-id bits and file capabilities have no effect.
    pub(crate) nosuid: bool,
    /// Nothing on it can be executed, or mapped as code.
    pub(crate) noexec: bool,
}

impl Mount {
    /// The mount that holds `path`, links resolved.
    pub(crate) fn of(path: &Path) -> Self {
        let table = fs::read("/proc/self/mountinfo").unwrap_or_default();
        fs::canonicalize(path).map_or(Self::default(), |path| Self::find(&path, &table))
    }

    /// The entry with the longest mount point above `path`; of equals the last one mounted.
    fn find(path: &Path, table: &[u8]) -> Self {
        let entries = table.split(|&byte| byte == b'\n').filter_map(entry);
        let above = entries.filter(|(point, _)| path.starts_with(point));
        let nearest = above.max_by_key(|(point, _)| point.components().count());
        nearest.map_or(Self::default(), |(_, options)| {
            let has = |name: &str| {
                options
                    .split(|&byte| byte == b',')
                    .any(|o| o == name.as_bytes())
            };
            Self {
                nosuid: has("nosuid"),
                noexec: has("noexec"),
            }
        })
    }
}

/// Mount point and options, fields 5 and 6 of a line of `/proc/self/mountinfo`.
fn entry(line: &[u8]) -> Option<(PathBuf, &[u8])> {
    let mut fields = line.split(|&byte| byte == b' ').skip(4);
    let point = PathBuf::from(OsString::from_vec(unescaped(fields.next()?)));
    Some((point, fields.next()?))
}

/// The kernel writes blanks, tabs, line ends and backslashes as three octal digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, tail @ ..] = rest {
        let octal = match rest {
            [b'\\', digits @ ..] => digits
                .get(..3)
                .and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 8).ok()),
            _ => None,
        };
        plain.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &rest[4..] } else { tail };
    }
    plain
}

#[cfg(test)]
mod tests {
    //! A table as the kernel writes it.

    use super::*;

    const TABLE: &[u8] = b"22 1 254:0 / / rw,relatime - ext4 /dev/root rw\n\
        30 22 0:25 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw\n\
        31 30 0:26 / /tmp/a\\040b rw,noexec - tmpfs tmpfs rw\n\
        32 22 0:27 / /mnt rw,nosuid - tmpfs tmpfs rw\n\
        33 32 0:28 / /mnt rw,noexec - tmpfs tmpfs rw\n\n\
        not a line\n";

    fn find(path: &str) -> (bool, bool) {
        let mount = Mount::find(Path::new(path), TABLE);
        (mount.nosuid, mount.noexec)
    }

    #[test]
    fn the_nearest_mount_counts() {
        assert_eq!(find("/usr/bin/ls"), (false, false));
        assert_eq!(find("/tmp/x"), (true, false));
        assert_eq!(find("/tmpx"), (false, false), "whole components only");
        assert_eq!(find("/tmp/a b/x"), (false, true));
        assert_eq!(find("/mnt/x"), (false, true), "the one mounted on top");
    }

    #[test]
    fn odd_escapes_stay_as_they_are() {
        assert_eq!(unescaped(b"a\\134b\\9\\"), b"a\\b\\9\\");
    }
}
