//! What is lost of the heaps, as a page lists it.

use super::heaps::{StackColumns, Table};
use super::places::Places;
use super::view::NodeColumns;
use crate::leaks::Leaks;
use serde::Serialize;
use tenure_model::graph::Kind;
use tenure_model::profile::Names;

/// The loss records of a page.
#[derive(Debug, Serialize)]
pub(super) struct LeaksJson {
    /// Blocks and bytes by kind, in the order of [`Kind::ALL`].
    kinds: Vec<[u64; 2]>,
    suppressed: [u64; 2],
    nodes: NodeColumns,
    stacks: StackColumns,
    records: RecordColumns,
    left_out: usize,
}

#[derive(Debug, Default, Serialize)]
struct RecordColumns {
    kind: Vec<u8>,
    stack: Vec<u32>,
    blocks: Vec<u64>,
    bytes: Vec<u64>,
    indirect_blocks: Vec<u64>,
    indirect_bytes: Vec<u64>,
}

impl LeaksJson {
    /// The first `limit` records of each kind.
    pub(super) fn of(leaks: &Leaks, names: &Names<'_>, places: &mut Places, limit: usize) -> Self {
        let mut table = Table::new(names, places);
        let mut records = RecordColumns::default();
        let mut left_out = 0;
        let mut listed = [0; Kind::ALL.len()];
        for record in leaks.records() {
            let listed = &mut listed[record.kind as usize];
            if *listed == limit {
                left_out += 1;
                continue;
            }
            *listed += 1;
            records.kind.push(record.kind as u8);
            records.stack.push(table.stack(record.stack));
            records.blocks.push(record.direct.blocks);
            records.bytes.push(record.direct.bytes);
            records.indirect_blocks.push(record.indirect.blocks);
            records.indirect_bytes.push(record.indirect.bytes);
        }
        let kinds = Kind::ALL.map(|kind| {
            let figures = leaks.kind(kind);
            [figures.blocks, figures.bytes]
        });
        let suppressed = leaks.suppressed();
        let (nodes, stacks) = table.columns();
        Self {
            kinds: kinds.to_vec(),
            suppressed: [suppressed.blocks, suppressed.bytes],
            nodes,
            stacks,
            records,
            left_out,
        }
    }
}
