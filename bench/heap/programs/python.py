"""JSON there and back, dicts, and a tree. The one argument is how many records."""

import json
import random
import sys

count = int(sys.argv[1])
random.seed(1)


def record(number):
    return {
        "id": number,
        "name": "record %d" % number,
        "tags": ["tag%d" % random.randrange(50) for _ in range(random.randrange(6))],
        "nested": {"x": random.random(), "y": [number, number + 1, str(number)]},
    }


text = json.dumps([record(number) for number in range(count)])
records = json.loads(text)

by_tag = {}
for entry in records:
    for tag in entry["tags"]:
        by_tag.setdefault(tag, []).append(entry)
counts = {tag: len(entries) for tag, entries in sorted(by_tag.items())}


class Node:
    __slots__ = ("key", "left", "right")

    def __init__(self, key):
        self.key = key
        self.left = None
        self.right = None


root = Node(0)
for number in range(count):
    key = hash(records[number]["name"] + str(random.random())) % 1_000_000_007
    node = root
    while True:
        side = "left" if key < node.key else "right"
        below = getattr(node, side)
        if below is None:
            setattr(node, side, Node(key))
            break
        node = below

words = {}
for entry in records:
    for word in entry["name"].split():
        words[word] = words.get(word, "") + word[0]
print(len(text), len(counts), len(words))
