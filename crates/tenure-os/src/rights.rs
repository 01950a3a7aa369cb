//! Whether the calling thread may do what the process may.
//!
//! Linux keeps user and group with each thread; libc changes them in all threads that it knows of.
//! A thread that libc does not know keeps the old ones, and must not outlive them for long.

use crate::files;

const STATUS_BYTES: usize = 2048;

/// Whether user and groups of the calling thread are those of the first thread of the process.
/// `None` where `/proc` does not tell.
///
/// **Cost:** two files of `/proc`. Opens descriptors for a moment.
#[must_use]
pub fn are_those_of_process() -> Option<bool> {
    let [mut first, mut own] = [[0; STATUS_BYTES]; 2];
    let first_len = files::read_start(c"/proc/self/status", &mut first).ok()?;
    let own_len = files::read_start(c"/proc/thread-self/status", &mut own).ok()?;
    let (first, own) = (&first[..first_len], &own[..own_len]);
    let mut same = true;
    for key in [&b"Uid:"[..], b"Gid:", b"Groups:"] {
        same &= line(first, key)? == line(own, key)?;
    }
    Some(same)
}

fn line<'a>(status: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let mut lines = status.split(|&byte| byte == b'\n');
    lines.find_map(|line| line.strip_prefix(key))
}

#[cfg(all(test, not(any(miri, tenure_replaced_os))))]
mod tests {
    use super::*;

    #[test]
    fn threads_of_libc_have_the_rights_of_the_process() {
        let thread = std::thread::spawn(are_those_of_process);
        assert_eq!(thread.join().unwrap(), Some(true));
        assert_eq!(
            line(b"Name:\tx\nUid:\t1\t2\n", b"Uid:"),
            Some(&b"\t1\t2"[..])
        );
        assert_eq!(line(b"Name:\tx\n", b"Uid:"), None);
    }
}
