say(text(".graph .empty")); say(all("tr.site").length);
