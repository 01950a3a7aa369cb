# Allocates blocks on many stacks: each distinct stack has a size of its own. What stack had what
# size, by the interpreter's own word, is written to the file that is named first. The file that is
# named second is a library of ours, or missing.
import asyncio
import ctypes
import functools
import json
import os
import random
import sys
import threading

FIRST = 5_001
STEP = 16
SIZES = {}
LOOKS = 0
LOCK = threading.Lock()


def size():
    """The size of the block that the caller's caller is to ask for."""
    global LOOKS
    stack = []
    frame = sys._getframe(1).f_back
    while frame is not None:
        code = frame.f_code
        stack.append((code.co_qualname, code.co_filename, frame.f_lineno))
        frame = frame.f_back
    with LOCK:
        LOOKS += 1
        # A bytearray has one byte more.
        return SIZES.setdefault(tuple(stack), FIRST + STEP * len(SIZES)) - 1


def look():
    bytearray(size())


def generator(depth, dice):
    look()
    if depth > 0:
        yield from generator(depth - 1, dice)
    step(depth, dice)
    yield depth


def by_key(depth, dice):
    sorted([2, 1], key=lambda _: step(depth, dice) or 0)


def by_comprehension(depth, dice):
    [step(depth, dice) for _ in range(1)]


def by_generator(depth, dice):
    for _ in generator(min(depth, 2), dice):
        look()


def by_exception(depth, dice):
    try:
        try:
            step(depth, dice)
            raise ValueError
        finally:
            look()
    except ValueError:
        look()


class Made:
    def __init__(self, depth, dice):
        step(depth, dice)
        look()

    @property
    def shown(self):
        look()
        return 1

    def __getattr__(self, name):
        look()
        return name

    def __enter__(self):
        look()

    def __exit__(self, *_):
        look()


def by_class(depth, dice):
    made = Made(depth, dice)
    made.shown, made.absent
    with made:
        look()


def by_partial(depth, dice):
    functools.partial(step, depth)(dice)
    functools.reduce(lambda *_: look(), [1, 2])


def by_map(depth, dice):
    list(map(lambda depth: step(depth, dice), [depth]))


def by_code(depth, dice):
    # Objects that are freed and made again at the same place, and differ in their lines alone.
    for line in range(3):
        exec(compile("\n" * line + "look(); step(depth, dice)", "<made>", "exec"),
             {"look": look, "step": step, "depth": depth - 1, "dice": dice})


async def awaited(depth, dice):
    look()
    await asyncio.sleep(0)
    step(depth, dice)


def by_loop(depth, dice):
    async def both():
        await asyncio.gather(awaited(depth, dice), awaited(depth, dice))

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(both())
    except RuntimeError:
        # One loop within another.
        pass
    finally:
        loop.close()


WAYS = [by_key, by_comprehension, by_generator, by_exception, by_class, by_partial, by_map, by_code]


def step(depth, dice):
    if depth <= 0:
        look()
        return
    way = dice.choice(WAYS)
    way(depth - 1, dice)


def work(seed, steps):
    dice = random.Random(seed)
    for _ in range(steps):
        step(dice.randrange(6), dice)


def dive(depth):
    if depth > 0:
        dive(depth - 1)
    else:
        look()


def write(path):
    stacks = [[list(frame) for frame in stack] for stack in SIZES]
    with open(path, "w") as file:
        json.dump({"looks": LOOKS, "sizes": list(SIZES.values()), "stacks": stacks}, file)


def call_native(path):
    library = ctypes.CDLL(path)
    # Without the global lock, on this thread.
    library.allocate(ctypes.c_size_t(1_111_111))
    # On a thread that has never seen Python, before and after it calls a function of it.
    called = ctypes.CFUNCTYPE(None)(look)
    library.on_thread(called, ctypes.c_size_t(2_222_222), ctypes.c_size_t(3_333_333))


work(1, 150)
for seed in range(3):
    by_loop(2, random.Random(seed))
threads = [threading.Thread(target=work, args=(seed, 25)) for seed in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for depth in (20, 240, 249, 250, 251, 252, 253, 254, 255, 256, 257, 400, 700):
    dive(depth)
if os.path.exists(sys.argv[2]):
    call_native(sys.argv[2])
write(sys.argv[1])
child = os.fork()
if child == 0:
    LOOKS = 0
    SIZES = {stack: known for stack, known in SIZES.items()}
    FIRST += STEP // 2
    work(100, 20)
    by_loop(1, random.Random(7))
    write(sys.argv[1] + ".child")
    os._exit(0)
os.waitpid(child, 0)
