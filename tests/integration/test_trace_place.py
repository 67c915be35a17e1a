"""Placing probes: what a program does not have, or has in a form that nobody knows, is said and not probed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goxray.core.errors import StrippedBinary, TargetError, UnsupportedGo
from goxray.goruntime.locate import Locator
from goxray.target.binary import Binary
from goxray.timeline.uprobes.events import SOURCES, events_of
from goxray.timeline.uprobes.place import Program, place_all
from tests.harness import traced
from tests.harness.variants import CLASSIC, SWISS, Variant

ALL = {source.event for source in SOURCES}
LEAF = bytes.fromhex("48 8b 03 c3")  # mov (%rbx),%rax; ret


@pytest.fixture(params=[CLASSIC, SWISS], ids=str)
def binary(request: pytest.FixtureRequest) -> Iterator[Binary]:
    variant: Variant = request.param
    found = Binary(str(traced.build(variant)))
    yield found
    found.close()


def without(program: Program, monkeypatch: pytest.MonkeyPatch, function: str, code: bytes) -> None:
    """Let a function have other code; none: let the linker have left it out."""
    real = program.code

    def changed(name: str) -> tuple[int, bytes]:
        return (real(name)[0] if code else 0, code) if name == function else real(name)

    monkeypatch.setattr(program, "code", changed)
    monkeypatch.setattr(program, "has", lambda name: bool(program.code(name)[1]))


def test_every_file_offset_holds_the_byte_that_is_probed(binary: Binary) -> None:
    placed, _ = place_all(Program(binary), ALL)
    with open(binary.path, "rb") as file:
        content = file.read()
    for each in placed:
        assert binary.read(each.address, 8) == content[each.offset : each.offset + 8]
        if each.source.where == "push":
            assert content[each.offset] == 0x55


def test_a_function_without_a_frame_is_said_and_not_probed(binary: Binary, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(binary)
    without(program, monkeypatch, "runtime.sysUnusedOS", LEAF)
    placed, notes = place_all(program, ALL)
    assert "scavenge" not in {each.source.event for each in placed}
    assert [note for note in notes if note.startswith("no scavenge: runtime.sysUnusedOS: ")] == notes
    with pytest.raises(TargetError, match="no probe can be placed"):
        place_all(program, events_of(("scavenge",)))


def test_a_function_that_the_linker_left_out(binary: Binary, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(binary)
    without(program, monkeypatch, "runtime.mapclear", b"")
    placed, notes = place_all(program, ALL)
    assert "clear" not in {each.source.event for each in placed}
    assert notes == ["no clear: this program has no function that does it"]


def test_sizes_of_classic_maps_may_be_missing_while_their_growth_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(Binary(str(traced.build(CLASSIC))))
    entry, code = program.code("runtime.hashGrow")
    call = code.index(b"\xe8")  # the first call is that of makeBucketArray
    without(program, monkeypatch, "runtime.hashGrow", code[:call])
    placed, notes = place_all(program, events_of(("map",)))
    assert {each.source.where for each in placed} == {"push", "same size"}
    assert notes == ["no size of classic maps' growth: runtime.hashGrow: calls runtime.makeBucketArray 0 times"]
    assert placed[0].address > entry


def test_a_growth_that_cannot_be_told_needs_no_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(Binary(str(traced.build(CLASSIC))))
    _, code = program.code("runtime.hashGrow")
    without(program, monkeypatch, "runtime.hashGrow", LEAF + code)
    with pytest.raises(TargetError, match="no map grow: runtime.hashGrow"):
        place_all(program, events_of(("map",)))


def test_versions_that_nobody_has_verified(binary: Binary) -> None:
    binary.go_version = "go1.99.1"
    with pytest.raises(UnsupportedGo) as caught:
        Program(binary)
    assert "--allow-unverified" in caught.value.hint
    program = Program(binary, allow_unverified=True)
    assert not program.layout.verified


def test_without_module_data_there_are_no_functions(binary: Binary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "symbol", lambda name: None)
    monkeypatch.setattr(Locator, "find", lambda self, name: None)
    with pytest.raises(StrippedBinary, match="module data cannot be found"):
        Program(binary)


def test_events_of_the_other_kind_of_maps_are_no_omission(binary: Binary) -> None:
    _, notes = place_all(Program(binary), ALL)
    assert notes == []


def test_types_that_are_not_in_the_file_have_no_name(binary: Binary) -> None:
    program = Program(binary)
    assert program.type_name(0xC000000000) == ""
    assert program.type_name(binary.entry) == ""
