"""Who may use the machine at once: many, or one alone; whoever waits to be alone is not overtaken."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from goxray.core.errors import UsageError
from goxray.lab.room import Room, Stopped, locked

PATIENCE = 60


class Guest:
    """A thread that enters the room, says so, and stays until it is let go."""

    def __init__(self, place: Path, *, alone: bool) -> None:
        self.knocking = threading.Event()
        self.inside = threading.Event()
        self.leave = threading.Event()
        self._room = Room(place, self._stopping)
        self._alone = alone
        self._thread = threading.Thread(target=self._visit)
        self._thread.start()

    def _stopping(self) -> bool:
        self.knocking.set()  # asked for only while the door or the room is shut
        return False

    def _visit(self) -> None:
        with self._room.alone() if self._alone else self._room.beside():
            self.inside.set()
            self.leave.wait(PATIENCE)

    def gone(self) -> None:
        self.leave.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


def test_many_may_be_beside_each_other_and_one_alone(tmp_path: Path) -> None:
    first, second = Guest(tmp_path, alone=False), Guest(tmp_path, alone=False)
    assert first.inside.wait(PATIENCE) and second.inside.wait(PATIENCE)
    single = Guest(tmp_path, alone=True)
    assert single.knocking.wait(PATIENCE) and not single.inside.is_set()
    first.gone()
    assert not single.inside.is_set()
    late = Guest(tmp_path, alone=False)
    assert late.knocking.wait(PATIENCE) and not late.inside.is_set(), "who came later waits behind the one"
    second.gone()
    assert single.inside.wait(PATIENCE) and not late.inside.is_set()
    single.gone()
    assert late.inside.wait(PATIENCE)
    late.gone()


def test_waiting_can_be_interrupted(tmp_path: Path) -> None:
    guest = Guest(tmp_path, alone=True)
    assert guest.inside.wait(PATIENCE)
    with pytest.raises(Stopped), Room(tmp_path, lambda: True).beside():
        pass
    guest.gone()
    with Room(tmp_path, lambda: True).beside():
        pass


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"), locked(tmp_path / "file" / "lock", shared=True):
        pass
