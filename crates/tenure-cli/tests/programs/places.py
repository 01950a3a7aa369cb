# Each allocation stands on a line of its own, and is known by its size.
import os


class Cache:
    def grow(self):
        self.block = bytearray(1_000_000)


def load():
    return [bytearray(2_000_000) for _ in range(3)]


def pairs():
    yield bytearray(3_000_000)


def größe():
    return bytearray(4_000_000)


cache = Cache()
cache.grow()
loaded = load()
paired = list(pairs())
measured = größe()
made = {}
exec(compile("\n\nkept = bytearray(5_000_000)", "made up.py", "exec"), made)
child = os.fork()
if child == 0:
    also = bytearray(6_000_000)
    os._exit(0)
os.waitpid(child, 0)
# So that the blocks are held at the end.
os._exit(0)
