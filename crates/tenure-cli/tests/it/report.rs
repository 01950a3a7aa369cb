//! `tenure report`: where the page goes, what it replaces, and what is in it.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, run};
use crate::shop::{record_of, scratch, write_folder};
use crate::synthetic::record;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tenure_model::profile::sample;

fn report(scratch: &Scratch, arguments: &[&str]) -> Ended {
    let mut command = tenure(scratch);
    command.arg("report").args(arguments);
    let path = format!("{}:/usr/bin:/bin", scratch.path().display());
    let ended = run(command.env("PATH", path), PATIENCE);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    ended
}

/// The data in a page of `scratch`.
fn data(scratch: &Scratch, name: &str) -> Value {
    let page = fs::read_to_string(scratch.join(name)).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    let (_, from) = page.split_once("id=\"data\">").unwrap();
    serde_json::from_str(from.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_stands_beside_the_record() {
    let scratch = scratch();
    let ended = report(&scratch, &["shop.tnr"]);
    ended.expect_success("report");
    assert!(ended.stdout.starts_with("shop.html  "), "{}", ended.stdout);
    assert!(
        ended.stdout.ends_with(" KiB, 10 sites\n"),
        "{}",
        ended.stdout
    );
    assert_eq!(ended.stderr, "");
    let data = data(&scratch, "shop.html");
    assert_eq!(data["name"], "shop.tnr");
    assert_eq!(
        data["views"].as_array().unwrap().len(),
        3,
        "all, and two processes"
    );
    let text = data["text"].to_string();
    assert!(text.contains("Cache::insert(Key const&, Value)"), "{text}");
    let again = report(&scratch, &["shop.tnr"]);
    again.expect_success("a page of ours is replaced");
}

#[test]
fn no_other_file_is_replaced() {
    let scratch = scratch();
    fs::write(scratch.join("shop.html"), "<!doctype html>\n<p>mine").unwrap();
    let ended = report(&scratch, &["shop.tnr"]);
    assert_eq!(ended.status.code(), Some(2));
    let why = "shop.html exists and is not a page of tenure; name another file";
    assert!(ended.stderr.contains(why), "{}", ended.stderr);
    let kept = fs::read_to_string(scratch.join("shop.html")).unwrap();
    assert_eq!(kept, "<!doctype html>\n<p>mine");
    report(&scratch, &["shop.tnr", "-o", "a b.html"]).expect_success("another name");
    let ended = report(&scratch, &["shop.tnr", "-o", "."]);
    assert!(ended.stderr.contains(". is a folder"), "{}", ended.stderr);
    let ended = report(&scratch, &["shop.tnr", "-o", "no/such/a.html"]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
    let left = fs::read_dir(scratch.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut left: Vec<_> = left.map(|name| name.into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["a b.html", "shop.html", "shop.tnr"]);
}

#[test]
fn a_folder_of_a_run_and_a_record_without_stacks_have_pages_too() {
    let scratch = scratch();
    fs::create_dir(scratch.join("shop.run")).unwrap();
    write_folder(&scratch.join("shop.run"), &sample::shop());
    report(&scratch, &["shop.run", "-o", "folder.html"]).expect_success("a folder");
    assert_eq!(data(&scratch, "folder.html")["mode"], "every");
    fs::write(scratch.join("a.tnr"), record()).unwrap();
    let ended = report(&scratch, &["a.tnr"]);
    ended.expect_success("counters alone");
    assert!(ended.stdout.contains("0 sites"), "{}", ended.stdout);
    let data = data(&scratch, "a.html");
    assert_eq!(
        (&data["mode"], &data["outcome"]),
        (&"stats".into(), &"killed by SIGKILL".into())
    );
    assert_eq!(data["counters"]["allocations"], 11);
}

#[test]
fn what_is_torn_is_told_and_what_is_no_record_refused() {
    let scratch = scratch();
    let whole = record_of(&sample::shop(), true);
    fs::write(scratch.join("torn.tnr"), &whole[..whole.len() * 2 / 3]).unwrap();
    let ended = report(&scratch, &["torn.tnr"]);
    ended.expect_success("a torn record");
    assert!(ended.stderr.contains("cut short"), "{}", ended.stderr);
    let losses = data(&scratch, "torn.html")["losses"].to_string();
    assert!(losses.contains("cut short"), "{losses}");
    fs::write(scratch.join("a.txt"), "hello").unwrap();
    let ended = report(&scratch, &["a.txt"]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(!scratch.join("a.html").exists());
    assert_eq!(report(&scratch, &["missing.tnr"]).status.code(), Some(3));
}

#[test]
fn the_desktop_opens_the_page_or_the_user_is_told_how() {
    let scratch = scratch();
    let desktop = |script: &str| {
        let path = scratch.join("xdg-open");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    desktop("#!/bin/sh\necho \"$1\" > opened\n");
    let ended = report(&scratch, &["shop.tnr", "--open"]);
    ended.expect_success("opened");
    assert_eq!(ended.stderr, "");
    let opened = fs::read_to_string(scratch.join("opened")).unwrap();
    assert_eq!(opened, "shop.html\n");
    desktop("#!/bin/sh\nexit 4\n");
    let ended = report(&scratch, &["shop.tnr", "--open"]);
    ended.expect_success("the page is made");
    let told = "xdg-open has failed (exit status: 4); open shop.html in a browser";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    if !["/usr/bin/xdg-open", "/bin/xdg-open"]
        .iter()
        .any(|path| fs::metadata(path).is_ok())
    {
        fs::remove_file(scratch.join("xdg-open")).unwrap();
        let ended = report(&scratch, &["shop.tnr", "--open"]);
        ended.expect_success("the page is made");
        let told = "xdg-open is not installed here; open shop.html in a browser";
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
}
