//! Which collector wrote a log that does not say so: excerpts and the later parts of rotated logs.

use tenure_model::timeline::Collector;

/// What only one collector writes at the start of a line behind `GC(n) `, apart from its prefix.
const WITNESSES: [(&[u8], Collector); 30] = [
    (b"Pause Young (Normal)", Collector::G1),
    (b"Pause Young (Concurrent Start)", Collector::G1),
    (b"Pause Young (Prepare Mixed)", Collector::G1),
    (b"Pause Young (Mixed)", Collector::G1),
    (b"Pause Young (G1 ", Collector::G1),
    (b"Pause Mixed", Collector::G1),
    (b"Pause Full (G1 ", Collector::G1),
    (b"Pause Cleanup", Collector::G1),
    (b"Pause Initial Mark (", Collector::G1),
    (b"Eden regions: ", Collector::G1),
    (b"Concurrent Mark Cycle", Collector::G1),
    (b"Concurrent Undo Cycle", Collector::G1),
    (b"Concurrent Cycle", Collector::G1),
    (b"Concurrent Clear Claimed Marks", Collector::G1),
    (b"Concurrent Scan Root Regions", Collector::G1),
    (b"Pause Mark Start", Collector::Z),
    (b"Pause Mark End", Collector::Z),
    (b"Pause Relocate Start", Collector::Z),
    (b"Garbage Collection (", Collector::Z),
    (b"Pause Init Mark", Collector::Shenandoah),
    (b"Pause Final Mark", Collector::Shenandoah),
    (b"Pause Final Roots", Collector::Shenandoah),
    (b"Pause Final Update Refs", Collector::Shenandoah),
    (b"Pause Degenerated GC", Collector::Shenandoah),
    (b"Concurrent reset", Collector::Shenandoah),
    (b"DefNew: ", Collector::Serial),
    (b"Tenured: ", Collector::Serial),
    (b"PSYoungGen: ", Collector::Parallel),
    (b"ParNew: ", Collector::Cms),
    (b"CMS: ", Collector::Cms),
];

/// The collector that writes such a line; `None` if several may.
pub(super) fn collector(body: &[u8]) -> Option<Collector> {
    let (text, is_of_generation) = match body {
        [b'y' | b'Y' | b'O', b':', b' ', text @ ..] => (text, true),
        text => (text, false),
    };
    let text = text.trim_ascii_start();
    let witness = WITNESSES.iter().find(|(start, _)| text.starts_with(start));
    match witness?.1 {
        Collector::Z if is_of_generation => Some(Collector::GenerationalZ),
        collector => Some(collector),
    }
}
