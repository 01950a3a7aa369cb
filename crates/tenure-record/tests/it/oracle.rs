//! Two other unwinders: glibc's `backtrace`, and `framehop` over the sections of mapped files.

use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{ExplicitModuleSectionInfo, FrameAddress, Module, Unwinder};
use object::{Object, ObjectSection};
use std::collections::BTreeMap;
use tenure_record::stack::Registers;

unsafe extern "C" {
    fn backtrace(buffer: *mut usize, size: i32) -> i32;
}

/// The return addresses that glibc finds, from the caller's own frame outwards.
#[inline(always)]
pub(crate) fn glibc(most: usize) -> Vec<usize> {
    let mut addresses = vec![0usize; most];
    // SAFETY: the buffer is as long as said.
    let count = unsafe { backtrace(addresses.as_mut_ptr(), most as i32) };
    addresses.truncate(count as usize);
    addresses
}

/// `framehop` with every file that is mapped.
pub(crate) struct Framehop {
    unwinder: UnwinderX86_64<Vec<u8>>,
    cache: CacheX86_64,
}

impl Framehop {
    /// Reads the files that are mapped now.
    pub(crate) fn new() -> Self {
        let mut unwinder = UnwinderX86_64::new();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mut files: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for line in maps.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.len() < 6 || !words[5].starts_with('/') {
                continue;
            }
            let (start, end) = words[0].split_once('-').unwrap();
            let number = |text| u64::from_str_radix(text, 16).unwrap();
            let span = files
                .entry(words[5].to_owned())
                .or_insert((number(start), 0));
            span.1 = number(end);
        }
        for (path, (start, end)) in files {
            if let Some(info) = sections(&path) {
                unwinder.add_module(Module::new(path, start..end, start, info));
            }
        }
        Self {
            unwinder,
            cache: CacheX86_64::new(),
        }
    }

    /// The return addresses from the state `from` outwards, its own first.
    pub(crate) fn walk(&mut self, from: &Registers, most: usize) -> Vec<usize> {
        let mut registers = UnwindRegsX86_64::new(from.pc as u64, from.sp as u64, from.fp as u64);
        let mut read = |addr: u64| {
            let word = std::ptr::with_exposed_provenance::<u64>(addr as usize);
            // SAFETY: the addresses are those of this thread's living frames.
            Ok(unsafe { word.read() })
        };
        let mut addresses = vec![from.pc];
        let mut frame = FrameAddress::from_return_address(from.pc as u64).unwrap();
        while addresses.len() < most {
            match self
                .unwinder
                .unwind_frame(frame, &mut registers, &mut self.cache, &mut read)
            {
                Ok(Some(address)) => {
                    addresses.push(address as usize);
                    let Some(next) = FrameAddress::from_return_address(address) else {
                        break;
                    };
                    frame = next;
                }
                _ => break,
            }
        }
        addresses
    }
}

fn sections(path: &str) -> Option<ExplicitModuleSectionInfo<Vec<u8>>> {
    let bytes = std::fs::read(path).ok()?;
    let file = object::File::parse(&*bytes).ok()?;
    let section = |name: &str| {
        let section = file.section_by_name(name)?;
        let span = section.address()..section.address() + section.size();
        Some((span, section.uncompressed_data().ok()?.to_vec()))
    };
    let mut info = ExplicitModuleSectionInfo::<Vec<u8>>::default();
    if let Some((span, bytes)) = section(".text") {
        info.text_svma = Some(span);
        info.text = Some(bytes);
    }
    if let Some((span, bytes)) = section(".eh_frame") {
        info.eh_frame_svma = Some(span);
        info.eh_frame = Some(bytes);
    }
    if let Some((span, bytes)) = section(".eh_frame_hdr") {
        info.eh_frame_hdr_svma = Some(span);
        info.eh_frame_hdr = Some(bytes);
    }
    Some(info)
}
