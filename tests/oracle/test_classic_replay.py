"""The model of classic maps against real memory: a program does the same with the same seed and key schedule.

After each lot of operations all that the map points to is compared byte for byte: header, bucket arrays with the
preallocated area, overflow buckets, old buckets. Allocations are compared with MemStats.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from goxray.model.classic import state as st
from tests.harness import compare
from tests.harness.classic_replay import Process, Real, Replay, differences, replaying, steps_of
from tests.harness.classic_values import NANS_FROM, TYPES
from tests.harness.inspect import inspect
from tests.harness.variants import Variant, params

VARIANTS = tuple(
    Variant(version, experiments)
    for version, experiments in (
        ("1.21.13", ()), ("1.22.10", ()), ("1.23.9", ()), ("1.24.11", ("noswissmap",)), ("1.25.5", ("noswissmap",)),
    )
)  # fmt: skip

LIFE = (
    *("A0-8", "A8-9", "A9-14 d3", "A14-30", "d7 d8 d9", "D10-20 A20-30 a7:1", "t", "A30-54", "A54-106", "A106-110"),
    *("A110-220", "t A200-240", "D0-150", "A240-420", "A420-440", "c", "d5 t", "A3-60", "D3-60", "A40-400"),
)
"""A map's life; growth begins at 9, 14, 27, 53, 105, 209, 417 entries, or one in 13 earlier."""

WINDOW = 92
WINDOW_HINT = 50
MOVES = 5
KEYS = 5900
STATES = {
    "growing",
    "lateral",
    "overflow",
    "apart",
    "old apart",
    "holes",
    "iterated",
    "spare used up",
    "list",
    "cleared",
}


@pytest.fixture(scope="module", params=params(VARIANTS))
def process(request: pytest.FixtureRequest) -> Iterator[Process]:
    with replaying(request.param) as found:
        yield found


def states_of(replay: Replay) -> Counter[str]:
    """What this look at the map is worth."""
    head, cur = replay.model.machine.head, replay.model.machine.cur.buckets
    same = bool(head[st.FLAGS] & st.SAME_SIZE)
    return Counter(
        {
            "growing": int(head[st.GROWING] and not same),
            "lateral": int(head[st.GROWING] and same),
            "overflow": int(np.count_nonzero(cur.links >= 0)),
            "apart": int(head[st.USED] - head[st.OWN]),
            "old apart": int(head[st.OLD_APART]),
            "holes": int(np.count_nonzero(cur.tops == st.EMPTY_ONE)),
            "iterated": int(head[st.FLAGS] & (st.ITERATOR | st.OLD_ITERATOR)),
            "spare used up": int(head[st.HAS_EXTRA] and head[st.NEXT] == st.NIL),
            "list": max(0, int(head[st.LISTED])),
            "cleared": replay.model.clear_seq,
        }
    )


def check(replay: Replay, after: str) -> None:
    assert differences(replay) == [], (replay.shape, after)
    figures = replay.model.figures()
    assert (figures.mallocs, figures.total_alloc) == (replay.said["mallocs"], replay.said["bytes"]), after


def test_every_byte_is_as_in_the_process(process: Process) -> None:
    seen: Counter[str] = Counter()
    kept = {}
    for shape in TYPES:
        replay = kept[shape] = Replay(process, shape, hint=0)
        for words in LIFE:
            replay.do(words)
            check(replay, words)
            seen += states_of(replay)
    assert set(seen) >= STATES - {"lateral"}, STATES - set(seen)
    rows = compare.by_address(compare.rows_of(inspect(process.program.pid)))
    for shape, replay in kept.items():
        row, figures = rows[replay.said["header"]], replay.model.figures()
        wanted = {
            "entries": figures.entries, "slots": figures.slots, "tombstones": figures.tombstones,
            "bytes": figures.bytes, "indirect_bytes": figures.indirect_bytes, **figures.detail,
        }  # fmt: skip
        if row["type"] == compare.UNKNOWN_TYPE:  # only the type tells whether a slot's word is an entry's own
            del wanted["indirect_bytes"]
        assert {name: row[name] for name in wanted} == wanted, shape


@pytest.mark.parametrize("shape", ["int64-int64", "string-int64", "any-int64", "bignamed-bignamed"])
def test_growth_to_the_same_size(process: Process, shape: str) -> None:
    """A window of keys that moves on leaves holes and overflow buckets, until there are too many of them."""
    replay = Replay(process, shape, hint=WINDOW_HINT)
    replay.do(f"A0-{WINDOW}")
    lateral = 0
    for nth, low in enumerate(range(WINDOW, KEYS, MOVES)):
        replay.do(f"W{low}-{low + MOVES}:{WINDOW}")
        now = states_of(replay)["lateral"]
        lateral += now
        if nth % 50 == 0 or now:
            check(replay, f"window at {low}")
        if lateral > 2:
            break
    assert lateral


def random_steps(chance: random.Random) -> str:
    """A few hundred operations: a row of keys, a window over them, a row of them away, or single ones."""
    span = chance.choice((30, 400, 2500))
    low, kind = chance.randrange(1000, 2000), chance.randrange(5)
    high = low + chance.randrange(1, span)
    if kind < 3:
        return (f"A{low}-{high}", f"W{low}-{high}:{chance.choice((2, 20, 90, 900))}", f"D{low}-{high}")[kind]
    keys = [1000 + chance.randrange(span) for _ in range(300)]
    singles = [f"d{key}" if chance.random() < 0.5 else f"a{key}:{chance.randrange(251)}" for key in keys]
    return " ".join([*singles, "c"] if chance.random() < 0.1 else singles)


@pytest.mark.parametrize("shape", ["int64-int64", "string-int64", "int16-nothing"])
def test_lives_by_chance(process: Process, shape: str) -> None:
    """A hundred thousand operations and more on each build; all memory is compared every so often, and at the end."""
    chance = random.Random(f"{shape} {process.layout.version}")
    done = 0
    for _ in range(4):
        replay = Replay(process, shape, chance.choice((0, 0, 12, 900)))
        for nth in range(40):
            steps = random_steps(chance)
            replay.do(steps)
            done += len(steps_of(steps))
            if nth % 5 == 4:
                check(replay, f"step {nth}")
    assert done > 40_000


@pytest.mark.parametrize("hint", [0, 8, 9, 13, 14, 100, 1000])
def test_hints(process: Process, hint: int) -> None:
    for shape in ("int64-int64", "string-int64", "int64-big"):
        replay = Replay(process, shape, hint)
        check(replay, "make")
        replay.do("A0-100")
        check(replay, "filled")
        replay.do("c")
        check(replay, "cleared")


class Drawn(random.Random):
    """Random words that are handed in: hashes of NaNs."""

    def __init__(self, words: list[int]) -> None:
        super().__init__(1)
        self._words = words

    def getrandbits(self, k: int) -> int:
        if k == 64:
            return self._words.pop(0)
        return super().getrandbits(k)


def hashes_of_nans(replay: Replay) -> list[int]:
    """What the process drew for its NaNs, read from where they stand: top byte and bucket; by their elems."""
    real, unit, memory = Real(replay), replay.model.shape.unit, replay.process.memory
    log2 = real.header()[replay.process.layout.offset("runtime.hmap", "B")]
    found: dict[int, int] = {}
    for array, count in ((real.array(True), 1 << max(0, log2 - 1)), (real.array(False), 1 << log2)):
        for bucket in range(count if array else 0):
            at = array + bucket * unit.unit_size
            while at:
                row = memory.read(at, unit.unit_size)
                keys = np.frombuffer(row, np.float64, 8, unit.keys_off)
                elems = np.frombuffer(row, np.int64, 8, unit.elems_off)
                for slot in range(8):
                    if row[slot] >= st.MIN_TOPHASH and np.isnan(keys[slot]):
                        found[int(elems[slot])] = row[slot] << 56 | bucket
                at = int.from_bytes(row[-8:], "little")
    return [found[number] for number in sorted(found)]


def test_nans_stand_where_the_process_drew_them(process: Process) -> None:
    """The hash of a NaN is drawn at random, at each growth again: what was drawn is read from the process."""
    replay = Replay(process, "float64-int64")
    done = ""
    for first in range(0, 240, 12):
        nans = " ".join(f"a{NANS_FROM + each}:{each}" for each in range(first, first + 12))
        words = f"{nans} A{first}-{first + 30} d{first} d{first + 3}"
        replay.said = replay.process.program.tell(f"do float64-int64 {words}")
        done += f" {words}"
        replay.start(Drawn([*hashes_of_nans(replay), *[0] * 1000]))
        replay.model.keep_nan_hashes()
        replay.apply(steps_of(done))
        check(replay, words)


def test_overflow_is_counted_by_chance_from_16_on(process: Process) -> None:
    """300,000 entries need B = 16: noverflow is drawn there and must lie where the draw puts it, all else is exact."""
    count = 300_000
    replay = Replay(process, "int64-int64")
    replay.said = process.program.tell(f"do int64-int64 A0-{count}")
    numbers = np.arange(count)
    replay.model.assign_many(numbers * 7919 - 5000, numbers % 251)
    head = replay.model.machine.head
    assert head[st.LOG2] == 16
    real = int.from_bytes(Real(replay).header()[10:12], "little")
    added = int(np.count_nonzero(replay.model.machine.cur.buckets.links >= 0))
    assert abs(real - added / 2) < 6 * (added / 4) ** 0.5
    assert abs(replay.model.noverflow - added / 2) < 6 * (added / 4) ** 0.5
    replay.model.noverflow = real
    check(replay, "filled")


@pytest.mark.parametrize("shape", ["int64-int64", "string-int64", "any-int64"])
def test_ranging_over_a_map_that_changes(process: Process, shape: str) -> None:
    """Both meet the same entries in the same order, whatever happens to the map between two of them."""
    chance = random.Random(f"{shape} {process.layout.version}")
    met = grown = 0
    for nth in range(12):
        replay = Replay(process, shape, hint=chance.choice([0, 0, 30, 100]))
        size = chance.choice([8, 12, 24, 48, 96, 100])
        replay.do(f"A0-{size} D0-{chance.randrange(4)}")
        before = replay.model.machine.head[st.LOG2]
        words = [random_step(chance, size, clears=nth % 3 == 0) for _ in range(2 * size)]
        real, modelled = replay.walk(" ".join(words))
        assert real == modelled
        assert differences(replay) == []
        met += len(real)
        grown += int(replay.model.machine.head[st.LOG2] > before)
    assert met > 100 and grown > 1


def random_step(chance: random.Random, size: int, *, clears: bool) -> str:
    if clears and chance.random() < 0.03:
        return "c"
    key = chance.randrange(4 * size)
    return f"d{key}" if chance.random() < 0.2 else f"a{key}:{chance.randrange(251)}"
