//! The graph of a heap: read whole, from its file or from the section of a record that has it
//! packed.

use super::loader::Loader;
use std::io::{self, Read};
use tenure_trace::graph::HEADER_BYTES;

/// How hard a graph is compressed. It is written while somebody waits; a harder level takes
/// several times as long and saves little.
pub(crate) const LEVEL: i32 = 1;
/// The most that is read of a graph, unpacked, in bytes: some three hundred million blocks.
const BYTES_MAX: u64 = 4 << 30;
/// Bytes that are read at once.
const STEP_BYTES: u64 = 1 << 20;

/// A graph file, as far as it could be read.
pub(crate) struct GraphBytes {
    bytes: Vec<u8>,
    /// Why that is not all.
    failure: Option<String>,
}

/// Reads the header of a graph file.
pub(crate) fn head(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(HEADER_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Reads what follows the header `head`.
pub(crate) fn read(head: Vec<u8>, rest: &mut dyn Read) -> GraphBytes {
    let mut bytes = head;
    let mut failure = None;
    loop {
        if bytes.len() as u64 >= BYTES_MAX {
            let most = BYTES_MAX >> 30;
            failure = Some(format!("no more than {most} GiB of a graph are read"));
            break;
        }
        match (&mut *rest).take(STEP_BYTES).read_to_end(&mut bytes) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                failure = Some(error.to_string());
                break;
            }
        }
    }
    GraphBytes { bytes, failure }
}

/// Reads a section's payload up to the end of the graph in it.
pub(crate) fn unpack(payload: &mut dyn Read) -> io::Result<GraphBytes> {
    let head = head(payload)?;
    let mut rest = zstd::Decoder::new(payload)?.single_frame();
    Ok(read(head, &mut rest))
}

/// Hands a graph to the loader. `is_cut`: that its end is missing is told already.
///
/// # Errors
///
/// Why none of it was taken in.
pub(crate) fn take_in(graph: &GraphBytes, is_cut: bool, loader: &mut Loader) -> Result<(), String> {
    let failure = graph.failure.as_ref().filter(|_| !is_cut);
    if let Some(failure) = failure {
        loader.lost(format!(
            "the graph of a heap was read in part only: {failure}"
        ));
    }
    loader.graph(&graph.bytes, is_cut || failure.is_some())
}
