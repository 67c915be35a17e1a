"""What the Go program ``truth`` says about itself, and the running program."""

from __future__ import annotations

import json
import queue
import resource
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.harness.programs import Build, build

START_SECONDS = 120
FIGURES = ("entries", "full_slots", "slots", "tombstones", "bytes", "indirect_bytes")
DETAIL = {
    "classic": ("B", "buckets", "overflow_buckets", "noverflow", "old_buckets", "nevacuate"),
    "swiss": ("tables", "groups", "dir_len", "global_depth", "growth_left", "small"),
}


class ProgramError(AssertionError):
    """The Go program contradicts itself, ends early or says nothing for too long."""


@dataclass(frozen=True)
class TruthMap:
    """One map as the program that owns it sees it. Names of figures are those of goxray's columns.

    ``owners`` are right owner expressions with ``[...]`` for indexes (none: no exact one exists), ``owner_like`` are
    words that the owner must contain. ``hidden``: no typed path leads to the map, so that its type may stay unknown.
    ``memstats_bytes``: by how much MemStats grew with it; 0 where that was not measured. ``pieces``: (address, size)
    of its heap objects.
    """

    label: str
    addr: int
    kind: str
    types: tuple[str, ...]
    figures: dict[str, int]
    detail: dict[str, int]
    owners: tuple[str, ...]
    owner_like: tuple[str, ...]
    on_stack: bool
    hidden: bool
    memstats_bytes: int
    pieces: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Damage:
    """What the program broke in one of its maps; -1 where the damage has no such place."""

    label: str
    addr: int
    table: int
    unit: int
    slot: int


@dataclass
class Truth:
    """Everything the program printed up to READY.

    ``looks`` and ``gone`` map addresses to what stands there; ``heap_alloc`` is MemStats.HeapAlloc just before READY.
    """

    meta: dict[str, object] = field(default_factory=dict)
    maps: list[TruthMap] = field(default_factory=list)
    looks: dict[int, str] = field(default_factory=dict)
    gone: dict[int, str] = field(default_factory=dict)
    nil_owners: list[str] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    heap_alloc: int = 0

    def labelled(self, label: str) -> TruthMap:
        """Return the map of that label."""
        return next(m for m in self.maps if m.label == label)


def _truth_map(record: dict[str, object]) -> TruthMap:
    kind = str(record["kind"])

    def number(name: str) -> int:
        value = record[name]
        assert isinstance(value, int), name
        return value

    def texts(name: str) -> tuple[str, ...]:
        value = record[name]
        assert isinstance(value, list), name
        return tuple(map(str, value))

    pieces = record.get("pieces", [])
    assert isinstance(pieces, list)
    return TruthMap(
        label=str(record["label"]),
        addr=number("addr"),
        kind=kind,
        types=(str(record["type"]), str(record["full_type"])),
        figures={name: number(name) for name in FIGURES},
        detail={name: number(name) for name in DETAIL[kind]},
        owners=texts("owners"),
        owner_like=texts("owner_like"),
        on_stack=bool(record["on_stack"]),
        hidden=bool(record["hidden"]),
        memstats_bytes=number("memstats_bytes"),
        pieces=tuple((int(addr), int(size)) for addr, size in pieces),
    )


def _take(record: dict[str, object], truth: Truth) -> None:
    """Add one line of the program's to ``truth``."""
    kind = record.pop("record")
    if kind == "map":
        truth.maps.append(_truth_map(record))
    elif kind == "look":
        truth.looks[int(str(record["addr"]))] = str(record["kind"])
    elif kind == "gone":
        truth.gone[int(str(record["addr"]))] = str(record["label"])
    elif kind == "nil":
        truth.nil_owners.append(str(record["owner"]))
    elif kind == "corrupt":
        numbers = (int(str(record[name])) for name in ("addr", "table", "unit", "slot"))
        truth.damages.append(Damage(str(record["label"]), *numbers))
    elif kind == "meta":
        truth.meta = record
    elif kind == "heap":
        truth.heap_alloc = int(str(record["alloc"]))
    else:
        raise ProgramError(f"{kind}: {record.get('what', record)}")


class TruthProgram:
    """The program ``truth``, running: a context that always ends it.

    ``truth`` is what it printed last. ``sets`` chooses the maps it makes (see its -set flag).
    """

    def __init__(self, how: Build, *flags: str, sets: Sequence[str] = ("all",), exe: Path | None = None) -> None:
        self.exe = exe or build("truth", how)
        self._command = [str(self.exe), f"-set={','.join(sets)}", *flags]
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.truth = Truth()

    def start(self, cwd: Path | None = None) -> Truth:
        """Start the program and return its first truth. ``cwd`` is where the kernel puts a core dump."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd,
            preexec_fn=_allow_cores,
        )  # fmt: skip
        threading.Thread(target=self._pump, daemon=True).start()
        self._errors: list[str] = []
        threading.Thread(target=self._drain, daemon=True).start()
        return self._read()

    def __enter__(self) -> TruthProgram:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def tell(self, command: str) -> Truth:
        """Send a command that is answered with a new truth."""
        self._send(command)
        return self._read()

    def crash(self) -> int:
        """Let the program abort with a core dump; return its (negative) exit status."""
        self._send("crash")
        return self._process.wait(START_SECONDS)

    def running(self) -> bool:
        """Tell whether the process still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process whatever its state."""
        self._process.kill()
        self._process.wait()

    def _send(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def _pump(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _drain(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)

    def _read(self) -> Truth:
        truth = Truth()
        while True:
            try:
                line = self._lines.get(timeout=START_SECONDS)
            except queue.Empty:
                raise ProgramError(f"{self.exe.name} says nothing") from None
            if line is None:
                raise ProgramError(f"{self.exe.name} ended: {''.join(self._errors)[-2000:]}")
            if line == "READY\n":
                self.truth = truth
                return truth
            _take(json.loads(line), truth)


def _allow_cores() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
