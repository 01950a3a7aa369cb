//! `tenure holders`: who holds the memory.

use super::leaks;
use crate::failure::{DONE, Failure, USAGE};
use crate::{record, screen};
use std::io::stdout;
use std::path::PathBuf;
use tenure_model::graph::Heuristics;
use tenure_model::profile::Names;
use tenure_report::holders::{self, Holders, Shape, Sought, Tree, sites_called};

/// Show who holds the memory: the dominator tree of the heap, from the roots down
///
/// At the top stands who holds without being held: a global variable, a frame of a thread, a
/// register, thread-local storage. Below it are the sites of the blocks that would be freed
/// without it, with the bytes that they retain: their own and all that they hold in turn. What
/// several roots hold together, and none alone, stands apart; so do lost blocks.
///
/// Exit codes: 0 done; 2 wrong arguments; 3 the record cannot be read or no heap was looked at in
/// it; 4 the process cannot be asked. A heap is looked at by `tenure run --leaks`, and at any time
/// in a process that runs under `tenure run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A record (.tnr), a run's folder, a state file, or the pid of a process under `tenure run`
    #[arg(value_name = "FILE|PID")]
    target: PathBuf,
    /// Show who holds the blocks of a site: part of its function's name, file:line, or its place
    /// in the list of `tenure top`
    #[arg(long, value_name = "SITE", conflicts_with = "addr")]
    site: Option<Sought>,
    /// Show the shortest way from a root to the block that contains an address
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    addr: Option<u64>,
    /// How many levels below the roots are shown
    #[arg(long, value_name = "N", default_value_t = Shape::default().depth)]
    depth: usize,
    /// How many roots are shown, and lines below each line
    #[arg(long, value_name = "N", default_value_t = Shape::default().limit)]
    limit: usize,
    /// Which pointers into the middle of a block count as pointers to its start: all, none, or
    /// some of stdstring, length64, newarray, multipleinheritance, hashtable, tagged
    #[arg(long, value_name = "LIST", default_value_t = Heuristics::default())]
    heuristics: Heuristics,
    /// Print JSON, schema holders/1, with --addr path/1
    #[arg(long)]
    json: bool,
}

/// Reads an address, in hexadecimal after `0x`, else in decimal.
fn address(text: &str) -> Result<u64, String> {
    let read = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    read.map_err(|_| "write an address such as 0x7f0012345678".to_owned())
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let mut recording = leaks::heaps_of(&arguments.target, arguments.heuristics, arguments.json)?;
    let all = record::name_heaps(&mut recording);
    let names = Names::new(&recording.sites, &recording.symbols);
    let heaps = recording.holders(&all, &names);
    let text = match (arguments.addr, &arguments.site) {
        (Some(address), _) => way(&heaps, address, arguments)?,
        (None, Some(site)) => {
            let found = trees_of(&heaps, site, arguments)?;
            shown(&heaps, &found, arguments)
        }
        (None, None) => {
            let trees: Vec<_> = heaps
                .iter()
                .map(|heap| Some(heap.tree(shape(arguments))))
                .collect();
            shown(&heaps, &trees, arguments)
        }
    };
    screen::print(&text)?;
    Ok(DONE)
}

fn shape(arguments: &Arguments) -> Shape {
    Shape {
        depth: arguments.depth,
        limit: arguments.limit,
        ..Shape::default()
    }
}

/// The way to an address, in the process that has a block there.
fn way(heaps: &[Holders<'_>], address: u64, arguments: &Arguments) -> Result<String, Failure> {
    let found = heaps
        .iter()
        .find_map(|heap| Some((heap, heap.way_to(address)?)));
    let Some((heap, way)) = found else {
        let why = format!(
            "no block contains {address:#x}: it was free when the heap was looked at, or is no \
             address of the heap; addresses are those of one process, and change from run to run"
        );
        return Err(Failure::new(USAGE, why));
    };
    Ok(match arguments.json {
        true => holders::path_json(heap, &way),
        false => holders::path_text(heap, &way, screen::style_of(&stdout())),
    })
}

/// The trees of who holds the blocks of a site; `None` for a process that has none.
fn trees_of(
    heaps: &[Holders<'_>],
    site: &Sought,
    arguments: &Arguments,
) -> Result<Vec<Option<Tree>>, Failure> {
    let trees = heaps.iter().map(|heap| {
        let stacks = sites_called(heap.heap().names, heap.heap().stacks, site);
        let tree = heap.tree_of(&stacks, shape(arguments));
        Some(tree).filter(|tree| tree.total_blocks > 0)
    });
    let trees: Vec<_> = trees.collect();
    if trees.iter().all(Option::is_none) {
        let why = "no live block is of a site that is called so; `tenure holders` without --site \
                   and `tenure top` show what sites are called";
        return Err(Failure::new(USAGE, why));
    }
    Ok(trees)
}

fn shown(heaps: &[Holders<'_>], trees: &[Option<Tree>], arguments: &Arguments) -> String {
    let all = heaps.iter().zip(trees);
    let all = all.filter_map(|(heap, tree)| Some((heap, tree.as_ref()?)));
    if arguments.json {
        return holders::json(&all.collect::<Vec<_>>());
    }
    let style = screen::style_of(&stdout());
    let texts: Vec<_> = all
        .map(|(heap, tree)| holders::text(heap, tree, style))
        .collect();
    texts.join("\n")
}

#[cfg(test)]
mod tests {
    //! What an address looks like.

    use super::address;

    #[test]
    fn addresses_are_hexadecimal_after_their_prefix() {
        assert_eq!(address("0x7f00"), Ok(0x7f00));
        assert_eq!(address("10"), Ok(10));
        assert!(address("7f00").is_err_and(|why| why.contains("0x7f")));
        assert!(address("0x").is_err());
    }
}
