for (const label of all(".figures dt, th button, .controls .switch")) say(label.firstChild.textContent.replace(/\s[↑↓]$/, ""));
