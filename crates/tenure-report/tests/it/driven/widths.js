one("tr.site .open").click();
const root = document.documentElement;
say("wide", root.scrollWidth - root.clientWidth);
const [red] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
say(red > 128 ? "light" : "dark");
say("colours", colours() > 5);
