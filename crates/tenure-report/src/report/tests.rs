//! What a page holds: the figures of the record, each place once, and what it sums up.

use super::*;
use expect_test::expect_file;
use serde_json::Value;
use std::collections::BTreeMap;
use tenure_model::profile::sample::{Files, sampled_sites, shop, sites, sites_of, symbols};
use tenure_model::profile::{Process, Profile};
use tenure_trace::state::StateView;

fn profile(files: &[Files]) -> Profile {
    let states = files.iter().map(|file| StateView::parse(&file.state));
    let processes = states.map(|state| Process::from_state(&state.expect("a whole state file")));
    Profile::new(None, processes.collect(), vec!["a loss".into()])
}

/// The data in the page of the shop.
fn data(sites: &Sites, limits: Limits) -> Value {
    let each: Vec<_> = shop()
        .iter()
        .map(|file| sites_of(std::slice::from_ref(file)).expect("readable files"))
        .collect();
    let recorded = Recorded {
        name: "shop.tnr",
        profile: &profile(&shop()),
        sites,
        each: &each,
        symbols: &symbols(),
        heaps: &[],
        leaks: None,
        held: None,
    };
    let page = page(&recorded, limits);
    let (_, from) = page.html.split_once("id=\"data\">").expect("there is data");
    let (json, _) = from.split_once("</script>").expect("it ends");
    serde_json::from_str(json).expect("it is JSON")
}

/// The names of all fields, each with what stands in it.
fn shape(value: &Value, path: &str, fields: &mut BTreeMap<String, &'static str>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "flag",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(list) => {
            list.iter()
                .for_each(|one| shape(one, &format!("{path}[]"), fields));
            return;
        }
        Value::Object(object) => {
            for (name, one) in object {
                shape(one, &format!("{path}.{name}"), fields);
            }
            return;
        }
    };
    fields.insert(path.to_owned(), kind);
}

#[test]
fn the_data_has_the_shape_that_the_scripts_read() {
    let mut fields = BTreeMap::new();
    shape(&data(&sites(), Limits::default()), "", &mut fields);
    let lines: Vec<_> = fields
        .iter()
        .filter(|(path, _)| !path.starts_with(".views[].sites.lifetimes_bytes"))
        .map(|(path, kind)| format!("{path} {kind}\n"))
        .collect();
    expect_file!["shape.txt"].assert_eq(&lines.concat());
}

/// What the sites of a view say of one figure, by the name of the site.
fn by_name(data: &Value, view: usize, figure: &str) -> BTreeMap<String, u64> {
    let sites = &data["views"][view]["sites"];
    let own = sites["own"].as_array().expect("a list");
    let names = own.iter().enumerate().map(|(at, place)| {
        let text = &data["places"]["function"][place.as_u64().unwrap() as usize];
        let name = data["text"][text.as_u64().unwrap() as usize].as_str();
        let value = sites[figure]["value"][at].as_u64();
        (name.unwrap().to_owned(), value.unwrap())
    });
    names.fold(BTreeMap::new(), |mut sums, (name, value)| {
        *sums.entry(name).or_default() += value;
        sums
    })
}

#[test]
fn every_site_has_its_figures_and_its_name() {
    let data = data(&sites(), Limits::default());
    let live = by_name(&data, 0, "live_bytes");
    assert_eq!(live["Cache::insert(Key const&, Value)"], 640 * 256);
    assert_eq!(live["Pool::grow()"], 3 << 20);
    assert_eq!(live["shop+0x9999"], 0);
    let allocations = by_name(&data, 0, "allocations");
    assert_eq!(allocations["parse_request"], 5_004);
    assert_eq!(allocations["[no stack]"], 2);
    assert_eq!(data["mode"], "every");
    assert_eq!(data["losses"][0], "a loss");
    assert_eq!(data["counters"]["allocations"], 6_301);
    let child = by_name(&data, 2, "allocations");
    assert_eq!(
        child.into_iter().collect::<Vec<_>>(),
        [("Cache::insert(Key const&, Value)".to_owned(), 50)]
    );
    assert_eq!(data["processes"][1]["view"], 2);
}

#[test]
fn frames_are_told_apart_by_whose_code_they_are() {
    let data = data(&sites(), Limits::default());
    let kind = |name: &str| {
        let text = data["text"].as_array().unwrap();
        let text = text.iter().position(|one| one == name).unwrap();
        let functions = data["places"]["function"].as_array().unwrap();
        let place = functions.iter().position(|one| *one == text).unwrap();
        data["places"]["kind"][place].as_u64().unwrap()
    };
    // The program lies in /usr/bin, which is no folder of libraries.
    assert_eq!(kind("main"), 0);
    assert_eq!(kind("0x7f0000001000"), 0);
    assert_eq!(kind("[interpreted]"), 0);
    assert_eq!(kind("operator new(unsigned long)"), 2);
    assert_eq!(kind("alloc::alloc::exchange_malloc"), 2);
    assert_eq!(kind("[truncated]"), 3);
    assert_eq!(kind("[no stack]"), 3);
}

#[test]
fn what_is_too_much_is_summed_up_and_said() {
    let whole = data(&sites(), Limits::default());
    let limits = Limits {
        sites: 3,
        ..Limits::default()
    };
    let cut = data(&sites(), limits);
    let (view, all) = (&cut["views"][0], &whole["views"][0]);
    assert_eq!(view["sites_left_out"], 7);
    assert_eq!(all["sites_left_out"], 0);
    for figure in [
        "live_bytes",
        "peak_bytes",
        "allocated_bytes",
        "allocations",
        "frees",
    ] {
        let sum = |view: &Value| {
            let values = view["sites"][figure]["value"].as_array().unwrap();
            values.iter().map(|one| one.as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!(sum(view), sum(all), "{figure}");
        assert_eq!(view["totals"][figure], all["totals"][figure]);
        assert_eq!(view["totals"][figure][0], sum(all), "{figure}");
    }
    let allocations = by_name(&cut, 0, "allocations");
    let mut names: Vec<_> = allocations.keys().map(String::as_str).collect();
    names.sort_unstable();
    // The three that stand out in any figure.
    assert_eq!(
        names,
        [
            "Cache::insert(Key const&, Value)",
            "Pool::grow()",
            "[7 other sites]",
            "parse_request"
        ]
    );
    let recorded = Recorded {
        name: "a",
        profile: &Profile::default(),
        sites: &sites(),
        each: &[],
        symbols: &Symbols::new(),
        heaps: &[],
        leaks: None,
        held: None,
    };
    let page = page(&recorded, limits);
    assert_eq!((page.sites, page.listed), (10, 3));
}

#[test]
fn processes_beyond_the_limit_are_in_the_sum_alone() {
    let limits = Limits {
        processes: 1,
        ..Limits::default()
    };
    let data = data(&sites(), limits);
    assert_eq!(data["views"].as_array().unwrap().len(), 2);
    assert_eq!(
        data["processes"][0]["view"], 1,
        "the one that allocated more"
    );
    assert_eq!(data["processes"][1]["view"], Value::Null);
}

#[test]
fn long_curves_keep_their_peaks() {
    let limits = Limits {
        points: 10,
        ..Limits::default()
    };
    let (whole, thin) = (data(&sites(), Limits::default()), data(&sites(), limits));
    let curve = |data: &Value| data["views"][0]["curves"][0].clone();
    let (whole, thin) = (curve(&whole), curve(&thin));
    let most = |curve: &Value| {
        let max = curve["max"].as_array().unwrap();
        (max.len(), max.iter().map(|one| one.as_u64().unwrap()).max())
    };
    assert!(most(&thin).0 <= 10);
    assert_eq!(most(&thin).1, most(&whole).1);
    let end = |curve: &Value| curve["width_ns"].as_u64().unwrap() * most(curve).0 as u64;
    assert!(end(&thin) >= end(&whole));
}

#[test]
fn estimates_have_their_intervals_in_the_data() {
    let data = data(&sampled_sites(), Limits::default());
    assert_eq!(data["mode"], "sample");
    let [value, low, high] = [0, 1, 2].map(|at| {
        let figure = &data["views"][0]["totals"]["allocated_bytes"];
        figure[at].as_u64().expect("a figure with its interval")
    });
    assert!(low < value && value < high);
    let sites = &data["views"][0]["sites"];
    let lists = ["value", "low", "high"].map(|name| sites["live_bytes"][name].as_array());
    let lengths = lists.map(|list| list.expect("a list").len());
    assert_eq!(lengths, [lengths[0]; 3]);
    assert_eq!(sites["samples"].as_array().unwrap().len(), lengths[0]);
}
