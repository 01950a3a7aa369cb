#!/usr/bin/env python3
"""Counts the pauses, stops and stalls of a Java log straight from its text.

It shares nothing with the parsers that it checks: regular expressions over the whole text
against bytes line by line. Prints, for each class that occurs,
`class count total_ns max_ns`.

A pause within a pause is one pause: a full collection inside a failed young one (Serial and CMS
since Java 9), a young collection inside a CMS remark.
"""
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


def main():
    with open(sys.argv[1], "rb") as log:
        text = log.read().decode("latin-1").replace("\r\n", "\n")
    for name, durations in zip(("pause", "stop", "stall"), unified(text)):
        if durations:
            print(name, len(durations), sum(durations), max(durations))


if __name__ == "__main__":
    main()
