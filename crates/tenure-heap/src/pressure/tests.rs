//! Files of both versions of control groups as real kernels wrote them, whole, damaged and planted.
use super::*;
use std::vec;

const HYBRID: &[u8] =
    b"9:name=systemd:/\n8:pids:/\n7:blkio:/\n4:memory:/process/149f\n1:cpu:/\n0::/\n";
const UNIFIED: &[u8] = b"0::/user.slice/user-1000.slice/session-2.scope\n";
const JOINT: &[u8] = b"3:cpu,memory,cpuacct:/a/b\n0::/c\n";

fn group(text: &[u8]) -> Option<(&'static [u8], &[u8])> {
    own_group(text).map(|(names, path)| (names.used, path))
}

#[test]
fn the_group_is_found_in_both_versions_and_in_mixtures() {
    assert_eq!(group(HYBRID), Some((FIRST.used, &b"/process/149f"[..])));
    assert_eq!(group(JOINT), Some((FIRST.used, &b"/a/b"[..])));
    let scope = &b"/user.slice/user-1000.slice/session-2.scope"[..];
    assert_eq!(group(UNIFIED), Some((SECOND.used, scope)));
    assert_eq!(group(b"0::/\n"), Some((SECOND.used, &b""[..])));
    assert_eq!(group(b"2:cpu:/x\n"), None);
    assert_eq!(group(b"nothing\n::\n"), Some((SECOND.used, &b""[..])));
    assert_eq!(group(b""), None);
    let all = upwards(b"/a/b").collect::<vec::Vec<_>>();
    assert_eq!(all, [&b"/a/b"[..], b"/a", b""]);
    assert_eq!(upwards(&[b'/'; 3000]).count(), DEPTH_MAX);
}

#[test]
fn numbers_and_shares_are_read_and_nonsense_is_none() {
    assert_eq!(
        number(b"9223372036854771712\n"),
        Some(9_223_372_036_854_771_712)
    );
    assert_eq!(number(b"max\n"), None);
    assert_eq!(number(b"99999999999999999999\n"), None);
    assert_eq!(number(b"\n"), None);
    assert_eq!(number(b"-1"), None);
    let some = b"some avg10=12.34 avg60=0.00 avg300=0.00 total=168169\nfull avg10=99.00 avg60=0\n";
    assert_eq!(some_avg10(some), Some(1234));
    assert_eq!(some_avg10(b"some avg10=0.07 avg60=0"), Some(7));
    for text in [
        &b"full avg10=99.00\n"[..],
        b"some avg10=\n",
        b"some avg10=1.2 ",
        b"some avg10=9",
        b"",
    ] {
        assert_eq!(some_avg10(text), None);
    }
    let stat = b"cache 1\ninactive_file 4096\ntotal_inactive_file 8192\n";
    assert_eq!(keyed(stat, SECOND.droppable), Some(4096));
    assert_eq!(keyed(stat, FIRST.droppable), Some(8192));
    assert_eq!(keyed(stat, b"active_file"), None);
}

// Miri makes no system calls.
#[cfg(not(miri))]
mod planted {
    use super::*;
    use std::path::PathBuf;
    use std::string::String;
    use std::{format, fs, process};
    /// A folder with files of a kernel's; removed at its end.
    struct Planted(PathBuf);

    impl Planted {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("tenure-pressure-{}-{name}", process::id()));
            Self(folder)
        }

        fn put(&self, path: &str, text: &str) -> &Self {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }

        fn is_high(&self) -> bool {
            let [proc, cgroup] = ["proc", "cgroup"]
                .map(|part| String::from(self.0.join(part).to_str().unwrap()).into_bytes());
            is_high(Roots {
                proc: &proc,
                cgroup: &cgroup,
            })
        }
    }

    impl Drop for Planted {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_full_group_of_the_second_version_is_pressure() {
        let kernel = Planted::new("second");
        assert!(!kernel.is_high());
        kernel.put("proc/self/cgroup", "0::/a/b\n");
        kernel.put("cgroup/a/b/memory.max", "1000000\n");
        kernel.put("cgroup/a/b/memory.high", "max\n");
        assert!(!kernel.is_high());
        kernel.put("cgroup/a/b/memory.current", "890000\n");
        assert!(!kernel.is_high());
        kernel.put("cgroup/a/b/memory.current", "910000\n");
        assert!(kernel.is_high());
        // What the kernel would drop first does not count.
        kernel.put("cgroup/a/b/memory.stat", "anon 1\ninactive_file 100000\n");
        assert!(!kernel.is_high());
        kernel.put("cgroup/a/b/memory.high", "850000\n");
        assert!(kernel.is_high());
    }

    #[test]
    fn a_limit_of_a_group_around_ours_counts() {
        let kernel = Planted::new("around");
        kernel.put("proc/self/cgroup", "0::/a/b/c\n");
        kernel.put("cgroup/a/b/c/memory.max", "max\n");
        kernel.put("cgroup/a/b/c/memory.current", "10\n");
        kernel.put("cgroup/a/memory.max", "1000\n");
        kernel.put("cgroup/a/memory.current", "990\n");
        assert!(kernel.is_high());
        kernel.put("cgroup/a/memory.current", "500\n");
        assert!(!kernel.is_high());
    }

    #[test]
    fn a_full_group_of_the_first_version_is_pressure() {
        let kernel = Planted::new("first");
        kernel.put("proc/self/cgroup", "4:memory:/x\n0::/\n");
        // In a container the path is the host's and only the root is there.
        kernel.put(
            "cgroup/memory/memory.limit_in_bytes",
            "9223372036854771712\n",
        );
        kernel.put("cgroup/memory/memory.usage_in_bytes", "5000000\n");
        assert!(!kernel.is_high());
        kernel.put("cgroup/memory/memory.limit_in_bytes", "5100000\n");
        assert!(kernel.is_high());
        kernel.put("cgroup/memory/memory.stat", "total_inactive_file 4000000\n");
        assert!(!kernel.is_high());
    }

    #[test]
    fn long_waits_for_memory_are_pressure() {
        let kernel = Planted::new("waits");
        let told = |share: &str| format!("some avg10={share} avg60=0.00 avg300=0.00 total=1\n");
        kernel.put("proc/pressure/memory", &told("10.00"));
        assert!(!kernel.is_high());
        kernel.put("proc/pressure/memory", &told("10.01"));
        assert!(kernel.is_high());
        // The group's own file is nearer to us.
        kernel.put("proc/self/cgroup", "0::/a\n");
        kernel.put("cgroup/a/memory.pressure", &told("0.00"));
        assert!(!kernel.is_high());
        kernel.put("cgroup/a/memory.pressure", &told("55.00"));
        assert!(kernel.is_high());
    }
}
