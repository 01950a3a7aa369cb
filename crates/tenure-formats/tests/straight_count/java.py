#!/usr/bin/env python3
"""Counts the pauses, stops and stalls of a Java log straight from its text.

It shares nothing with the parsers that it checks: regular expressions over the whole text
against bytes line by line. Prints a line with the name of each log, and, for each class that
occurs in it, the name, the class, count, total and maximum in nanoseconds, with tabs between.

A pause within a pause is one pause: a full collection inside a failed young one (Serial and CMS
since Java 9), a young collection inside a CMS remark.
"""
import gzip
import re
import sys
from decimal import Decimal

NS = {"s": 10**9, "ms": 10**6, "us": 10**3}


def nanoseconds(number, unit):
    value = Decimal(number.replace(",", ".")) * NS[unit]
    return int(value.to_integral_value(rounding="ROUND_HALF_UP"))


def unified(text):
    pauses = []
    pause = re.compile(r"GC\((\d+)\) (?:[yYO]: )?Pause (.*?) ?(\d+[.,]\d+)ms\s*$", re.M)
    for match in pause.finditer(text):
        number, name = int(match[1]), match[2]
        duration = nanoseconds(match[3], "ms")
        if pauses and name.startswith("Young ("):
            last_number, last_name, last = pauses[-1]
            inside = last_number == number + 1 and last_name.startswith("Full")
            if inside and last <= duration:
                pauses.pop()
        pauses.append((number, name, duration))
    stops = [int(found) for found in re.findall(r'Safepoint ".*Total: +(\d+) ns', text)]
    stops += stopped(text)
    stall = r"(?:Allocation|Relocation) Stall \(.*\) (\d+[.,]\d+)ms"
    stalls = [nanoseconds(found, "ms") for found in re.findall(stall, text)]
    stalls += pacing(text)
    return [duration for _, _, duration in pauses], stops, stalls


def stopped(text):
    found = re.findall(r"threads were stopped: (\d+[.,]\d+) seconds", text)
    return [nanoseconds(number, "s") for number in found]


def pacing(text):
    rows = re.findall(r"^.*? +(\d+) of +\d+ ms \( *[\d.,]+%\): ([^<\n].*)$", text, re.M)
    return [nanoseconds(number, "ms") for number, _ in rows]


ATOM = re.compile(
    r"\[(?:AS)?CMS-concurrent-[^\]\n]*\]"
    r"|\[GC concurrent-[^\]\n]*\]"
    r"|\[Times:[^\]\n]*\]"
    r"|\[(?:Unloading class|G1Ergonomics|Preclean)[^\]\n]*\]"
    r"|\[0x[^\n)]*\)"
)
INNERMOST = re.compile(r"\[(?!(?:Full )?GC(?![ ](?:Worker|ref-proc)))[^\[\]]*\]")
COLLECTION = re.compile(r"\[(?:Full )?GC[^\[\]]*\]?")
END = re.compile(r",\s*(\d+[.,]\d+) secs?(?:\]|\s*$)", re.M)


def legacy(text):
    """Deletes what is innermost until only collections are left, and reads their ends."""
    shenandoah = re.findall(r"\[Pause [^\]\n]*?, (\d+[.,]\d+) ms\]", text)
    durations = [nanoseconds(number, "ms") for number in shenandoah]
    stops = stopped(text)
    text = text.replace("(CMS Final Remark)", "@YG@")
    # Rows of class histograms hold names such as "[C".
    text = re.sub(r"^ *\d+: +\d+ +\d+ .*$", "", text, flags=re.M)
    text = re.sub(r"\[YG occupancy:[^\]\n]*\]", "@YG@", text)
    # Lists of G1 may be torn in the middle, and hold no durations of pauses.
    text = re.sub(r"^ +\[(?:GC Worker|Parallel|Ext|Update|Scan|Object)[^\[\n]*", "", text, flags=re.M)
    text = ATOM.sub("", text)
    count = 1
    while count:
        text, count = INNERMOST.subn("", text)
        if not count:
            # A young collection within a remark.
            text, count = re.subn(r"(\[GC[^\[\]]*@YG@[^\[\]]*)\[GC[^\[\]]*\]", r"\1", text)
    for match in COLLECTION.finditer(text):
        ends = END.findall(match[0])
        if ends:
            durations.append(nanoseconds(ends[-1], "s"))
    rest = COLLECTION.sub("", text)
    for line in rest.split("\n"):
        # What has an end and no beginning: the last end is that of the collection.
        ends = END.findall(line)
        if ends:
            durations.append(nanoseconds(ends[-1], "s"))
    return durations, stops, pacing(text)


def is_unified(text):
    return re.search(r"GC\(\d+\) ", text) or not re.search(
        r"\[(?:Full )?GC|\[Pause|\[CMS-|threads were stopped", text
    )


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as log:
        return log.read().decode("latin-1").replace("\r\n", "\n")


def main():
    for path in sys.argv[1:]:
        print(path)
        text = read(path)
        counts = unified(text) if is_unified(text) else legacy(text)
        for name, durations in zip(("pause", "stop", "stall"), counts):
            if durations:
                print(path, name, len(durations), sum(durations), max(durations), sep="\t")


if __name__ == "__main__":
    main()
