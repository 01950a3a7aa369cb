say("images", document.images.length, "titles", document.title);
say(all("tr.site .open").map((name) => name.textContent.slice(0, 40)).join(" | "));
one("tr.site .open").click();
say(window.obeyed ?? "not obeyed");
