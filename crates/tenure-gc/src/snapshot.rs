//! The heap as a graph in the form of V8's `.heapsnapshot`, with the names of fields on its edges.
//!
//! **Shape:** nodes in the order in which they were first reached, the root first, each followed by
//! its edges; what names them is kept once.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::ptr::NonNull;

use crate::trace::{Edge, Visitor};

/// Numbers for each node: type, name, id, own bytes, edges, allocation site, detachedness.
const NODE_FIELDS: usize = 7;

/// What a heap says of one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) bytes: usize,
    pub(crate) is_array: bool,
}

/// All objects that can be reached, and how.
///
/// Takes 24 bytes an object and 12 an edge while it is kept.
#[derive(Debug)]
pub struct Snapshot {
    nodes: Vec<Node>,
    edges: Vec<Link>,
    names: Names,
}

#[derive(Debug)]
struct Node {
    name: u32,
    is_array: bool,
    bytes: usize,
    edges: u32,
}

#[derive(Debug)]
struct Link {
    label: Label,
    to: u32,
}

#[derive(Clone, Copy, Debug)]
enum Label {
    Field(u32),
    Element(u32),
    Weak(u32),
}

/// Names, each once.
#[derive(Debug, Default)]
struct Names {
    number: BTreeMap<&'static str, u32>,
    list: Vec<&'static str>,
}

impl Names {
    fn number(&mut self, name: &'static str) -> u32 {
        *self.number.entry(name).or_insert_with(|| {
            self.list.push(name);
            (self.list.len() - 1) as u32
        })
    }
}

/// An edge, as it was shown.
struct Found {
    field: Option<&'static str>,
    element: Option<usize>,
    is_weak: bool,
    value: NonNull<u8>,
}

/// Collects the edges of one object.
#[derive(Default)]
pub(crate) struct Edges {
    field: Option<&'static str>,
    element: Option<usize>,
    found: Vec<Found>,
}

impl Edges {
    fn push(&mut self, is_weak: bool, to: NonNull<u8>) {
        self.found.push(Found {
            field: self.field,
            element: self.element,
            is_weak,
            value: to,
        });
    }
}

impl<'gc> Visitor<'gc> for Edges {
    fn field(&mut self, name: &'static str) {
        self.field = Some(name);
        self.element = None;
    }

    fn element(&mut self, index: usize) {
        self.element = Some(index);
    }

    fn strong(&mut self, to: Edge<'gc>) {
        self.push(false, to.value());
    }

    fn weak(&mut self, to: Edge<'gc>) {
        self.push(true, to.value());
    }
}

impl Snapshot {
    /// Follows every pointer from the roots. `show` presents the pointers of a value, `about` says
    /// what it is.
    pub(crate) fn take(
        roots: impl FnOnce(&mut Edges),
        mut show: impl FnMut(NonNull<u8>, &mut Edges),
        about: impl Fn(NonNull<u8>) -> About,
    ) -> Self {
        let mut taken = Self {
            nodes: Vec::new(),
            edges: Vec::new(),
            names: Names::default(),
        };
        let root = About {
            name: "(GC roots)",
            bytes: 0,
            is_array: false,
        };
        taken.node(root);
        let mut places = BTreeMap::new();
        let mut order = Vec::new();
        let mut edges = Edges::default();
        roots(&mut edges);
        let mut at = 0;
        loop {
            taken.nodes[at].edges = edges.found.len() as u32;
            for found in edges.found.drain(..) {
                let Found {
                    field,
                    element,
                    is_weak,
                    value,
                } = found;
                let to = *places.entry(value).or_insert_with(|| {
                    order.push(value);
                    taken.node(about(value))
                });
                let field = field.map(|name| taken.names.number(name));
                let label = match (field, element) {
                    (Some(name), _) if is_weak => Label::Weak(name),
                    (Some(name), _) => Label::Field(name),
                    (None, element) => Label::Element(element.unwrap_or(0) as u32),
                };
                taken.edges.push(Link { label, to });
            }
            let Some(&value) = order.get(at) else {
                return taken;
            };
            at += 1;
            edges.field = None;
            edges.element = None;
            show(value, &mut edges);
        }
    }

    fn node(&mut self, about: About) -> u32 {
        let name = self.names.number(about.name);
        self.nodes.push(Node {
            name,
            is_array: about.is_array,
            bytes: about.bytes,
            edges: 0,
        });
        (self.nodes.len() - 1) as u32
    }

    /// How many objects were reached.
    #[must_use]
    pub fn objects(&self) -> usize {
        self.nodes.len() - 1
    }

    /// All bytes of the objects reached, their words included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.nodes.iter().map(|node| node.bytes).sum()
    }

    /// Writes it in the form of V8, which Chromium's DevTools and other viewers open. An object is
    /// numbered by its place in this snapshot: numbers of two snapshots are not comparable.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> fmt::Result {
        write!(
            out,
            "{{\"snapshot\":{{\"meta\":{META},\"node_count\":{},\"edge_count\":{},\
             \"trace_function_count\":0}},\n\"nodes\":[",
            self.nodes.len(),
            self.edges.len()
        )?;
        for (at, node) in self.nodes.iter().enumerate() {
            let kind = match (at, node.is_array) {
                (0, _) => SYNTHETIC,
                (_, true) => ARRAY,
                (_, false) => OBJECT,
            };
            let (name, bytes, edges) = (node.name, node.bytes, node.edges);
            // V8 gives odd numbers to objects of its own.
            let id = 2 * at + 1;
            writeln!(out, "{}{kind},{name},{id},{bytes},{edges},0,0", comma(at))?;
        }
        out.write_str("],\n\"edges\":[")?;
        for (at, link) in self.edges.iter().enumerate() {
            let (kind, name) = match link.label {
                Label::Element(index) => (ELEMENT, index),
                Label::Field(name) => (PROPERTY, name),
                Label::Weak(name) => (WEAK, name),
            };
            let to = link.to as usize * NODE_FIELDS;
            writeln!(out, "{}{kind},{name},{to}", comma(at))?;
        }
        out.write_str("],\n\"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],")?;
        out.write_str("\"locations\":[],\n\"strings\":[")?;
        for (at, name) in self.names.list.iter().enumerate() {
            out.write_str(comma(at))?;
            quoted(name, out)?;
        }
        out.write_str("]}\n")
    }
}

const fn comma(at: usize) -> &'static str {
    if at == 0 { "" } else { "," }
}

fn quoted(text: &str, out: &mut dyn Write) -> fmt::Result {
    out.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(out, "\\{letter}")?,
            '\0'..='\x1f' => write!(out, "\\u{:04x}", letter as u32)?,
            _ => out.write_char(letter)?,
        }
    }
    out.write_str("\"\n")
}

const ARRAY: u32 = 1;
const OBJECT: u32 = 3;
const SYNTHETIC: u32 = 9;
const ELEMENT: u32 = 1;
const PROPERTY: u32 = 2;
const WEAK: u32 = 6;

/// What the numbers mean, as V8 of Node 20 says it.
const META: &str = concat!(
    r#"{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","#,
    r#""detachedness"],"node_types":[["hidden","array","string","object","code","closure","#,
    r#""regexp","number","native","synthetic","concatenated string","sliced string","symbol","#,
    r#""bigint","object shape"],"string","number","number","number","number","number"],"#,
    r#""edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","#,
    r#""property","internal","hidden","shortcut","weak"],"string_or_number","node"],"#,
    r#""trace_function_info_fields":["function_id","name","script_name","script_id","line","#,
    r#""column"],"trace_node_fields":["id","function_info_index","count","size","children"],"#,
    r#""sample_fields":["timestamp_us","last_assigned_id"],"#,
    r#""location_fields":["object_index","script_id","line","column"]}"#,
);

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec;

    /// Three objects in a ring, the first of them weakly known by the third.
    fn ring() -> Snapshot {
        let mut values = vec![0_u64; 3];
        let place = |at: usize, values: &mut [u64]| NonNull::from(&mut values[at]).cast::<u8>();
        let [first, second, third] = [0, 1, 2].map(|at| place(at, &mut values));
        Snapshot::take(
            |edges| {
                edges.field("head");
                edges.push(false, first);
            },
            |value, edges| {
                if value == first {
                    edges.element(7);
                    edges.push(false, second);
                } else if value == second {
                    edges.field("next");
                    edges.push(false, third);
                } else {
                    edges.field("back");
                    edges.push(true, first);
                }
            },
            |value| About {
                name: if value == first { "Ring \"A\"" } else { "Link" },
                bytes: 24,
                is_array: value == second,
            },
        )
    }

    #[test]
    fn a_snapshot_reads_as_json_and_its_numbers_agree() {
        let snapshot = ring();
        assert_eq!((snapshot.objects(), snapshot.bytes()), (3, 72));
        let mut text = String::new();
        snapshot.write(&mut text).unwrap();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let nodes = read["nodes"].as_array().unwrap();
        let edges = read["edges"].as_array().unwrap();
        assert_eq!(read["snapshot"]["node_count"], nodes.len() / NODE_FIELDS);
        assert_eq!(read["snapshot"]["edge_count"], edges.len() / 3);
        let counts = nodes
            .chunks(NODE_FIELDS)
            .map(|node| node[4].as_u64().unwrap());
        assert_eq!(counts.sum::<u64>(), edges.len() as u64 / 3);
        let strings = read["strings"].as_array().unwrap();
        let name = |edge: usize| &strings[edges[3 * edge + 1].as_u64().unwrap() as usize];
        let fields = read["snapshot"]["meta"]["node_fields"].as_array().unwrap();
        assert_eq!(fields.len(), NODE_FIELDS);
        assert_eq!(
            (name(0), name(2), name(3)),
            (&"head".into(), &"next".into(), &"back".into())
        );
        assert_eq!((&edges[3], &edges[4]), (&ELEMENT.into(), &7.into()));
        assert_eq!((&edges[9], &edges[11]), (&WEAK.into(), &NODE_FIELDS.into()));
        assert_eq!(
            strings[nodes[NODE_FIELDS + 1].as_u64().unwrap() as usize],
            "Ring \"A\""
        );
    }
}
