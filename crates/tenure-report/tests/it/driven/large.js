const cells = () => Number(one("canvas").dataset.cells);
say("cells", cells() > 1000, cells() < 40000);
all(".graph .switch")[1].click();
say("inverted", cells() > 1, cells() < 40000);
write("#search", "1010");
say(text(".graph .result").includes("found"));
say(all("tr.site").length, text(".sites > .note").startsWith("The 20,000 sites with the largest shares of any figure; 10,000 others are summed up"));
one(".more").click();
say(all("tr.site").length);
