//! The sheet of a profile.

use super::{Images, Sheet, SheetBuilder, SheetModule, Values};
use std::time::Duration;
use tenure_model::profile::{Frame, FrameId, Mapping, Module, NamedFrame, Names, Run, Site, Sites};

impl Sheet {
    /// The sites of a run, with their names; `run` is what the supervisor saw of it.
    pub fn of(names: &Names<'_>, run: Option<&Run>) -> Self {
        let sites = names.sites();
        let mut builder = SheetBuilder::new();
        for module in &sites.modules {
            let mapping = mapping_of(module);
            let build_id = module.build_id_hex();
            builder.module(
                &module.path,
                &build_id,
                mapping.start..mapping.end,
                mapping.bias,
            );
        }
        let mut locations = vec![None; sites.frames.len()];
        for site in &sites.sites {
            let stack = sites.stack(site).map(|id| match locations[id.index()] {
                Some(known) => known,
                None => {
                    let location = place(&mut builder, names, id);
                    locations[id.index()] = Some(location);
                    location
                }
            });
            let stack: Vec<_> = stack.collect();
            builder.row(stack, values_of(site));
        }
        let mut sheet = builder.finish();
        sheet.describe(sites, run);
        sheet
    }

    fn describe(&mut self, sites: &Sites, run: Option<&Run>) {
        let at_peak = sites.peak.map_or(0, |peak| peak.image as usize);
        let image = sites.images.get(at_peak);
        let curve = image.map(|image| &image.live);
        let recorded = image.and_then(|image| image.wall_ns);
        let curve_ns = curve.map_or(0, |curve| curve.end_ns());
        let wall = run.map(|run| nanoseconds(run.wall)).or(recorded);
        self.wall_ns = wall.unwrap_or(0).max(recorded.unwrap_or(curve_ns));
        self.command = match (run, sites.images.first()) {
            (Some(run), _) if !run.command.is_empty() => run.command.clone(),
            (_, Some(image)) => vec![image.program.clone()],
            _ => Vec::new(),
        };
        let first = sites.images.first().map(|image| image.pid);
        let program = sites.images.first().map(|image| &image.program);
        let is_program = |module: &SheetModule| program == Some(&module.path);
        self.program = self.modules.iter().position(is_program);
        self.pid = run.map(|run| run.root_pid).or(first).unwrap_or(0);
        self.start_unix_ns = run.map_or(0, |run| run.start_unix_ns);
        self.sample_rate_bytes = sites.sample_rate_bytes;
        self.is_estimated = sites
            .sites
            .iter()
            .any(|site| site.allocations.interval_95.is_some());
        let width_ns = curve.map_or(0, |curve| curve.width_ns);
        let points = curve
            .map(|curve| curve.points.as_slice())
            .unwrap_or_default();
        let ends = (1..).map(|interval: u64| interval.saturating_mul(width_ns));
        self.timeline = ends
            .zip(points)
            .map(|(end, point)| (end, point.max_bytes))
            .collect();
        let highest = self.timeline.iter().rev().max_by_key(|(_, bytes)| *bytes);
        let told = sites.peak.and_then(|peak| peak.since_start_ns);
        self.peak_ns = told.or(highest.map(|(ns, _)| *ns)).unwrap_or(0);
        self.images = match sites.images.len() {
            0 | 1 => Images::One,
            _ => Images::Several,
        };
    }
}

/// Where the module is taken to lie: where the first process had it.
fn mapping_of(module: &Module) -> Mapping {
    module.mappings.first().copied().unwrap_or_default()
}

fn place(builder: &mut SheetBuilder, names: &Names<'_>, id: FrameId) -> usize {
    let functions = names.frame(id);
    let otherwise = functions
        .first()
        .map_or("?", |frame| &*frame.function)
        .to_owned();
    let named = |frame: &NamedFrame<'_>| {
        let file = frame.file.unwrap_or("").to_owned();
        (
            frame.function.clone().into_owned(),
            file,
            frame.line.unwrap_or(0),
        )
    };
    let is_named = functions.iter().any(|frame| frame.is_named);
    let mut list: Vec<_> = functions.iter().map(named).collect();
    let (address, module) = match names.sites().frame(id) {
        Frame::Code { module, offset } => {
            let bias = builder
                .sheet
                .modules
                .get(module.index())
                .map_or(0, |module| module.bias);
            let known = module.index() < builder.sheet.modules.len();
            (
                Some(offset.wrapping_add(bias)),
                known.then_some(module.index()),
            )
        }
        Frame::Address(address) => (Some(address), None),
        // What has no address in the program: its word is its name.
        _ => (None, None),
    };
    if !is_named && address.is_some() {
        list.clear();
    }
    builder.location(address, module, &list, &otherwise)
}

fn values_of(site: &Site) -> Values {
    let ages = &site.lifetimes_ns;
    let freed = ages.mean.unwrap_or(0).saturating_mul(site.frees.value);
    let living = ages
        .mean_age
        .unwrap_or(0)
        .saturating_mul(site.live_blocks.value);
    Values {
        allocations: site.allocations.value,
        allocated_bytes: site.allocated_bytes.value,
        peak_blocks: site.peak_blocks.value,
        peak_bytes: site.peak_bytes.value,
        live_blocks: site.live_blocks.value,
        live_bytes: site.live_bytes.value,
        lifetime_ns: freed.saturating_add(living),
    }
}

fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
