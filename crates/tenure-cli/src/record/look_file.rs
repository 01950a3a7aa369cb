//! What a look at a heap leaves: the graph of its blocks and the census of its pages, each read
//! whole, from its file or from the section of a record that has it packed.

use super::loader::Loader;
use std::io::{self, Read};
use tenure_trace::container::Tag;
use tenure_trace::{graph, pages};

/// How hard they are compressed. They are written while somebody waits; a harder level takes
/// several times as long and saves little.
pub(crate) const LEVEL: i32 = 1;
/// The most that is read of one, unpacked, in bytes: some three hundred million blocks.
const BYTES_MAX: u64 = 4 << 30;
/// Bytes that are read at once.
const STEP_BYTES: u64 = 1 << 20;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookFile {
    /// Blocks, and who points to them.
    Graph,
    /// Pages, and who pins them.
    Pages,
}

/// A file, as far as it could be read.
pub(crate) struct LookBytes {
    bytes: Vec<u8>,
    /// Why that is not all.
    failure: Option<String>,
}

impl LookFile {
    pub(crate) const ALL: [Self; 2] = [Self::Graph, Self::Pages];

    /// The ending of the file's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Pages => "pages",
        }
    }

    /// The section of a record that has it.
    pub(crate) fn tag(self) -> Tag {
        match self {
            Self::Graph => Tag::GRPH,
            Self::Pages => Tag::PAGE,
        }
    }

    /// What it tells of, for messages.
    pub(crate) fn subject(self) -> &'static str {
        match self {
            Self::Graph => "heap",
            Self::Pages => "pages",
        }
    }

    /// Whether the loader wants it.
    pub(crate) fn is_wanted(self, loader: &Loader) -> bool {
        match self {
            Self::Graph => loader.wants_heaps(),
            Self::Pages => loader.wants_pages(),
        }
    }

    /// Why `head` does not begin such a file.
    pub(crate) fn refusal(self, head: &[u8]) -> Option<String> {
        match self {
            Self::Graph => Some(graph::GraphHeader::parse(head).err()?.to_string()),
            Self::Pages => Some(pages::PagesHeader::parse(head).err()?.to_string()),
        }
    }

    /// Reads the header.
    pub(crate) fn head(self, input: &mut dyn Read) -> io::Result<Vec<u8>> {
        let bytes = match self {
            Self::Graph => graph::HEADER_BYTES,
            Self::Pages => pages::HEADER_BYTES,
        };
        let mut head = Vec::new();
        input.take(bytes as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Reads a section's payload up to the end of the file in it.
    pub(crate) fn unpack(self, payload: &mut dyn Read) -> io::Result<LookBytes> {
        let head = self.head(payload)?;
        let mut rest = zstd::Decoder::new(payload)?.single_frame();
        Ok(LookBytes::read(head, &mut rest))
    }

    /// Hands it to the loader. `is_cut`: that its end is missing is told already.
    ///
    /// # Errors
    ///
    /// Why none of it was taken in.
    pub(crate) fn take_in(
        self,
        found: &LookBytes,
        is_cut: bool,
        loader: &mut Loader,
    ) -> Result<(), String> {
        let failure = found.failure.as_ref().filter(|_| !is_cut);
        if let Some(failure) = failure {
            let name = self.name();
            loader.lost(format!(
                "the {name} of a heap was read in part only: {failure}"
            ));
        }
        match self {
            Self::Graph => loader.graph(&found.bytes, is_cut || failure.is_some()),
            Self::Pages => loader.pages(&found.bytes),
        }
    }
}

impl LookBytes {
    /// Reads what follows the header `head`.
    pub(crate) fn read(head: Vec<u8>, rest: &mut dyn Read) -> Self {
        let mut bytes = head;
        let mut failure = None;
        loop {
            if bytes.len() as u64 >= BYTES_MAX {
                let most = BYTES_MAX >> 30;
                failure = Some(format!("no more than {most} GiB of it are read"));
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
        Self { bytes, failure }
    }
}
