"""A run of every command that needs no Go program, and a vault that only remembers what was written to it."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest
from advise_samples import advice
from audit_samples import service
from heap_samples import heap, why
from lab_samples import catalogue, lab_result
from phases_samples import dropped
from render_samples import grouped
from store_samples import manifest, tables, write
from trace_samples import trace_result
from watch_samples import recording

from goxray import api_mask
from goxray.core.audit_result import BinaryFacts
from goxray.core.binary_result import BinaryAnswer
from goxray.core.checks import Check
from goxray.core.vault_result import BundleRow, BundleSealed, VaultKey
from goxray.store.snapshot import write_snapshot
from goxray.ui.cli.main import main

CORPUS = Path(__file__).parents[1] / "corpus"
LOG = CORPUS / "joined" / "gc.log"
SCENARIO = "alloc keep 1000 x 64B as users; drop users; gc"
TYPE = "package t\n\ntype Row struct {\n\tA bool\n\tB int64\n\tC bool\n}\n"

CASES: dict[str, tuple[str, ...]] = {
    "maps": ("4242",),
    "heap": ("4242",),
    "why": ("4242", "0xc000010000"),
    "snapshot": ("4242",),
    "diff": ("a.gox", "b.gox"),
    "query": ("a.gox", "select * from maps order by addr"),
    "advise": ("4242",),
    "predict": ("map[int]int", "-n", "1000"),
    "layout": ("Row", "--types", "row.go"),
    "model gc": (SCENARIO,),
    "gc read": ("gc.log",),
    "gc run": ("--", sys.executable, "-S", "-c", "pass"),
    "gc watch": ("4242", "--count", "1"),
    "gc phases": ("--pid", "4242"),
    "trace": ("4242", "--for", "1"),
    "profile": (str(CORPUS / "pprof" / "go1.20.14" / "heap.pb.gz"),),
    "timeline": ("gc.log",),
    "lab list": (),
    "lab run": ("map-hint",),
    "lab show": ("map-hint",),
    "lab report": (),
    "lab new": ("slice-growth",),
    "lab toolchains": (),
    "audit": ("module",),
    "audit rules": ("CRY004",),
    "sbom": ("module",),
    "binary": ("service",),
    "mask": ("people.jsonl", "--key", "mask.key"),
    "doctor": (),
    "completion": ("bash",),
}
"""Every command that takes ``--seal``, and what it is asked."""


def leaves() -> dict[str, click.Command]:
    """Return every command that is no group, by its words: what a user can type."""
    found: dict[str, click.Command] = {}

    def walk(group: click.Group, words: tuple[str, ...], context: click.Context) -> None:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None, name
            if isinstance(command, click.Group):
                walk(command, (*words, name), click.Context(command, parent=context, info_name=name))
            else:
                found[" ".join((*words, name))] = command

    root = click.Context(main, info_name="goxray")
    walk(main, (), root)
    made = found["audit"].make_context("audit", ["rules"], root)  # a command beside its command's arguments
    found["audit rules"] = made.command
    return found


@dataclass
class Kept:
    """Content that came into the vault, and what was said of it."""

    place: Path
    content: bytes
    name: str
    kind: str
    recipients: tuple[str, ...]
    retention: str


@dataclass
class FakeVault:
    """Stands where ``api_vault.sealing`` stands. ``order`` is what happened: asked, failed, sealed."""

    kept: list[Kept] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    written: int = 0

    @contextmanager
    def sealing(
        self,
        place: Path,
        *,
        ask: Callable[[VaultKey], bytearray],
        name: str,
        kind: str,
        recipients: Sequence[str] = (),
        retention: str = "default",
        key: str = "",
        who: str = "",
    ) -> Iterator[Any]:
        passphrase = ask(VaultKey("0123456789abcdef" * 2, "owner", "active", True, "2026-11-22T02:00:00Z"))
        self.order.append(f"asked {passphrase.decode()}")
        sealing = FakeSealing(self)
        try:
            yield sealing
        except BaseException as error:
            self.order.append(f"failed {type(error).__name__}")
            raise
        content = bytes(sealing.content)
        self.kept.append(Kept(place, content, name, kind, tuple(recipients), retention))
        self.order.append("sealed")
        row = BundleRow("5" * 32, "kept", name, kind, content_bytes=len(content), due="2027-05-22T02:00:00Z")
        sealing.sealed = BundleSealed(str(place), row, 2)


class FakeSealing(io.RawIOBase):
    """A sink that cannot be asked where it is, nor be wound back."""

    sealed: BundleSealed

    def __init__(self, vault: FakeVault) -> None:
        super().__init__()
        self.content = bytearray()
        self._vault = vault
        self.sink = self

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.content += data
        self._vault.written += 1
        return len(data)


def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put prepared results where commands would look at a process, run Go or look at this machine."""

    def answer(result: Any) -> Callable[..., Any]:
        return lambda *_given, **_more: result

    def snapshot(_target: str, out: Any, **_more: Any) -> Any:
        return write_snapshot(out, manifest(notes=[], faults=[]), tables())

    for where, result in {
        "goxray.api.maps": grouped(),
        "goxray.api.heap": heap(),
        "goxray.api.why": why(),
        "goxray.api.advise": advice(),
        "goxray.api_watch.watch": recording(),
        "goxray.api_phases.phases": dropped(),
        "goxray.api_trace.trace": trace_result(),
        "goxray.api_lab.run": lab_result(),
        "goxray.api_lab.found": lab_result(mode="kept"),
        "goxray.api_lab.catalogue": catalogue(),
        "goxray.api_audit.audit": service(),
        "goxray.api_binary.binary": BinaryAnswer(
            BinaryFacts("service", "elf", "amd64", "linux", "go1.27.3", "m", (), {})
        ),
        "goxray.ui.cli.machine.examine": [Check("platform", "ok", "Linux", "all")],
    }.items():
        monkeypatch.setattr(where, answer(result), raising=False)
    monkeypatch.setattr("goxray.api.snapshot", snapshot)


def files(place: Path) -> None:
    """Write what the commands of CASES read."""
    write(place / "a.gox")
    write(place / "b.gox", about=manifest("2026-03-02T12:00:00Z"))
    shutil.copy(LOG, place / "gc.log")
    (place / "row.go").write_text(TYPE)
    (place / "module").mkdir()
    (place / "module" / "go.mod").write_text("module example.com/m\n\ngo 1.27\n")
    (place / "module" / "main.go").write_text("package main\n\nfunc main() {}\n")
    (place / "people.jsonl").write_text('{"mobile": "13800138000", "paid": 7}\n' * 3)
    api_mask.new_key(place / "mask.key")
    secret = place / "passphrase"
    secret.touch(0o600)
    secret.write_text("correct horse\n")
