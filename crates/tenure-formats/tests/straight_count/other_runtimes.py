"""Counts the events of a Go, V8, CPython or OpenJ9 log straight off the text.

Shares no code and no idea with the parsers: one expression for each kind of line, over the whole
file. Prints `class kind count total_ns max_ns` for each kind, then the largest heap before and
after as `heap before_bytes after_bytes`.

usage: other_runtimes.py (go|v8|cpython|openj9) FILE
"""

import re
import sys
from decimal import ROUND_HALF_UP, Decimal

MIB = 1 << 20
SECOND = 10**9
MILLISECOND = 10**6


def scaled(text, unit):
    return int((Decimal(text) * unit).to_integral_value(ROUND_HALF_UP))


class Account:
    def __init__(self):
        self.kinds = {}
        self.before = 0
        self.after = 0

    def add(self, name, duration_ns, count=1):
        sums = self.kinds.setdefault(name, [0, 0, 0])
        sums[0] += count
        sums[1] += duration_ns
        sums[2] = max(sums[2], duration_ns)

    def heap(self, before, after):
        self.before = max(self.before, before)
        self.after = max(self.after, after)

    def show(self):
        for name, sums in sorted(self.kinds.items()):
            print(name, *sums, sep=";")
        print("heap", self.before, self.after, sep=";")


def go(text, account):
    line = (r"gc \d+ @[\d.]+s \d+%: ([\d.+]+) ms clock, ([\d.+/]+) ms cpu, "
            r"(\d+)->(\d+)->\d+ MB, \d+ MB goal")
    for clock, cpu, before, after in re.findall(line, text):
        parts = [scaled(part, MILLISECOND) for part in clock.split("+")]
        account.add("pause;sweep termination", parts[0])
        account.add("pause;mark termination", parts[-1])
        account.add("concurrent;concurrent mark", sum(parts[1:-1]))
        account.add("cycle;cycle", sum(parts))
        assist = scaled(re.search(r"([\d.]+)/", cpu).group(1), MILLISECOND)
        if assist:
            account.add("stall;mark assist", assist)
        account.heap(int(before) * MIB, int(after) * MIB)


V8_NAMES = {
    "Scavenge": "scavenge", "s": "scavenge",
    "Mark-Compact": "mark-compact", "mc": "mark-compact",
    "Mark-sweep": "mark-sweep", "ms": "mark-sweep",
    "Minor Mark-Compact": "minor mark-compact", "mmc": "minor mark-compact",
    "Minor Mark-Sweep": "minor mark-compact", "mms": "minor mark-compact",
}


def v8(text, account):
    # A crash repeats what was told before, if it was.
    told, _, _ = text.partition("<--- Last few GCs")
    if " MB, " in told:
        text = told
    line = (r" ms: ((?:Minor )?[SM][a-zA-Z-]+)(?: \([a-z]+\))* ([\d.]+) \([\d.]+\) -> ([\d.]+) "
            r"\([\d.]+\) MB, (?:pooled: \d+ MB, )?(?:\d+ / (?=[\d.]+ ms \[|[\d]+\.\d ms \(.*\[))?"
            r"([\d.]+)[^\n]*? ms")
    for name, before, after, pause in re.findall(line, text):
        account.add("pause;" + V8_NAMES[name], scaled(pause, MILLISECOND))
        account.heap(scaled(before, MIB), scaled(after, MIB))
    for took, count in re.findall(r"\(\+ ([\d.]+) ms in (\d+) steps since start of", text):
        account.add("stall;incremental steps", scaled(took, MILLISECOND), max(int(count), 1))
    for line in re.findall(r" ms: (pause=.*)", text):
        pause = re.search(r"pause=([\d.]+)", line).group(1)
        name = V8_NAMES[re.search(r"gc=([a-z]+)", line).group(1)]
        account.add("pause;" + name, scaled(pause, MILLISECOND))
        before = re.search(r"(?:total_size_before|start_object_size)=(\d+)", line)
        after = re.search(r"(?:total_size_after|end_object_size)=(\d+)", line)
        if before and after:
            account.heap(int(before.group(1)), int(after.group(1)))
        if name.startswith("mark"):
            count = int(re.search(r" (?:incremental[_.])?steps_count=(\d+)", line).group(1))
            took = re.search(r" (?:steps_took|incremental)=([\d.]+)", line).group(1)
            if count or Decimal(took):
                account.add("stall;incremental steps", scaled(took, MILLISECOND), max(count, 1))


def cpython(text, account):
    pair = r"gc: collecting generation (\d)\.\.\.(?:(?!gc: collecting)[\s\S])*?gc: done(.*)"
    for generation, rest in re.findall(pair, text):
        took = re.search(r" ([\d.]+)s elapsed", rest)
        took_ns = scaled(took.group(1), SECOND) if took else 0
        account.add("pause;generation " + generation, took_ns)


def used(attributes, free="free", total="total"):
    free = int(re.search(free + r'="(\d+)"', attributes).group(1))
    return int(re.search(total + r'="(\d+)"', attributes).group(1)) - free


def openj9(text, account):
    kinds = {"scavenge": "young", "scavenger": "young", "global": "full"}
    for took in re.findall(r'<exclusive-end [^>]*durationms="([\d.]+)"', text):
        account.add("stop;exclusive access", scaled(took, MILLISECOND))
    stanza = r'<gc-start ([\s\S]*?)</gc-start>[\s\S]*?<gc-end ([\s\S]*?)</gc-end>'
    for start, end in re.findall(stanza, text):
        kind = kinds[re.search(r'type="(\w+)"', end).group(1)]
        took = re.search(r'durationms="([\d.]+)"', end).group(1)
        account.add("pause;" + kind, scaled(took, MILLISECOND))
        info = [re.search(r"<mem-info ([^>]*)>", part).group(1) for part in (start, end)]
        account.heap(used(info[0]), used(info[1]))
    openj9_cycles(text, account)
    openj9_classic(text, account, kinds)
    for took in re.findall(r"<AF\[?\d*\]?: completed in (\d+) ms>", text):
        account.add("stop;exclusive access", scaled(took, MILLISECOND))
    for line in re.findall(r"<GC\(\d+\): (freed \d+ bytes.*)", text):
        account.add("pause;full", scaled(re.search(r"in (\d+) ms", line).group(1), MILLISECOND))
        freed, free, total = re.search(r"freed (\d+) .*\((\d+)/(\d+)\)", line).groups()
        after = int(total) - int(free)
        account.heap(after + int(freed), after)
    heaps = {}
    for number, rest in re.findall(r"GC (\d+): (.*)", text):
        if took := re.match(r"collect \(milliseconds\) (\d+)\.", rest):
            account.add("cycle;cycle", scaled(took.group(1), MILLISECOND))
        if collected := re.search(r"collected\(KB\) (\d+)", rest):
            heaps[number] = int(collected.group(1))
        if current := re.match(r"current heap\(KB\) (\d+)", rest):
            before = int(current.group(1))
            account.heap(before << 10, (before - heaps.get(number, 0)) << 10)


def openj9_cycles(text, account):
    """Cycles with a stop's end between their beginning and their end."""
    for match in re.finditer(r'<cycle-start id="(\d+)" type="(\w+)"[^>]*T([\d:.]+)"', text):
        number, kind, start = match.groups()
        end = re.compile(r'<cycle-end [^>]*contextid="%s"[^>]*T([\d:.]+)"' % number)
        found = end.search(text, match.end())
        if found and "<exclusive-end" in text[match.end():found.start()]:
            name = {"scavenge": "minor cycle", "global": "major cycle"}[kind]
            account.add("cycle;" + name, of_day(found.group(1)) - of_day(start))


def of_day(text):
    hours, minutes, seconds = text.split(":")
    return (int(hours) * 3600 + int(minutes) * 60) * SECOND + scaled(seconds, SECOND)


def openj9_classic(text, account, kinds):
    text = re.sub(r'<con event="completed[\s\S]*?</con>', "", text)
    for _, body in re.findall(r"<(af|sys|con) [^>]*>([\s\S]*?)</\1>", text):
        took = re.findall(r'<time totalms="([\d.]+)"', body)[-1]
        account.add("stop;exclusive access", scaled(took, MILLISECOND))
        before, rest = re.split(r"<gc ", body, maxsplit=1)
        inside = rest.split("</gc>")[0]
        kind = kinds[re.search(r'type="(\w+)"', inside).group(1)]
        took = re.search(r'(?:<timesms [^>]*total|<time totalms)="([\d.]+)"', inside).group(1)
        account.add("pause;" + kind, scaled(took, MILLISECOND))
        sizes = r"<(?:nursery|tenured) (freebytes[^>]*)>"
        sums = [sum(used(size, "freebytes", "totalbytes") for size in re.findall(sizes, part))
                for part in (before, inside)]
        account.heap(*sums)


def main():
    runtime, path = sys.argv[1:]
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    account = Account()
    {"go": go, "v8": v8, "cpython": cpython, "openj9": openj9}[runtime](text, account)
    account.show()


main()
