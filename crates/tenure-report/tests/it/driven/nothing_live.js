say(text("[data-metric][aria-pressed=true]"));
one("[data-metric=live]").click();
say(text(".graph .empty"));
say(shown("canvas").length);
