//! Figures of recorded programs, worked out by hand beside them.

mod sampling;

use super::sample::{self, Recorder, sites_of};
use super::*;
use tenure_trace::profile::{Frame as Recorded, SiteRecord, site as layout};

const MS: u64 = 1_000_000;

/// The site whose own frame is called `function`.
fn named<'a>(sites: &'a Sites, symbols: &Symbols, function: &str) -> &'a Site {
    let names = Names::new(sites, symbols);
    let is_it = |site: &&Site| {
        let own = names.own(site);
        own.is_some_and(|own| own.function.starts_with(function))
    };
    let mut found = sites.sites.iter().filter(is_it);
    found.next().unwrap_or_else(|| panic!("no site {function}"))
}

/// A recorder with one module, and a site of it.
fn one_site() -> (Recorder, u32) {
    let mut recorder = Recorder::every(7, "/bin/one");
    let module = recorder.load("/bin/one", &[1; 20]);
    let site = recorder.site(&[Recorded::new(module, 0x10)]);
    (recorder, site)
}

/// The only site of what `recorder` has recorded.
fn only(recorder: &Recorder) -> Site {
    let sites = sites_of(&[recorder.files(true)]).unwrap();
    assert_eq!(sites.notes, Vec::<String>::new());
    let [site] = &sites.sites[..] else {
        panic!("one site")
    };
    site.clone()
}

#[test]
fn the_shop_is_reported_exactly() {
    let (sites, symbols) = (sample::sites(), sample::symbols());
    assert_eq!(sites.mode, Mode::Every);
    assert_eq!(sites.sites.len(), 10, "the child's site is the parent's");
    let table = [
        ("Cache::insert", 1_050, 410, 1_050 * 256, 640 * 256),
        ("parse_request", 5_000, 5_000, 1_000 * 1_792, 0),
        ("Pool::grow", 3, 0, 3 << 20, 3 << 20),
        ("load_config", 20, 0, 960, 960),
        ("shop+0x9999", 10, 10, 40_000, 0),
        ("json::JsonNode::new", 200, 100, 4_800, 2_400),
        ("0x7f0000001000", 5, 0, 2_560, 2_560),
        ("[interpreted]", 7, 0, 700, 700),
        ("[no stack]", 2, 0, 160, 160),
    ];
    for (function, allocations, frees, allocated, live) in table {
        let site = named(&sites, &symbols, function);
        let figures = [
            site.allocations,
            site.frees,
            site.allocated_bytes,
            site.live_bytes,
        ];
        let expected = [allocations, frees, allocated, live].map(Figure::exact);
        assert_eq!(figures, expected, "{function}");
        assert_eq!(site.live_blocks.value, allocations - frees, "{function}");
    }
    let parse = named(&sites, &symbols, "parse_request");
    assert_eq!(parse.freed_remotely.fraction(), 1.0);
    assert_eq!((parse.reallocs_in_place, parse.reallocs_moved), (10, 40));
    let tops: Vec<_> = parse
        .top_sizes
        .iter()
        .map(|top| (top.bytes, top.count))
        .collect();
    assert_eq!(
        tops,
        [(64, 2_000), (128, 1_000), (512, 1_000), (1_024, 1_000)]
    );
    let json = named(&sites, &symbols, "json::JsonNode::new");
    assert_eq!(
        (json.waste_bytes(), json.waste_live_bytes()),
        (200 * 8, 100 * 8)
    );
}

#[test]
fn stacks_are_told_with_inlined_functions_and_their_ends() {
    let (sites, symbols) = (sample::sites(), sample::symbols());
    let names = Names::new(&sites, &symbols);
    let pool = named(&sites, &symbols, "Pool::grow");
    let stack = names.stack(pool.stack);
    let functions: Vec<_> = stack.iter().map(|frame| &*frame.function).collect();
    assert_eq!(
        functions,
        [
            "operator new(unsigned long)",
            "Pool::grow()",
            "Pool::take(unsigned long)",
            "serve(Socket&)",
            "main",
            "__libc_start_main",
        ]
    );
    let inlined: Vec<_> = stack.iter().map(|frame| frame.inlined).collect();
    assert_eq!(inlined, [false, true, false, false, false, false]);
    let own = names.own(pool).unwrap();
    assert_eq!((own.file, own.line), (Some("/src/shop/pool.cpp"), Some(9)));
    let is_truncated = |site: &&Site| {
        let outermost = sites.stack(site).last();
        outermost.is_some_and(|frame| sites.frame(frame) == Frame::Truncated)
    };
    assert_eq!(sites.sites.iter().filter(is_truncated).count(), 1);
    let app = sites
        .modules
        .iter()
        .find(|module| module.name() == "shop")
        .unwrap();
    assert_eq!(app.build_id, sample::SHOP_BUILD_ID);
    let images: Vec<_> = app.mappings.iter().map(|mapping| mapping.image).collect();
    assert_eq!(images, [0, 1], "parent and child");
}

#[test]
fn the_peak_is_the_moment_of_the_process_with_the_largest() {
    let (mut recorder, site) = one_site();
    let blocks: Vec<_> = (0..10).map(|_| recorder.allocate(site, 100)).collect();
    recorder.now_ns = 3 * MS;
    blocks
        .into_iter()
        .take(6)
        .for_each(|block| recorder.free(block));
    recorder.allocate(site, 50);
    let mut smaller = Recorder::every(8, "/bin/one");
    let module = smaller.load("/bin/one", &[1; 20]);
    let same = smaller.site(&[Recorded::new(module, 0x10)]);
    smaller.allocate(same, 200);
    for order in [[&recorder, &smaller], [&smaller, &recorder]] {
        let files = order.map(|recorder| recorder.files(true));
        let sites = sites_of(&files).unwrap();
        let [site] = &sites.sites[..] else {
            panic!("one site")
        };
        assert_eq!((site.peak_bytes.value, site.peak_blocks.value), (1_000, 10));
        assert_eq!(site.live_bytes.value, 450 + 200);
        let peak = sites.peak.unwrap();
        assert_eq!(sites.images[peak.image as usize].pid, 7);
        assert_eq!((peak.live_bytes, peak.since_start_ns), (1_000, Some(0)));
    }
}

#[test]
fn a_shard_may_free_what_another_has_allocated() {
    let (mut recorder, site) = one_site();
    let blocks: Vec<_> = (0..4).map(|_| recorder.allocate(site, 100)).collect();
    recorder.shard = 2;
    blocks
        .into_iter()
        .take(3)
        .for_each(|block| recorder.free(block));
    let site = only(&recorder);
    assert_eq!((site.live_bytes.value, site.live_blocks.value), (100, 1));
    assert_eq!(
        (site.freed_remotely.part(), site.freed_remotely.whole()),
        (3, 3)
    );
    assert_eq!(site.peak_bytes.value, 400);
}

#[test]
fn inherited_blocks_count_in_the_parent_alone() {
    let (mut recorder, site) = one_site();
    recorder.shard = 0;
    let inherited: Vec<_> = (0..5).map(|_| recorder.allocate(site, 100)).collect();
    recorder.shard = 1;
    recorder.allocate(site, 30);
    inherited
        .into_iter()
        .take(2)
        .for_each(|block| recorder.free(block));
    let site = only(&recorder);
    assert_eq!(
        (site.allocations.value, site.allocated_bytes.value),
        (1, 30)
    );
    assert_eq!(site.frees.value, 2);
    assert_eq!(
        site.live_bytes.value, 0,
        "more inherited was freed than is live of its own"
    );
    assert_eq!(
        site.peak_bytes.value, 530,
        "at its own peak it had all of them"
    );
    assert_eq!(site.lifetimes_ns.mean_age, None);
}

#[test]
fn percentiles_are_by_nearest_rank_with_survivors_last() {
    let (mut recorder, site) = one_site();
    let blocks: Vec<_> = (0..100).map(|_| recorder.allocate(site, 10)).collect();
    recorder.now_ns = MS;
    let mut blocks = blocks.into_iter();
    blocks
        .by_ref()
        .take(60)
        .for_each(|block| recorder.free(block));
    recorder.now_ns = 50 * MS;
    blocks
        .by_ref()
        .take(30)
        .for_each(|block| recorder.free(block));
    recorder.now_ns = 100 * MS;
    let lifetimes = only(&recorder).lifetimes_ns;
    assert_eq!(lifetimes.survivors, 10);
    let near = |lifetime: Option<Lifetime>, truth: u64| {
        let found = lifetime.and_then(Lifetime::ended).unwrap();
        assert!(
            (truth / 2..=truth * 2).contains(&found),
            "{found} for {truth}"
        );
    };
    near(lifetimes.percentile(0), MS);
    near(lifetimes.p50(), MS);
    near(lifetimes.percentile(60), MS);
    near(lifetimes.percentile(61), 50 * MS);
    near(lifetimes.p90(), 50 * MS);
    let alive = Some(Lifetime::AtLeast(Some(100 * MS)));
    assert_eq!(
        lifetimes.percentile(91),
        alive,
        "the first of the survivors"
    );
    assert_eq!(lifetimes.p99(), alive);
    let bytes = only(&recorder).lifetimes_bytes;
    assert_eq!(
        bytes.p99(),
        Some(Lifetime::AtLeast(None)),
        "no age in bytes is recorded"
    );
    assert_eq!(Lifetimes::default().p50(), None);
}

#[test]
fn equal_lifetimes_are_told_as_their_mean() {
    let (mut recorder, site) = one_site();
    let block = recorder.allocate(site, 10);
    recorder.now_ns = 5_000_001;
    recorder.free(block);
    let lifetimes = only(&recorder).lifetimes_ns;
    assert_eq!(lifetimes.mean, Some(5_000_001));
    let p50 = lifetimes.p50().and_then(Lifetime::ended).unwrap();
    assert_eq!(p50, 5_000_001);
}

#[test]
fn a_killed_process_has_ages_as_far_as_its_timeline_goes() {
    let (mut recorder, site) = one_site();
    recorder.allocate(site, 10);
    recorder.now_ns = 7 * MS + 5;
    let gone = recorder.allocate(site, 10);
    recorder.free(gone);
    let sites = sites_of(&[recorder.files(false)]).unwrap();
    assert_eq!(sites.images[0].wall_ns, Some(8 * MS));
    assert_eq!(sites.sites[0].lifetimes_ns.mean_age, Some(8 * MS));
    let live: Vec<_> = sites.images[0]
        .live
        .points
        .iter()
        .map(|point| point.last_bytes)
        .collect();
    assert_eq!(
        live, [10; 8],
        "where nothing was told the last figure goes on"
    );
    assert_eq!(sites.images[0].live.points[7].max_bytes, 20);
}

#[test]
fn sites_that_the_files_have_lost_are_kept_without_their_stack() {
    let (mut recorder, site) = one_site();
    recorder.allocate(site, 10);
    let mut files = recorder.files(true);
    files.nodes.truncate(files.nodes.len() - 16);
    files.modules.clear();
    let error = sites_of(&[files.clone()]).unwrap_err();
    assert!(error.is_unbegun());
    files.modules = recorder.files(true).modules;
    let sites = sites_of(&[files]).unwrap();
    let stack: Vec<_> = sites
        .stack(&sites.sites[0])
        .map(|frame| sites.frame(frame))
        .collect();
    assert_eq!(stack, [Frame::Truncated]);
    assert_eq!(
        sites.notes,
        ["process 7: the nodes file is cut short, 1 of its 2 elements are missing"]
    );
}

#[test]
fn a_frame_of_a_lost_module_is_told_from_others() {
    let mut recorder = Recorder::every(7, "/bin/one");
    let [one, two] = [1, 2].map(|module| recorder.site(&[Recorded::new(module, 0x10)]));
    recorder.allocate(one, 1);
    recorder.allocate(two, 1);
    let sites = sites_of(&[recorder.files(true)]).unwrap();
    assert_eq!((sites.sites.len(), sites.modules.len()), (2, 2));
    let symbols = Symbols::new();
    let names = Names::new(&sites, &symbols);
    assert_eq!(names.own(&sites.sites[0]).unwrap().function, "?+0x10");
}

#[test]
fn hostile_records_give_figures_all_the_same() {
    let mut process = ProcessSites::without_state(1, 2);
    let hostile = SiteRecord {
        site: u32::MAX,
        shard: 1,
        flags: layout::FLAG_IN_USE | layout::FLAG_SAMPLED,
        allocations: u64::MAX,
        allocated_bytes: u64::MAX,
        allocated_usable_bytes: u64::MAX,
        est_allocations: f64::INFINITY,
        est_allocated_bytes: f64::NAN,
        var_allocated_bytes: -1.0,
        sizes: [u32::MAX; 40],
        size_scale: 255,
        lifetimes_ns: [u32::MAX; 48],
        lifetime_ns_scale: 63,
        ..SiteRecord::default()
    };
    process.add_record(&hostile);
    process.add_record(&hostile);
    process.add_record(&SiteRecord::default());
    let mut builder = SitesBuilder::new(None);
    builder.add(process);
    let sites = builder.finish();
    assert_eq!(sites.mode, Mode::Sample);
    let [site] = &sites.sites[..] else {
        panic!("one site")
    };
    let interval = site.allocated_bytes.interval_95.unwrap();
    assert!(interval.low <= interval.high);
    assert!(site.lifetimes_ns.p99().is_some());
    assert!(
        sites.notes[0].contains("its state file is lost"),
        "{:?}",
        sites.notes
    );
    let names = Symbols::new();
    assert!(Names::new(&sites, &names).own(site).is_some());
}

#[test]
fn names_survive_their_json() {
    let symbols = sample::symbols();
    let text = serde_json::to_string(&symbols).unwrap();
    assert!(text.starts_with("{\"tenure\":\"symbols/1\",\"modules\":[{\"build_id\":\""));
    assert!(
        text.contains("\"5376\":[{\"function\":\"Pool::grow()\",\"file\":"),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Symbols>(&text).unwrap(), symbols);
    let least = r#"{"tenure":"symbols/1","modules":[{"build_id":"a5","frames":{"1":[
        {"function":"f"}]}}],"addresses":{"4096":[{"function":"jit"}]},
        "interpreted":[{"pid":1,"seq":0,"frames":{"3":[{"function":"g","line":4}]}}]}"#;
    let read: Symbols = serde_json::from_str(least).unwrap();
    assert_eq!(read.modules[0].frames[&1][0].function, "f");
    assert!(!read.is_empty() && Symbols::new().is_empty());
}

#[test]
fn interpreted_and_compiled_code_gets_its_names() {
    let sites = sample::sites();
    let mut symbols = Symbols::new();
    let name = |function: &str| {
        vec![SourceFrame {
            function: function.into(),
            ..SourceFrame::default()
        }]
    };
    symbols.addresses.insert(0x7f00_0000_1000, name("jitted"));
    symbols.interpreted.push(InterpretedSymbols {
        pid: 4711,
        seq: 0,
        frames: [(3, name("script.main"))].into(),
    });
    assert_eq!(named(&sites, &symbols, "jitted").allocations.value, 5);
    assert_eq!(named(&sites, &symbols, "script.main").allocations.value, 7);
}

#[test]
fn two_builds_are_compared_by_names() {
    let symbols = sample::symbols();
    let before = sample::sites();
    // The other build has everything elsewhere, in files of other names.
    let mut after = sample::sites();
    let mut moved = symbols.clone();
    for module in &mut after.modules {
        module.build_id[0] ^= 0xff;
        module.path = module.path.replace("6.0.30", "6.0.31");
    }
    for frame in &mut after.frames {
        if let Frame::Code { offset, .. } = frame {
            *offset += 0x40;
        }
    }
    for module in &mut moved.modules {
        let first = u8::from_str_radix(&module.build_id[..2], 16).unwrap() ^ 0xff;
        module.build_id.replace_range(..2, &format!("{first:02x}"));
        let frames = std::mem::take(&mut module.frames).into_iter();
        module.frames = frames
            .map(|(offset, names)| (offset + 0x40, names))
            .collect();
    }
    let diff = Diff::between(&Names::new(&before, &symbols), &Names::new(&after, &moved));
    let changed = diff.ordered_by(Key::Allocated);
    let amounts: Vec<_> = changed
        .iter()
        .map(|site| site.change(Key::Allocated))
        .collect();
    let certain = |amount| Change {
        amount,
        is_certain: true,
    };
    assert_eq!(
        (diff.sites.len(), amounts),
        (11, vec![certain(-40_000), certain(40_000)]),
        "the site without a name is another one"
    );
    let same = Diff::between(
        &Names::new(&before, &symbols),
        &Names::new(&before, &symbols),
    );
    assert_eq!(same.sites.len(), 10);
    assert!(same.ordered_by(Key::Allocated).is_empty());
    assert_eq!(same.before, same.after);
}

#[test]
fn rules_hold_up_to_their_border() {
    let totals = |live: u64, allocations: u64| SiteTotals {
        live_bytes: Figure::exact(live),
        allocations: Figure::exact(allocations),
        ..SiteTotals::default()
    };
    let breach = |rule: &str, before, after| {
        let rule: Rule = rule.parse().unwrap();
        rule.breach(&before, &after)
    };
    assert_eq!(breach("live>1KiB", totals(0, 0), totals(1_024, 0)), None);
    let broken = Breach {
        before: 0,
        after: 1_025,
        allowed: 1_024,
    };
    assert_eq!(
        breach("live>1KiB", totals(0, 0), totals(1_025, 0)),
        Some(broken)
    );
    assert_eq!(
        breach("live:+10%", totals(1_000, 0), totals(1_100, 0)),
        None
    );
    assert!(breach("live:+10%", totals(1_000, 0), totals(1_101, 0)).is_some());
    assert!(breach("live:+0%", totals(0, 0), totals(1, 0)).is_some());
    assert_eq!(
        breach("allocations:+ 5", totals(0, 10), totals(0, 15)),
        None
    );
    let most = breach("allocations >5", totals(0, 10), totals(0, 15));
    assert_eq!(most.map(|breach| breach.allowed), Some(5));
    assert!("live>1e30".parse::<Rule>().is_err());
    let half: Rule = "live>1.5KiB".parse().unwrap();
    assert_eq!(half.border, Border::Above(1_536));
    assert!("live>18446744073709551615TiB".parse::<Rule>().is_err());
}

#[test]
fn the_stacks_of_nodes_without_a_site_are_given_too() {
    let mut recorder = Recorder::every(7, "/bin/one");
    let module = recorder.load("/bin/one", &[1; 20]);
    let outer = recorder.site(&[Recorded::new(module, 0x10)]);
    let inner = recorder.site(&[Recorded::new(module, 0x10), Recorded::new(module, 0x20)]);
    let process = sample::process_of(&recorder.files(true)).unwrap();
    let mut builder = SitesBuilder::new(None);
    let stacks = builder.add_with(process, &[inner, 0, outer, 999, inner]);
    let sites = builder.finish();
    let shown = stacks.iter().map(|&stack| {
        let frames = sites.stacks.frames(stack);
        frames.map(|frame| sites.frame(frame)).collect::<Vec<_>>()
    });
    let code = |offset| Frame::Code {
        module: ModuleId(0),
        offset,
    };
    let expected = [
        vec![code(0x20), code(0x10)],
        vec![Frame::NotCaptured],
        vec![code(0x10)],
        vec![Frame::Truncated],
        vec![code(0x20), code(0x10)],
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

#[test]
fn nodes_of_a_process_that_recorded_nothing_have_no_stack() {
    let mut builder = SitesBuilder::new(None);
    let stacks = builder.add_with(ProcessSites::without_state(7, 0), &[0, 0]);
    let sites = builder.finish();
    let frames: Vec<_> = sites.stacks.frames(stacks[1]).collect();
    assert_eq!(frames.len(), 1);
    assert_eq!(sites.frame(frames[0]), Frame::NotCaptured);
    assert_eq!(sites.images, []);
}
