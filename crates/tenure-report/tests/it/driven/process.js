say(all("#process option").map((option) => option.textContent).join(" | "));
one("#process").value = "2";
one("#process").dispatchEvent(new Event("change"));
say(all("tr.site").length, text("tr.site .open"), text(".figures dd"));
say("metrics", all(".controls .switch small").map((figure) => figure.textContent).join(", "));
say("curves", all(".timeline .line:not(.held)").length, "held", all(".timeline .line.held").length);
