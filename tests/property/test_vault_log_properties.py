"""Whatever is done to the bytes of a log, its verifier says so and does not stumble."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goxray.core.errors import BadLog
from goxray.vault.log import export
from goxray.vault.log.chain import ENTRIES
from goxray.vault.log.entry import from_line
from goxray.vault.log.verify import verify
from tests.unit.vault_logs import LibraryKey, filled


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LibraryKey, bytes, export.Anchor]:
    key = LibraryKey()
    place = filled(tmp_path_factory.mktemp("vault") / "log", 6, signer=key, interval=4).place
    anchor = export.read(verify(place, keys=key.known).anchor())
    return place, key, (place / ENTRIES).read_bytes(), anchor


def mangled(data: st.DataObject, whole: bytes) -> bytes:
    """A part is taken out and put in elsewhere, once or more often, or replaced by something else."""
    for _ in range(data.draw(st.integers(1, 3))):
        first, last = sorted(data.draw(st.lists(st.integers(0, len(whole)), min_size=2, max_size=2)))
        kind = data.draw(st.sampled_from(["cut", "move", "copy", "replace"]))
        part, rest = whole[first:last], whole[:first] + whole[last:]
        at = data.draw(st.integers(0, len(rest)))
        if kind == "cut":
            whole = rest
        elif kind == "move":
            whole = rest[:at] + part + rest[at:]
        elif kind == "copy":
            whole = whole[:at] + part + whole[at:]
        else:
            whole = whole[:first] + data.draw(st.binary(max_size=20)) + whole[last:]
    return whole


@given(data=st.data())
def test_any_change_shows(log: tuple[Path, LibraryKey, bytes, export.Anchor], data: st.DataObject) -> None:
    place, key, whole, anchor = log
    changed = mangled(data, whole)
    (place / ENTRIES).write_bytes(changed)
    report = verify(place, keys=key.known, anchors=[anchor])
    if changed.startswith(whole):
        assert report.good and bool(report.torn) == (changed != whole)
    else:
        assert not report.good
        for fault in report.faults:
            assert 0 <= fault.start <= fault.end <= len(changed) and 0 <= fault.first <= fault.last and fault.words


@given(data=st.binary(max_size=200))
def test_what_is_no_line_and_no_anchor(data: bytes) -> None:
    with pytest.raises(BadLog):
        from_line(data)
    with pytest.raises(BadLog):
        export.read(data)
