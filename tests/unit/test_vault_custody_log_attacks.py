"""Attacks on a vault's custody: several at once, logs put back or put in from elsewhere, entries made by hand.

Whoever attacks here may write every file of the vault and knows all formats, but holds no private key.
"""

from __future__ import annotations

import os
import shutil
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadLog, KeyDestroyed
from goxray.vault import clock as clocks
from goxray.vault import expiry, keys, signed
from goxray.vault.clock import Reading
from goxray.vault.custody.vaults import Vault
from goxray.vault.log.chain import ENTRIES, MARK, Log
from goxray.vault.log.entry import Event
from goxray.vault.log.verify import verify
from goxray.vault.retention import DUE, RELEASE, SEAL, TOMBSTONE, TOMBSTONE_KIND, hold_event
from goxray.vault.signed import Signer
from tests.unit.custody_vaults import DUE_NS, ID, House, ask, quick_and_timed, rows
from tests.unit.vault_logs import SECOND, HandClock

DAY = 86_400 * SECOND


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    with quick_and_timed(monkeypatch) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, clock: HandClock) -> House:
    return House(tmp_path / "vault", clock)


@dataclass
class Shifted:
    """The machine's clocks, both ahead by the same time, which is no step: all processes see the same."""

    by_ns: int = 0

    def __call__(self) -> Reading:
        real = clocks.now()
        return Reading(real.wall_ns + self.by_ns, real.boot, real.since_boot_ns + self.by_ns)

    @property
    def wall_ns(self) -> int:
        return self().wall_ns


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> Shifted:
    made = Shifted()

    def log(self: Vault, signer: Signer | None = None) -> Log:
        return Log(self.store.room("log"), signer, log_id=self.store.id, clock=made)

    monkeypatch.setattr(keys, "ROUNDS", 1000)
    monkeypatch.setattr(Vault, "log", log)
    return made


def at_once(acts: list[Callable[[], None]]) -> None:
    """Let each act in a process of its own, all together; each must end well."""
    gate, open_gate = os.pipe()
    children = []
    for act in acts:
        child = os.fork()
        if child == 0:
            try:
                os.close(open_gate)
                os.read(gate, 1)
                act()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(70)
        children.append(child)
    os.close(gate)
    os.close(open_gate)
    assert [os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children] == [0] * len(children)


def test_holds_seals_and_expiries_at_once(tmp_path: Path, shifted: Shifted) -> None:
    """Whoever was told that a bundle is held has it; every deed has its entry; nothing is done twice."""
    house = House(tmp_path / "vault", shifted)
    bundles = [house.seal() for _ in range(8)]
    shifted.by_ns = 200 * DAY
    (tmp_path / "evidence").write_bytes(b"more")
    said = tmp_path / "said"
    said.mkdir()

    def hold(mine: list[str]) -> None:
        for bundle in mine:
            try:
                api_vault.hold(house.place, [bundle], ask=ask, case="court", why="an order")
                (said / bundle).write_text("held")
            except KeyDestroyed:
                (said / bundle).write_text("too late")

    def expire() -> None:
        for _ in range(2):
            api_vault.expire(house.place, ask=ask)

    def seal() -> None:
        for _ in range(2):
            made = api_vault.seal(house.place, tmp_path / "evidence", ask=ask)
            (said / made.bundle.id).write_text("sealed")

    def policy() -> None:
        for months in (12, 7):
            api_vault.policy(house.place, [f"audit={months}m"], ask=ask)

    at_once([lambda: hold(bundles[::2]), expire, seal, policy, expire, lambda: hold(bundles[::-2])])
    report = verify(house.place / "log", log_id=ID, keys=house.known)
    assert report.good and not report.torn and not report.steps and house.wrong() == []
    told = {path.name: path.read_text() for path in said.iterdir()}
    there = expiry.present(house.vault.store)
    assert all((name in there) == (words != "too late") for name, words in told.items())
    what = [entry.what for entry in api_vault.log_show(house.place).entries if entry.result == "ok"]
    words = list(told.values())
    assert what.count("hold") == words.count("held") and len(told) == 8 + 2
    assert what.count(SEAL) == 8 + 2 and what.count("retention-policy") == 1 + 2
    assert what.count(TOMBSTONE) == what.count(DUE) == words.count("too late") == 10 - len(there)


def back(house: House, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (house.place / "log" / name).write_bytes(data)


def taken(house: House, *names: str) -> dict[str, bytes]:
    return {name: (house.place / "log" / name).read_bytes() for name in names}


def all_refused(house: House, bundle: str, words: str) -> None:
    """Every deed that writes is refused with one line, and nothing at all is written."""
    before = taken(house, ENTRIES, MARK)
    acts = [
        lambda: api_vault.hold(house.place, [bundle], ask=ask, case="c", why="w"),
        lambda: api_vault.hold(house.place, [bundle], ask=ask, case="court", why="w", release=True),
        lambda: api_vault.policy(house.place, ["a=12m"], ask=ask),
        lambda: api_vault.expire(house.place, ask=ask),
        lambda: api_vault.log_accept_clock(house.place, 2, "w", ask=ask),
        lambda: api_vault.log_export(house.place),
    ]
    for act in acts:
        with pytest.raises(BadLog, match=words) as caught:
            act()
        assert "\n" not in str(caught.value)
    assert taken(house, ENTRIES, MARK) == before and house.path(bundle).exists()


def test_an_older_log_beside_its_mark(house: House) -> None:
    """Put back to before a hold: expiry would destroy what is held."""
    bundle = house.seal()
    old = taken(house, ENTRIES)
    api_vault.hold(house.place, [bundle], ask=ask, case="court", why="an order")
    back(house, old)
    house.go_to(DUE_NS)
    all_refused(house, bundle, "entries 7 to 8 cut off from byte")
    found = api_vault.log_verify(house.place)
    assert [(fault.kind, fault.entry, fault.last) for fault in found.faults] == [("truncated", 7, 8)]


def test_an_older_log_and_its_mark_show_in_an_anchor_alone(house: House, tmp_path: Path) -> None:
    bundle = house.seal()
    old = taken(house, ENTRIES, MARK)
    api_vault.hold(house.place, [bundle], ask=ask, case="court", why="an order")
    anchor = tmp_path / "heads.json"
    anchor.write_bytes(api_vault.log_export(house.place))
    back(house, old)
    assert api_vault.verify(house.place).good, "nothing in the vault itself can show it"
    found = api_vault.verify(house.place, anchors=[anchor])
    assert not found.good and found.log is not None
    assert [(fault.kind, fault.entry) for fault in found.log.faults] == [("truncated", 7)]
    house.log.append(hold_event("eve", bundle, "court", "another"), sign=True)
    found = api_vault.verify(house.place, anchors=[anchor])
    assert found.log is not None and [(fault.kind, fault.entry, fault.last) for fault in found.log.faults] == [
        ("anchor", 6, 7)
    ], "written on from there: entry 7 is another one"


def test_a_log_put_back_does_not_hide_what_became_of_bundles(house: House) -> None:
    """To before a seal: a stranger. To before a tombstone: missing."""
    ended = house.seal()
    before_end = taken(house, ENTRIES, MARK)
    house.go_to(DUE_NS)
    api_vault.expire(house.place, ask=ask)
    back(house, before_end)
    assert house.wrong() == [("missing", ended)]
    sealed = house.seal()
    assert sorted(house.wrong()) == [("missing", ended)]
    back(house, before_end)
    assert sorted(house.wrong()) == [("missing", ended), ("stranger", sealed)]


def test_the_log_of_another_vault(house: House, tmp_path: Path, clock: HandClock) -> None:
    bundle = house.seal()
    other = House(tmp_path / "other", clock, vault_id="7a" * 16)
    shutil.copy(house.path(bundle), other.path(bundle))
    back(house, taken(other, ENTRIES, MARK))
    all_refused(house, bundle, "another")
    found = api_vault.log_verify(house.place)
    assert found.faults[0].kind == "replaced" and not found.good
    shown = api_vault.log_show(house.place)
    assert shown.entries == () and shown.fault is not None


def test_entries_of_another_vault_behind_ones_own(house: House, tmp_path: Path, clock: HandClock) -> None:
    """A release that the owner signed, in another vault of the same key, does not fit into this chain."""
    bundle = house.seal()
    api_vault.hold(house.place, [bundle], ask=ask, case="court", why="an order")
    other = tmp_path / "other"
    shutil.copytree(house.place, other)
    api_vault.hold(other, [bundle], ask=ask, case="court", why="closed", release=True)
    tail = (other / "log" / ENTRIES).read_bytes().splitlines(keepends=True)[-2:]
    api_vault.policy(house.place, ["a=12m"], ask=ask)
    with (house.place / "log" / ENTRIES).open("ab") as file:
        file.write(b"".join(tail))
    house.go_to(DUE_NS)
    with pytest.raises(BadLog):
        api_vault.expire(house.place, ask=ask)
    assert [(fault.kind, fault.entry) for fault in api_vault.log_verify(house.place).faults][0][1] in (9, 10)
    assert house.path(bundle).exists()


def test_a_signed_release_is_not_used_twice(house: House) -> None:
    """Hold, release, hold again: the head of the first release, appended anew, signs another place of the chain."""
    bundle = house.seal()
    for release in (False, True, False):
        api_vault.hold(house.place, [bundle], ask=ask, case="court", why="an order", release=release)
    head: dict = {}

    def take(event: Event) -> None:
        nonlocal head
        if head.get("what") == RELEASE and event.what == "log-head":
            head = {"head": event.detail["head"]}
        elif "head" not in head:
            head = {"what": event.what}

    verify(house.place / "log", each=lambda placed: take(placed.line.entry.event))
    forged = ForgedHead(head["head"])
    log = Log(house.place / "log", forged, log_id=ID, clock=house.clock)
    log.append(hold_event("eve", bundle, "court", "closed", release=True), sign=True)
    house.go_to(DUE_NS)
    with pytest.raises(BadLog, match="nothing is destroyed"):
        api_vault.expire(house.place, ask=ask)
    faults = api_vault.log_verify(house.place).faults
    assert [(fault.kind, fault.entry) for fault in faults] == [("head", 14)]


class ForgedHead:
    """Signs with a signature that was made for something else."""

    def __init__(self, document: dict) -> None:
        self._document = document
        self.public = self

    @property
    def key_id(self) -> str:
        return str(self._document["key"])

    def verify(self, message: bytes, signature: bytes, signer_id: bytes) -> bool:
        return True

    def sign(self, message: bytes, signer_id: bytes) -> bytes:
        return bytes.fromhex(str(self._document["signature"]))


def test_a_tombstone_that_nobody_signed_ends_nothing(house: House) -> None:
    bundle = house.seal()
    state, _ = expiry.state_of(house.place / "log", house.known)
    digest = state.kept[bundle].digest
    stone = {"key": house.key.key_id, "payload": {"id": bundle, "object": digest}, "signature": "00", "signer_id": "31"}
    for document in (stone, None, {}):
        house.vault.log().append(Event("eve", TOMBSTONE, "ok", digest, {"id": bundle, "tombstone": document}))
    assert {kind for kind, _ in house.wrong()} == {"early", "unsigned"}
    api_vault.hold(house.place, [bundle], ask=ask, case="court", why="an order")
    assert rows(api_vault.list_(house.place).bundles) == [(bundle, "held")]
    house.go_to(DUE_NS)
    assert rows(api_vault.expire(house.place, ask=ask).held) == [(bundle, "held")]


def test_a_tombstone_of_another_bundle_ends_nothing(house: House) -> None:
    """A good one, signed by the owner, put under another bundle's name."""
    first = house.seal()
    house.go_to(house.clock.wall_ns + 30 * DAY)
    second = house.seal()
    house.go_to(DUE_NS)
    api_vault.expire(house.place, ask=ask)
    stones = []
    verify(house.place / "log", each=lambda placed: stones.append(placed.line.entry.event))
    stone = next(event for event in stones if event.what == TOMBSTONE)
    assert signed.is_good(TOMBSTONE_KIND, stone.detail["tombstone"], house.known) and stone.detail["id"] == first
    state, _ = expiry.state_of(house.place / "log", house.known)
    house.vault.log().append(
        Event("eve", TOMBSTONE, "ok", state.kept[second].digest, {"id": second, "tombstone": stone.detail["tombstone"]})
    )
    house.path(second).unlink()
    assert sorted(house.wrong()) == sorted([("early", second), ("missing", second), ("unsigned", second)])


@pytest.mark.parametrize("name", ["../keys/x", "..", "a/b", "/etc/passwd", ".hidden", "a\0b", "x" * 300])
def test_ids_in_the_log_lead_nowhere(house: House, name: str) -> None:
    """An entry made by hand names a path: what is really due goes, and nothing outside is touched."""
    (house.place / "keys" / "x.goxs").write_bytes(b"not a bundle")
    bundle = house.seal()
    house.vault.log().append(Event("eve", SEAL, "ok", "0" * 64, {"class": "default", "id": name}))
    before = {path: path.read_bytes() for path in (house.place / "keys").iterdir()}
    house.go_to(DUE_NS)
    assert sorted(house.wrong()) == [("log", ""), ("overdue", bundle)]
    assert rows(api_vault.expire(house.place, ask=ask).destroyed) == [(bundle, "destroyed")]
    assert house.wrong() == [("log", "")] and not house.path(bundle).exists()
    assert {path: path.read_bytes() for path in (house.place / "keys").iterdir()} == before


def test_a_bundle_sealed_twice_in_the_log_keeps_its_first_day(house: House) -> None:
    bundle = house.seal(kind="incident")
    api_vault.policy(house.place, ["incident=12m"], ask=ask)
    house.vault.log().append(Event("eve", SEAL, "ok", "0" * 64, {"class": "default", "id": bundle}))
    assert [row.due for row in api_vault.list_(house.place).bundles] == ["2027-08-31T16:00:00Z"]
    assert house.wrong() == [("log", "")]
