//! Whether memory is short for this process: the limit of its control group, and how long others
//! wait for memory.
//!
//! Both versions of control groups are read, from the process's own group up to the root: a limit
//! may be set anywhere on the way. What counts against a limit is what is used less what the kernel
//! would drop first (inactive file pages), else a group that reads files would look full for ever.
//! A file that is not there says nothing.
//!
//! **Cost:** an open, a read and a close for each of at most 30 files. To be called on
//! the heap's own thread only, whose descriptors the program does not see.

use core::iter::successors;
use tenure_os::files;

/// Of the limit in hundredths: beyond this the group is short of memory.
const USED_PERCENT_MAX: u64 = 90;
/// Of the last ten seconds in hundredths of a percent: waits longer than this are pressure.
const STALLED_MAX: u64 = 10_00;
/// Room for a file. Longer ones are cut; what we look for stands at the front.
const FILE_BYTES: usize = 4096;
/// Room for a path with its end.
const PATH_BYTES: usize = 512;
/// Groups that are looked at from the process's own upwards.
const DEPTH_MAX: usize = 9;

/// Where the kernel shows its files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Roots<'a> {
    pub(crate) proc: &'a [u8],
    pub(crate) cgroup: &'a [u8],
}

/// As on every system.
pub(crate) const ROOTS: Roots<'static> = Roots {
    proc: b"/proc",
    cgroup: b"/sys/fs/cgroup",
};

/// How a version of control groups calls what we read.
struct Names {
    /// Between the root and the group.
    folder: &'static [u8],
    used: &'static [u8],
    limits: &'static [&'static [u8]],
    droppable: &'static [u8],
}

const FIRST: Names = Names {
    folder: b"/memory",
    used: b"memory.usage_in_bytes",
    limits: &[b"memory.limit_in_bytes"],
    droppable: b"total_inactive_file",
};

const SECOND: Names = Names {
    folder: b"",
    used: b"memory.current",
    limits: &[b"memory.max", b"memory.high"],
    droppable: b"inactive_file",
};

/// Whether memory is short, as far as the files below `roots` tell.
pub(crate) fn is_high(roots: Roots<'_>) -> bool {
    let mut buffer = [0; FILE_BYTES];
    let groups = read(&[roots.proc, b"/self/cgroup"], &mut buffer);
    let Some((names, group)) = groups.and_then(own_group) else {
        return stalled(&[roots.proc, b"/pressure/memory"]).unwrap_or(0) > STALLED_MAX;
    };
    let own = [roots.cgroup, names.folder, group, b"/memory.pressure"];
    let system = [roots.proc, b"/pressure/memory"];
    let stalled = stalled(&own).or_else(|| stalled(&system)).unwrap_or(0);
    stalled > STALLED_MAX || upwards(group).any(|group| is_full(roots, names, group))
}

/// The group itself and those around it, the root (an empty path) last.
fn upwards(group: &[u8]) -> impl Iterator<Item = &[u8]> {
    successors(Some(group), |group| parent(group)).take(DEPTH_MAX)
}

fn parent(group: &[u8]) -> Option<&[u8]> {
    let end = group.iter().rposition(|&byte| byte == b'/')?;
    Some(&group[..end])
}

fn is_full(roots: Roots<'_>, names: &Names, group: &[u8]) -> bool {
    let mut buffer = [0; FILE_BYTES];
    let mut value = |name: &[u8], find: &dyn Fn(&[u8]) -> Option<u64>| {
        let path = [roots.cgroup, names.folder, group, b"/", name];
        read(&path, &mut buffer).and_then(find)
    };
    let Some(used) = value(names.used, &number) else {
        return false;
    };
    let is_over = |used: u64, limit: u64| used / USED_PERCENT_MAX > limit / 100;
    let limits = names.limits.iter().filter_map(|name| value(name, &number));
    let Some(limit) = limits.min() else {
        return false;
    };
    if !is_over(used, limit) {
        return false;
    }
    let droppable = value(b"memory.stat", &|text| keyed(text, names.droppable)).unwrap_or(0);
    is_over(used.saturating_sub(droppable), limit)
}

/// The share of time in which somebody waited for memory, in hundredths of a percent.
fn stalled(path: &[&[u8]]) -> Option<u64> {
    let mut buffer = [0; FILE_BYTES];
    read(path, &mut buffer).and_then(some_avg10)
}

/// The front of the file whose path these parts make.
fn read<'a>(parts: &[&[u8]], buffer: &'a mut [u8; FILE_BYTES]) -> Option<&'a [u8]> {
    let mut path = [0; PATH_BYTES];
    let mut len = 0;
    for part in parts {
        let place = path.get_mut(len..len + part.len())?;
        place.copy_from_slice(part);
        len += part.len();
    }
    let path = core::ffi::CStr::from_bytes_with_nul(path.get(..=len)?).ok()?;
    let len = files::read_start(path, buffer).ok()?;
    Some(&buffer[..len])
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n')
}

/// From `/proc/self/cgroup`: which version has the memory, and the path of the process's own group,
/// without a slash at its end.
fn own_group(text: &[u8]) -> Option<(&'static Names, &[u8])> {
    let mut second = None;
    for line in lines(text) {
        let mut fields = line.splitn(3, |&byte| byte == b':');
        let (_, Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let path = path.strip_suffix(b"/").unwrap_or(path);
        if controllers
            .split(|&byte| byte == b',')
            .any(|name| name == b"memory")
        {
            return Some((&FIRST, path));
        }
        if controllers.is_empty() {
            second = Some((&SECOND, path));
        }
    }
    second
}

/// A number of decimal digits; `None` for "max" and for what is no number.
fn number(text: &[u8]) -> Option<u64> {
    let digits = text.trim_ascii();
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |sum, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// The number behind `key` in lines of keys and numbers.
fn keyed(text: &[u8], key: &[u8]) -> Option<u64> {
    lines(text).find_map(|line| number(line.strip_prefix(key)?.strip_prefix(b" ")?))
}

/// `some avg10=` of a pressure file, in hundredths of a percent.
fn some_avg10(text: &[u8]) -> Option<u64> {
    let rest = lines(text).find_map(|line| line.strip_prefix(b"some avg10="))?;
    let value = rest.split(|&byte| byte == b' ').next()?;
    let mut parts = value.splitn(2, |&byte| byte == b'.');
    let whole = number(parts.next()?)?;
    let hundredths = parts.next().filter(|digits| digits.len() == 2);
    whole.checked_mul(100)?.checked_add(number(hundredths?)?)
}

#[cfg(test)]
mod tests;
