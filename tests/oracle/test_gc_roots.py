"""Roots against a program that knows which of its objects are alive and whose variables hold them.

What is alive is not only the program's word: in the end the collector itself frees what is dead, and must agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from goxray.goruntime.runtime import Runtime
from goxray.goruntime.stackmaps import FrameMaps
from goxray.goruntime.stackread import Position, read_stacks
from goxray.goruntime.stackwalk import InfoTable, cut
from tests.harness.cores import gcore
from tests.harness.programs import Build, build
from tests.harness.roots import Expected, Seen, expected, looking
from tests.harness.speaking import Speaker, speaking
from tests.harness.variants import CLASSIC, SWISS, VARIANTS, Variant, params

MANY = 1000
DEPTH = 5000
MOST_FRAMES = 4000
"""The other unwinder gives up a little later."""
NOT_THE_SPECIAL_KINDS = ("goroutine", "global", "finalizer", "runtime")

pytestmark = pytest.mark.parametrize("variant", params(VARIANTS), indirect=True)


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[Speaker]:
    with speaking(build("roots", Build(variant))) as running:
        yield running


@pytest.fixture(scope="module")
def objects(program: Speaker) -> list[Expected]:
    return expected(program.said["objects"])


@pytest.fixture(scope="module")
def seen(program: Speaker) -> Iterator[Seen]:
    """The roots before any collection that could tell the dead objects from the others."""
    with looking(program.pid) as found:
        yield found


def wrong(seen: Seen, objects: list[Expected]) -> dict[str, object]:
    """Live objects without the holder they have, and dead ones that are held, of the plain kinds."""
    found: dict[str, object] = {}
    for item in objects:
        if item.kind not in NOT_THE_SPECIAL_KINDS:
            continue
        hits = seen.hits(item.addr)
        held = any(item.holder in hit.holder.text and hit.holder.kind == item.kind for hit in hits)
        exact = [hit for hit in hits if not hit.conservative]
        if held != item.live or bool(exact) != item.live:
            found[item.name] = [(hit.holder.text, hit.conservative) for hit in hits]
    return found


def test_live_objects_have_their_holders_and_dead_ones_none(seen: Seen, objects: list[Expected]) -> None:
    assert sum(item.live for item in objects) > 60 and sum(not item.live for item in objects) == 8
    assert wrong(seen, objects) == {}
    assert seen.roots.notes == []


@pytest.mark.parametrize("name", ["dead local", "dead of two", "dead stack object"])
def test_dead_variables_are_still_on_their_stacks(seen: Seen, objects: list[Expected], name: str) -> None:
    """Without pointer maps these objects would be held: the words are there."""
    item = next(item for item in objects if item.name == name)
    assert item.addr in seen.stack_words(item.holder)


def test_slots_hold_the_values(seen: Seen) -> None:
    roots = seen.roots
    in_memory = roots.slot != 0
    assert seen.readable[in_memory].all() and (seen.words[in_memory, 0] == roots.value[in_memory]).all()
    kinds = {roots.holders[number].kind for number in roots.holder[~in_memory].tolist()}
    assert kinds <= {"register"}


def test_a_frame_s_roots_lie_in_it_or_in_its_arguments(seen: Seen) -> None:
    checked = 0
    for _, hit in seen.all():
        holder = hit.holder
        if holder.kind == "goroutine" and holder.text.endswith("main.one (stack)"):
            assert holder.addr <= hit.slot < holder.addr + holder.size + 64
            assert seen.runtime.function_name(holder.pc) == "main.one"
            checked += 1
    assert checked >= MANY


def test_every_one_of_a_thousand_goroutines_holds_its_own(seen: Seen) -> None:
    goids = {
        hit.holder.goid
        for _, hit in seen.all()
        if hit.holder.text == f"goroutine {hit.holder.goid}: main.one (stack)" and not hit.conservative
    }
    assert len(goids) == MANY


def test_a_deep_recursion_has_a_root_in_every_frame(seen: Seen) -> None:
    slots = {hit.slot for _, hit in seen.all() if hit.holder.text.endswith("main.recurse (stack)")}
    assert len(slots) == DEPTH + 1


def test_globals_are_named_with_their_place(seen: Seen, objects: list[Expected]) -> None:
    item = next(item for item in objects if item.name == "end of a large array in bss")
    (hit,) = (hit for hit in seen.hits(item.addr) if hit.holder.kind == "global")
    assert hit.holder.text == "main.words" and hit.holder.size == 20000 * 8
    assert hit.slot == hit.holder.addr + 19999 * 8


def test_running_goroutines_hold_by_registers_or_where_they_were_preempted(seen: Seen, objects: list[Expected]) -> None:
    spinning = [item for item in objects if item.kind == "spinning"]
    assert len(spinning) == 4
    kinds = set()
    for item in spinning:
        hits = [hit for hit in seen.hits(item.addr) if hit.conservative]
        registers = any(hit.holder.kind == "register" and hit.holder.goid for hit in hits)
        preempted = any("runtime.asyncPreempt" in hit.holder.text or "main.spin" in hit.holder.text for hit in hits)
        assert registers or preempted, item
        kinds |= {"register"} if registers else {"preempted"}
    assert kinds == {"register", "preempted"}


def test_conservative_roots_say_so_and_are_few(seen: Seen) -> None:
    doubted = [hit for _, hit in seen.all() if hit.conservative]
    assert 0 < len(doubted) < 200
    goids = {hit.holder.goid for hit in doubted}
    spinning = seen.running("main.spin")
    assert goids <= spinning | {0}


def test_objects_with_finalizers_are_no_roots_but_their_children_are(seen: Seen, objects: list[Expected]) -> None:
    item = next(item for item in objects if item.kind == "from")
    assert item.addr in seen.roots.from_objects.tolist()
    number = seen.roots.from_objects.tolist().index(item.addr)
    assert seen.roots.holders[int(seen.roots.from_holder[number])].text == item.holder
    assert seen.hits(item.addr) == []


def within(seen: Seen, addr: int, kind: str, text: str) -> bool:
    """Whether a root of this kind points to an object that holds ``addr``, or through one more."""
    for value, hit in seen.all():
        if hit.holder.kind == kind and text in hit.holder.text:
            words = object_words(seen, value)
            if addr in words or any(addr in object_words(seen, word) for word in words):
                return True
    return False


def object_words(seen: Seen, addr: int) -> tuple[int, ...]:
    """The words of the heap object at an address, at most eight; none outside the heap."""
    size = int(seen.runtime.spans.locate(np.array([addr], np.uint64)).size[0])
    return seen.runtime.memory.read_words(addr & ~7, min(size, 64) // 8) if size else ()


def test_cleanups_hold_their_arguments(seen: Seen, objects: list[Expected], variant: Variant) -> None:
    waiting = [item for item in objects if item.kind == "cleanup"]
    queued = [item for item in objects if item.kind == "queued cleanup"]
    assert (len(waiting), len(queued)) == ((1, 2) if variant.minor >= 24 else (0, 0))
    for item in waiting:
        assert within(seen, item.addr, "cleanup", "cleanup main.blocks"), item
    queue = ("finalizer", "finalizers about to run") if variant.minor == 24 else ("cleanup", "cleanups about to run")
    for item in queued:
        assert within(seen, item.addr, *queue), item


def test_frames_agree_with_the_other_unwinder(seen: Seen) -> None:
    """Both cut stacks as runtime/traceback.go does, one side by side with arrays, one frame by frame."""
    with seen.runtime.target.freeze():
        compare_frames(seen.runtime)


def compare_frames(runtime: Runtime) -> None:
    goroutines = [g for g in runtime.goroutines() if g.sp]
    table = InfoTable(FrameMaps(runtime.memory, runtime.layout, runtime.functions))
    places = [Position(g.goid, g.stack_lo, g.stack_hi, g.sp, g.pc, g.lr) for g in goroutines]
    frames = cut(read_stacks(runtime.memory, places), table)
    assert not len(frames.lost)
    assert len(frames.stack) > 4 * MANY
    for number, goroutine in enumerate(goroutines):
        rows = np.flatnonzero(frames.stack == number).tolist()
        ours = [(int(frames.fp[row]), table.pcs[int(frames.info[row])]) for row in rows]
        theirs = [(frame.end, frame.pc) for frame in runtime.unwinder.frames(goroutine)]
        if len(theirs) > MOST_FRAMES:
            assert len(ours) > DEPTH
            ours, theirs = ours[:MOST_FRAMES], theirs[:MOST_FRAMES]
        assert ours == theirs


def test_a_running_target_loses_only_what_runs(program: Speaker, objects: list[Expected]) -> None:
    with looking(program.pid, freeze=False) as racy:
        assert wrong(racy, objects) == {}
        assert any("it is not known where" in note for note in racy.roots.notes)
        for item in objects:
            if item.kind == "spinning":
                assert any(hit.conservative for hit in racy.hits(item.addr))


def only(variant: Variant, chosen: tuple[Variant, ...]) -> None:
    if variant not in chosen:
        pytest.skip("one of each kind is enough")


def test_a_core_gives_the_same_roots(
    program: Speaker, objects: list[Expected], variant: Variant, tmp_path: Path
) -> None:
    only(variant, (CLASSIC, SWISS))
    with looking(gcore(program.pid, tmp_path), build("roots", Build(variant))) as found:
        assert wrong(found, objects) == {}


def test_the_collector_agrees(program: Speaker, seen: Seen, objects: list[Expected]) -> None:
    """After collections the dead objects are free, the live ones are not, and no exact root points to a free slot."""
    program.tell("gc")
    program.tell("gc")
    with looking(program.pid) as after:
        alive = after.allocated(np.array([item.addr for item in objects], np.uint64))
        verdict = {item.name: freed for item, freed in zip(objects, alive, strict=True) if item.kind != "from"}
        assert verdict == {item.name: item.live for item in objects if item.kind != "from"}
        stale = [(hex(value), hit.holder.text) for value, hit in after.all() if not after.taken[value]]
        assert stale == []
        assert len(after.roots) > MANY


@pytest.mark.parametrize(
    "how", [{"ldflags": "-s -w"}, {"pie": True}, {"cgo": True}, {"pie": True, "ldflags": "-s -w"}], ids=str
)
def test_other_builds(variant: Variant, how: dict[str, object]) -> None:
    """Stripped programs have no names for globals, only places; all else is the same."""
    only(variant, (Variant("1.21.13"), CLASSIC, SWISS))
    stripped = "ldflags" in how
    with speaking(build("roots", Build(variant, **how))) as running:  # type: ignore[arg-type]
        objects = expected(running.said["objects"])
        with looking(running.pid) as found:
            if not stripped:
                assert wrong(found, objects) == {}
                return
            named = [item for item in objects if item.kind != "global"]
            assert wrong(found, named) == {}
            for item in objects:
                if item.kind == "global" and item.live:
                    holder = next(hit.holder for hit in found.hits(item.addr) if hit.holder.kind == "global")
                    assert re.fullmatch(r"(data|bss)\+0x[0-9a-f]+", holder.text)
