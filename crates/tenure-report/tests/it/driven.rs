//! The page driven as a reader drives it, in a headless browser.

use crate::browser::{DRIVE, Opened, WINDOW, Window, open};
use crate::look::{clean, unsampled};
use crate::recorded::Record;
use crate::{hostile, scale, workload};
use tenure_model::profile::sample::{shop, symbols};
use tenure_report::report::Limits;

/// Opens the page of `record` and runs `script` in it.
fn drive(record: &Record, script: &str, window: Window) -> Option<Opened> {
    let page = record.page(Limits::default()).html;
    let opened = open(&page, &format!("{DRIVE}{script}"), window)?;
    opened.expect_drawn();
    Some(opened)
}

fn shop_record() -> Record {
    Record::new("shop.tnr", &["shop", "--open"], &shop(), symbols())
}

#[track_caller]
fn expect(opened: Option<Opened>, lines: &[&str]) {
    if let Some(opened) = opened {
        assert_eq!(opened.said(), lines);
    }
}

#[test]
fn the_graph_is_drawn_zoomed_searched_and_turned_round() {
    let script = r##"
        say("colours", colours() > 5);
        say("cells", Number(one("canvas").dataset.cells) > 8);
        say(shown("h2").map((head) => head.textContent).join(", "));
        for (let times = 0; times < 5; times += 1) key("ArrowDown");
        say("focus", text(".graph > .readout"));
        key("Enter");
        say("crumbs", all(".crumb").map((crumb) => crumb.textContent).join(" > "));
        key("Escape");
        say("out", all(".crumb").length);
        key("Home");
        write("#search", "CACHE");
        say("found", text(".graph .result"));
        write("#search", "no such thing");
        say("found", text(".graph .result"));
        write("#search", "");
        one("[data-metric=count]").click();
        all(".graph .switch")[1].click();
        key("ArrowDown"); key("ArrowDown");
        say("inverted", text(".graph > .readout"));
    "##;
    expect(
        drive(&shop_record(), script, WINDOW),
        &[
            "colours true",
            "cells true",
            "Call stacks that allocate, Live bytes over time, Allocation sites, Sizes, Lifetimes",
            "focus Pool::take(unsigned long): 3.00 MiB in 3 blocks, 94.9 % of what is live at \
             exit, 94.9 % of its parent",
            "crumbs all > __libc_start_main > main > serve > Pool::take",
            "out 4",
            "found 1 function found: 160 KiB, 4.9 % of what is live at exit",
            "found nothing found",
            "inverted parse_request: 5,004 allocations 1.71 MiB, 79.4 % of all allocations",
        ],
    );
}

#[test]
fn a_click_zooms_and_the_pointer_is_told_what_is_under_it() {
    let script = r##"
        const canvas = one("canvas");
        const box = canvas.getBoundingClientRect();
        const at = { clientX: box.left + box.width / 3, clientY: box.top + 22 * 4 + 11, bubbles: true };
        canvas.dispatchEvent(new PointerEvent("pointermove", at));
        say([...one(".tooltip").children].map((line) => line.textContent).join(" | "));
        canvas.dispatchEvent(new MouseEvent("click", at));
        say(text(".crumb[aria-current]"));
        canvas.dispatchEvent(new PointerEvent("pointerleave", at));
        say("hidden", one(".tooltip").hidden);
        const chart = one(".timeline svg").getBoundingClientRect();
        one(".timeline svg").dispatchEvent(new PointerEvent("pointermove", { clientX: chart.left + chart.width * 0.8, clientY: chart.top + 50 }));
        say(text(".timeline .readout").replace(/^[0-9.]+ /, ""));
        say([...all(".timeline .label")].map((label) => label.textContent).find((label) => label.startsWith("peak")));
    "##;
    expect(
        drive(&shop_record(), script, WINDOW),
        &[
            "Pool::take(unsigned long) | 3.00 MiB in 3 blocks | 94.9 % of what is live at exit, \
             94.9 % of its parent | /src/shop/pool.cpp:30 | /usr/bin/shop · own code",
            "Pool::take",
            "hidden true",
            "ms: shop 4711 3.16 MiB · shop 4712 12.5 KiB",
            "peak 3.16 MiB at 99.9 ms",
        ],
    );
}

#[test]
fn the_table_sorts_filters_and_opens() {
    let script = r##"
        const names = () => all("tr.site .open").map((name) => name.textContent);
        say(names().length, names().slice(0, 2).join(", "));
        const head = (name) => all("th button").find((button) => button.textContent.startsWith(name));
        head("allocations").click();
        say("count", names().slice(0, 2).join(", "), all("th")[5].getAttribute("aria-sort"));
        head("allocations").click();
        say("count", names()[0], all("th")[5].getAttribute("aria-sort"));
        head("median").click();
        say("life", all("tr.site")[0].children[6].textContent);
        one("[data-metric=allocated]").click();
        say("metric", names()[0]);
        write("#filter", "server.cpp:120");
        say("filter", names().length, text(".sites .result"));
        write("#filter", "nowhere");
        say("filter", names().length, text(".sites .empty"));
        write("#filter", "json");
        one("tr.site .open").click();
        say("open", all(".stack li .function").map((name) => name.textContent).join(" < "));
        say("lines", all(".stack li small")[1].textContent);
        say("selected", all("tr.selected").length);
        const numbers = Object.fromEntries(all(".numbers dt").map((term) => [term.textContent, term.nextSibling.firstChild.textContent]));
        say(numbers["live at exit"], numbers["frees"], numbers["lifetime p50, p90, p99"], numbers["sizes"]);
        say("bars", all("tr.site .bin").length > 1, all("tr.site rect.survivors").length);
        one("tr.site .open").click();
        say("closed", all(".stack").length, all("tr.selected").length);
    "##;
    expect(
        drive(&shop_record(), script, WINDOW),
        &[
            "10 Pool::grow(), Cache::insert(Key const&, Value)",
            "count parse_request, Cache::insert(Key const&, Value) descending",
            "count [no stack] ascending",
            "life > 200 ms",
            "metric Pool::grow()",
            "filter 7 7 of 10 sites",
            "filter 0 No site has this in its stack.",
            "open alloc::alloc::exchange_malloc < json::JsonNode::new < serve(Socket&) < main < \
             __libc_start_main",
            "lines /src/json/src/node.rs:61 · /usr/bin/shop",
            "selected 1",
            "2.34 KiB 100 266 ms, > 125 ms, > 125 ms 24 B × 200",
            "bars true 1",
            "closed 0 0",
        ],
    );
}

#[test]
fn a_process_can_be_looked_at_alone() {
    let script = r##"
        say(all("#process option").map((option) => option.textContent).join(" | "));
        one("#process").value = "2";
        one("#process").dispatchEvent(new Event("change"));
        say(all("tr.site").length, text("tr.site .open"), text(".figures dd"));
        say("metrics", all(".controls .switch small").map((figure) => figure.textContent).join(", "));
        say("curves", all(".timeline .line").length);
    "##;
    expect(
        drive(&shop_record(), script, WINDOW),
        &[
            "all 2 processes | 4711 shop – 5.00 MiB allocated | 4712 shop (forked) – 12.5 KiB \
             allocated",
            "1 Cache::insert(Key const&, Value) 12.5 KiB",
            "metrics 10.0 KiB, 12.5 KiB, 12.5 KiB, 50",
            "curves 1",
        ],
    );
}

#[test]
fn estimates_carry_their_intervals() {
    let script = r##"
        say(text(".mode b"));
        const cell = one("tr.site").children[4];
        say(/^[0-9.]+ MiB to [0-9.]+ MiB$/.test(cell.querySelector("small").textContent));
        say(/by samples .+: .+ to .+/.test(text(".figures")));
        say(all("#process option").length);
    "##;
    let record = workload::sampled();
    expect(
        drive(&record, script, WINDOW),
        &["sampled", "true", "true", "4"],
    );
}

#[test]
fn what_is_not_there_is_said() {
    let script = r##"
        say(text("[data-metric][aria-pressed=true]"));
        one("[data-metric=live]").click();
        say(text(".graph .empty"));
        say(shown("canvas").length);
    "##;
    expect(
        drive(&clean(), script, WINDOW),
        &[
            "live at peak62.5 KiB",
            "Nothing was live at exit: all 100 blocks were freed. What was live at the peak, and \
             what was allocated, are behind the switch above.",
            "0",
        ],
    );
    let script = r##"say(text(".graph .empty")); say(all("tr.site").length);"##;
    expect(
        drive(&unsampled(), script, WINDOW),
        &[
            "No sample fell into this run, which allocated 100 B. Record with `tenure run \
             --every`, or with more samples: `--sample=4096`.",
            "0",
        ],
    );
}

#[test]
fn every_figure_of_the_page_is_explained() {
    let script = r##"
        for (const label of all(".figures dt, th button, .controls .switch")) say(label.firstChild.textContent.replace(/ [↑↓]$/, ""));
    "##;
    let Some(opened) = drive(&shop_record(), script, WINDOW) else {
        return;
    };
    let labels = opened.said();
    assert!(labels.len() > 12, "{labels:?}");
    for label in labels {
        assert!(tenure_report::term::find(&label).is_some(), "{label}");
    }
}

#[test]
fn it_fits_a_phone_a_wall_and_the_dark() {
    let script = r##"
        one("tr.site .open").click();
        const root = document.documentElement;
        say("wide", root.scrollWidth - root.clientWidth);
        const [red] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
        say(red > 128 ? "light" : "dark");
        say("colours", colours() > 5);
    "##;
    for (width, dark) in [(400, false), (800, true), (2560, false)] {
        let lines = [
            "wide 0",
            if dark { "dark" } else { "light" },
            "colours true",
        ];
        expect(
            drive(&shop_record(), script, Window { width, dark }),
            &lines,
        );
    }
}

#[test]
fn of_sixty_thousand_nodes_only_what_is_seen_is_drawn() {
    let script = r##"
        const cells = () => Number(one("canvas").dataset.cells);
        say("cells", cells() > 1000, cells() < 40000);
        all(".graph .switch")[1].click();
        say("inverted", cells() > 1, cells() < 40000);
        write("#search", "1010");
        say(text(".graph .result").includes("found"));
        say(all("tr.site").length, text(".sites > .note").startsWith("The 20,000 sites with the largest shares of any figure; 10,000 others are summed up"));
        one(".more").click();
        say(all("tr.site").length);
    "##;
    expect(
        drive(&scale::large(), script, WINDOW),
        &[
            "cells true true",
            "inverted true true",
            "true",
            "50 true",
            "100",
        ],
    );
}

#[test]
fn hostile_names_are_shown_and_not_obeyed() {
    let script = r##"
        say("images", document.images.length, "titles", document.title);
        say(all("tr.site .open").map((name) => name.textContent.slice(0, 40)).join(" | "));
        one("tr.site .open").click();
        say(window.obeyed ?? "not obeyed");
    "##;
    let lines = [
        "images 0 titles a</title><script>obeyed=1</script>.tnr – memory",
        &format!("{} | {}", hostile::MARKUP, hostile::ENDING),
        "not obeyed",
    ];
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    expect(drive(&hostile::record(), script, WINDOW), &lines);
}

#[test]
fn a_script_that_fails_is_noticed() {
    let page = shop_record().page(Limits::default()).html;
    let script = "throw new Error(\"planted\");";
    if let Some(opened) = open(&page, script, WINDOW) {
        assert!(opened.console.iter().any(|line| line.contains("planted")));
        assert!(
            opened
                .dom
                .contains("could not be drawn whole: Uncaught Error: planted")
        );
    }
    let broken = page.replacen("const data = read();", "const data = reed();", 1);
    assert_ne!(broken, page);
    if let Some(opened) = open(&broken, "", WINDOW) {
        assert!(!opened.dom.contains("data-state=\"drawn\""));
        assert_eq!(opened.console.len(), 1, "{:?}", opened.console);
    }
}
