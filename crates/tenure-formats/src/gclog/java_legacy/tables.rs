//! Lines that stand between the parts of a collection and hold no event of their own: ages,
//! free lists, adaptive sizes, class histograms, remembered sets.

/// How such lines begin, without indentation.
const BEGINNINGS: [&[u8]; 72] = [
    b"time_until_cms",
    b"contiguous_available",
    b"promotion_rate",
    b"cms_allocation_rate",
    b"occupancy=",
    b"initiating",
    b"demand:",
    b"Regions: ",
    b"Humongous object ",
    b"Max TLAB size",
    b"- age ",
    b"Desired survivor size",
    b"Statistics for ",
    b"-----",
    b"Total Free Space:",
    b"Max   Chunk Size:",
    b"Max Chunk Size:",
    b"Number of Blocks:",
    b"Av.  Block  Size:",
    b"Av. Block Size:",
    b"Tree      Height:",
    b"Tree Height:",
    b"Before GC",
    b"After GC",
    b"free=",
    b"size[",
    b"AdaptiveSize",
    b"PSAdaptiveSize",
    b"CMSAdaptiveSize",
    b"avg_survived",
    b"avg_promoted",
    b"num     #instances",
    b"num   #instances",
    b"GC locker: ",
    b"Mark stack is full",
    b"Setting abort in ",
    b"CMS: ",
    b"CMSCollector",
    b"Recent concurrent refinement",
    b"Concurrent RS threads",
    b"Concurrent sampling threads",
    b"Current rem set",
    b"Of ",
    b"Did ",
    b"Processed ",
    b"Region with largest",
    b"Static structures",
    b"Total heap region",
    b"Total per region",
    b"Avg:",
    b"Sum:",
    b"Min:",
    b"Max:",
    b"vmop ",
    b"Using ",
    b"Pacer for ",
    b"Free: ",
    b"Free headroom: ",
    b"Trigger: ",
    b"Collectable Garbage",
    b"Immediate Garbage",
    b"Adaptive CSet",
    b"Good progress ",
    b"Bad progress ",
    b"Cancelling ",
    b"Failed to allocate",
    b"Heuristics ",
    b"Shenandoah ",
    b"Initialize Shenandoah",
    b"GC threads: ",
    b"Reference processing: ",
    b"Evacuation Reserve",
];

/// True for such a line; `text` has no indentation.
pub(super) fn is_table(text: &[u8]) -> bool {
    BEGINNINGS.iter().any(|known| text.starts_with(known)) || is_row(text)
}

/// Numbers alone, a row of a class histogram, or a count of cards and code roots.
fn is_row(text: &[u8]) -> bool {
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return text.starts_with(b"Total ") && ends_with_number(text);
    }
    is_numbers(text) || is_histogram(text) || is_count(text)
}

/// `1.0 2.0 3.0]`: a list of G1 goes on.
fn is_numbers(text: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'.' | b',' | b']');
    text.iter().all(allowed)
}

/// `  12:       1234      56789  java.lang.String`.
fn is_histogram(text: &[u8]) -> bool {
    let mut words = text
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    let rank = words.next().unwrap_or_default();
    let is_digits = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    rank.strip_suffix(b":").is_some_and(is_digits)
        && words.next().is_some_and(is_digits)
        && words.next().is_some_and(is_digits)
        && words.next().is_some()
}

fn is_count(text: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'B' | b'K' | b'M');
    let word = text.iter().take_while(|byte| is_word(byte)).count();
    if text.get(word) != Some(&b' ') {
        return false;
    }
    const COUNTED: [&[u8]; 6] = [
        b" by ",
        b" elements ",
        b" entries ",
        b" represented",
        b" total",
        b" x ",
    ];
    COUNTED
        .iter()
        .any(|known| memchr::memmem::find(text, known).is_some())
}

fn ends_with_number(text: &[u8]) -> bool {
    text.trim_ascii_end().last().is_some_and(u8::is_ascii_digit)
}
