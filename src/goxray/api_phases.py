"""What ``goxray gc phases`` does, for programs: ties the map's reader to the watch of its memory."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, GoxrayError, MemoryFault, NotAGoProgram, UsageError
from goxray.core.phases_result import PhasesResult, WatchedMap
from goxray.core.result import TargetInfo
from goxray.goruntime.runtime import Runtime
from goxray.maps.blocks import BLOCK_KINDS, MapBlocks
from goxray.maps.found import UNKNOWN
from goxray.maps.inspect import Inspector
from goxray.maps.rows import NOT_REACHED, UNKNOWN_TYPE, MapRows, build_rows
from goxray.model.closed.rebuilt import Rebuilder
from goxray.target.freeze import ProcessFreeze
from goxray.target.open import Target, cannot_look, open_target
from goxray.timeline import findings
from goxray.timeline.phases import child
from goxray.timeline.phases.holders import chain_from, find_holders, find_variables, variable_names
from goxray.timeline.phases.owner import resolve
from goxray.timeline.phases.places import Heap
from goxray.timeline.phases.story import Story
from goxray.timeline.phases.subject import ChainHolder, Holder, PathHolder, Subject, WordsHolder
from goxray.timeline.phases.watch import Ended, Request, Watch

if TYPE_CHECKING:
    from goxray.core.phases_result import Only
    from goxray.goruntime.types import GoType

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{1,16}")
_FIND_EVERY = 0.1
_FEW_SPANS = 100
_PATIENCE, _RETRY = 5.0, 0.01
_SETTINGS = {"gogc": ("gcPercent", 4), "memory_limit": ("memoryLimit", 8)}


@dataclass(frozen=True)
class PhasesRequest:
    """What to watch and how; see :func:`phases`."""

    which: str | None = None
    min_bytes: int = 0
    only: Only = "all"
    seconds: float | None = None
    interval_s: float = 0.001
    exe: str | None = None
    allow_unverified: bool = False


def phases(
    pid: str | None = None,
    *,
    command: Sequence[str] = (),
    which: str | None = None,
    min_bytes: int = 0,
    only: Only = "all",
    seconds: float | None = None,
    interval_s: float = 0.001,
    exe: str | None = None,
    allow_unverified: bool = False,
    progress: Callable[[str, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> PhasesResult:
    """Watch the memory of one map until the OS has it back, the program ends, the time is up or ``stop`` says so.

    Args:
        pid: the process to watch, or None with a ``command``.
        command: a program and its arguments, to be started and watched to its end.
        which: the map: what owns it as ``goxray maps`` writes it, its type, or its header's address (0x...); None for
            the largest.
        min_bytes: wait until there is a map of so many bytes.
        only: leave out the other phases; a command runs in the environment that isolates the phase.
        seconds: watch so long at most.
        interval_s: look so often.
        exe: the executable, where the process's own cannot be found.
        allow_unverified: read builds whose layout nobody has verified.
        progress: is told what goes on.
        stop: is asked at each look whether to end.

    Raises:
        UsageError: the arguments make no sense.
        GoxrayError: the process cannot be read, or the command cannot be run.
    """
    if (pid is None) == (not command):
        raise UsageError("give a process or a command, one of them", hint="goxray gc phases --pid PID, or -- CMD")
    if which is not None and which.startswith("0x") and not _ADDRESS.fullmatch(which):
        raise UsageError(f"{which} is not an address", hint="goxray maps --group none lists the maps with theirs")
    request = PhasesRequest(which, min_bytes, only, seconds, interval_s, exe, allow_unverified)
    tell, asked = progress or (lambda _text, _share: None), stop or (lambda: False)
    if pid is not None:
        with open_target(pid, exe) as target:
            if target.kind != "process" or target.pid is None:
                raise UsageError(f"{pid} is no process", hint="a core dump does not change: goxray maps reads one")
            return _Session(target, request).watch(tell, asked)
    return _run(tuple(command), request, tell, asked)


def _run(
    command: tuple[str, ...], request: PhasesRequest, tell: Callable[[str, float], None], stop: Callable[[], bool]
) -> PhasesResult:
    """Start the command; it stands still at its start until goxray knows its types."""
    process = child.start(command, request.only)
    try:
        with ExitStack() as stack:
            session = _first_look(process, request, stack)
            try:
                result = session.watch(tell, stop, process)
            except GoxrayError:
                process.wait()  # whatever goxray cannot read is no reason to end someone's program
                raise
        own = dict(child.ISOLATING[request.only])
        return replace(result, command=command, environment=own, exit_code=child.status(process.wait()))
    except BaseException:
        if process.poll() is None:
            process.terminate()
            process.wait()
        raise


def _first_look(process: subprocess.Popen[bytes], request: PhasesRequest, stack: ExitStack) -> _Session:
    """Open a program that has just been started; a position-independent one has to place itself first."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with ExitStack() as tried, ProcessFreeze(process.pid):
                target = tried.enter_context(open_target(str(process.pid), request.exe))
                session = _Session(target, request)
                stack.push(tried.pop_all())
                return session
        except NotAGoProgram:
            raise
        except GoxrayError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY)


class _Finder:
    """Finds the map that is asked for in a running program, and who holds it."""

    def __init__(self, runtime: Runtime, request: PhasesRequest) -> None:
        self.notes: list[str] = []
        self.held_by: dict[int, tuple[str, ...]] = {}
        self._runtime, self._request = runtime, request
        self._way = resolve(runtime, request.which) if request.which else None
        self._inspector = Inspector(runtime)
        self._rebuilder = Rebuilder(runtime.layout)
        self._heap = Heap(runtime)

    @property
    def by_variable(self) -> bool:
        """Whether the map is told by the words that lead to it, so that looking for it costs nothing."""
        return self._way is not None

    def find(self) -> Subject | None:
        """Look for the map now."""
        try:
            return self._behind_the_way() if self._way is not None else self._among_all()
        except (MemoryFault, CorruptMemory):
            return None  # the program was only just beginning, or changed meanwhile: the next look will do

    def successor(self, subject: Subject, addr: int) -> Subject:
        """Return the map that the same words hold instead."""
        return replace(subject, addr=addr, holder=self._way[0] if self._way is not None else subject.holder)

    def other(self, subject: Subject) -> Holder | None:
        """Say which other variables hold a map: they keep it alive for certain, and the heap need not be searched."""
        own = subject.holder.addresses() if subject.holder is not None else ()  # a new map may lie where this one did
        words = tuple(word for word in find_variables(self._runtime, subject.addr) if word not in own)
        if not words:
            return None
        names = variable_names(self._runtime, words)
        self.notes.append(f"the map at {subject.addr:#x} went on to be held by {', '.join(names)}")
        self.held_by[subject.addr] = (*self.held_by.get(subject.addr, ()), *names)
        return WordsHolder(subject.addr, words, names)

    def elsewhere(self, subject: Subject) -> Subject:
        """Say what else holds a map that outlived its last known reference."""
        self._runtime.refresh()
        held = find_holders(self._runtime, subject.addr)
        where = f"{len(held.variables)} variables, {len(held.objects)} heap words, {len(held.stacks)} stack words"
        self.notes.append(
            f"the map at {subject.addr:#x} outlived its last reference from {subject.owner}: a whole cycle found it "
            f"reachable; its address also stands in {where}"
        )
        self.held_by[subject.addr] = (*self.held_by.get(subject.addr, ()), where)
        holder = WordsHolder(subject.addr, held.watchable, (where,)) if held.watchable else None
        return replace(subject, holder=holder)

    def _behind_the_way(self) -> Subject | None:
        assert self._way is not None
        way, go_type = self._way
        addr = self._at_the_end(way)
        subject = self._subject(addr, way.names[0], go_type, way) if addr else None
        if subject is None or not self._request.min_bytes:
            return subject
        words = self._runtime.memory.read_array(addr, 8 * subject.reader.words).view(np.uint64)
        blocks = subject.reader.blocks(addr, words, chains=False)
        size = int(self._heap.locate(blocks.addr, blocks.kind).size.sum())
        return subject if size >= self._request.min_bytes else None

    def _at_the_end(self, way: PathHolder) -> int:
        memory = self._runtime.memory
        return way.value([memory.read_u64(place) for place in way.addresses()], memory)

    def _among_all(self) -> Subject | None:
        if not self._has_heap():
            return None
        findings = self._inspector.look(racy=True)
        rows = build_rows(findings, self._runtime.layout, self._rebuilder, detail=True)
        row = _choose(rows, self._request)
        if row is None:
            return None
        addr = int(rows.addr[row])
        owner = rows.owners[rows.owner_of[row]] if rows.owner_of[row] != UNKNOWN else NOT_REACHED
        go_type = rows.types[rows.type_of[row]] if rows.type_of[row] != UNKNOWN else None
        return self._subject(addr, owner, go_type, self._holder(addr, owner))

    def _has_heap(self) -> bool:
        """Whether the program has come so far that its heap holds something: a search for maps takes that as given."""
        runtime = self._runtime
        at = runtime.mheap + runtime.layout.offset("runtime.mheap", "allspans") + 8
        if runtime.memory.read_u64(at) < _FEW_SPANS:
            runtime.refresh()
            return len(runtime.spans) > 0
        return True

    def _subject(self, addr: int, owner: str, go_type: GoType | None, holder: Holder | None) -> Subject:
        """Make the subject; of a map of unknown type overflow buckets are known only where the map lists them."""
        shape = go_type.map_shape if go_type is not None else None
        reader = MapBlocks(self._runtime, shape.unit_size if shape else 0, noscan=shape.noscan if shape else True)
        name = go_type.name if go_type is not None else UNKNOWN_TYPE
        if holder is not None:
            self.held_by[addr] = holder.names
        return Subject(addr, owner, name, self._runtime.layout.map_kind, reader, holder)

    def _holder(self, addr: int, owner: str) -> Holder | None:
        """What of the program's memory keeps the map; the spans have just been read."""
        found = resolve(self._runtime, owner)
        if found is not None and self._at_the_end(found[0]) == addr:
            return found[0]
        held = find_holders(self._runtime, addr)
        if not held.watchable:
            self.held_by[addr] = (owner,)
            self.notes.append(
                f"only stacks or registers hold the map ({owner}): no word tells when it is let go; the collector's "
                "verdict does, a cycle later"
            )
            return None
        count = len(held.watchable)
        name = owner if count == 1 else f"{owner} ({count} words)"
        return ChainHolder(addr, chain_from(self._runtime, addr, held), [name])


class _Session:
    """One watch of one program."""

    def __init__(self, target: Target, request: PhasesRequest) -> None:
        assert target.pid is not None
        self._target, self._pid, self._request = target, target.pid, request
        self._runtime = Runtime(target, allow_unverified=request.allow_unverified)
        self._runtime.globals()
        self._finder = _Finder(self._runtime, request)
        self._began = 0
        self._settings: dict[str, int] = {}

    def watch(
        self,
        tell: Callable[[str, float], None],
        stop: Callable[[], bool],
        process: subprocess.Popen[bytes] | None = None,
    ) -> PhasesResult:
        """Watch, and tell what was seen."""
        tell("waiting for the map", 0.0)
        finder, request = self._finder, self._request
        watch = Watch(
            self._runtime,
            self._pid,
            Request(
                find=self._find,
                successor=finder.successor,
                other=finder.other,
                elsewhere=finder.elsewhere,
                find_every_s=0.0 if finder.by_variable else _FIND_EVERY,
                find_again=finder.by_variable,
                interval_s=request.interval_s,
                seconds=request.seconds,
                until_complete=process is None,
                stop=lambda: stop() or (process is not None and process.poll() is not None),
                tell=tell,
            ),
        )
        try:
            ended = watch.run()
        except MemoryFault as fault:
            raise cannot_look(self._target, fault) from fault
        if ended == "stopped" and process is not None and process.poll() is not None:
            ended = "target ended"
        return self._result(watch, ended)

    def _find(self) -> Subject | None:
        self._learn()
        return self._finder.find()

    def _learn(self) -> None:
        """Read when the program began and how its collector is set, once its runtime knows."""
        if self._began:
            return
        runtime, offset = self._runtime, self._runtime.layout.offset
        start = runtime.symbol_or_none("runtime.runtimeInitTime")
        controller = runtime.symbol_or_none("runtime.gcController")
        with contextlib.suppress(MemoryFault):
            self._began = runtime.memory.read_u64(start) if start else 0
            for name, (field, size) in _SETTINGS.items() if controller else ():
                raw = runtime.memory.read((controller or 0) + offset("runtime.gcControllerState", field), size)
                self._settings[name] = int.from_bytes(raw, "little", signed=True)

    def _result(self, watch: Watch, ended: Ended) -> PhasesResult:
        zero = self._began or watch.began
        story = Story(watch, zero, BLOCK_KINDS, self._request.only)
        owner = watch.followers[0].subject.owner if watch.followers else ""
        unix = time.time() - (time.monotonic_ns() - zero) / 1e9
        name = f"{Path(self._target.exe).name} ({self._pid})"
        notes = (*self._target.notes, *self._finder.notes)
        timeline = story.timeline(name, owner, notes, known_zero=bool(self._began), zero_unix_s=unix)
        gaps = np.array(watch.gaps or [0], np.int64)
        return PhasesResult(
            target=TargetInfo("process", self._pid, self._target.exe),
            build=self._target.build(),
            only=self._request.only,
            command=(),
            environment={},
            settings=self._settings,
            map=self._map(watch),
            generations=story.generations(),
            cycles=story.cycles(),
            phases=story.phases(),
            timelines=(findings.find(timeline),),
            zero_ns=zero,
            watched_s=(watch.ended_at - watch.began) / 1e9,
            looks=watch.looks,
            typical_s=float(np.median(gaps)) / 1e9,
            longest_s=watch.longest / 1e9,
            ended=ended if watch.followers else "no map",
            exit_code=None,
            notes=notes,
            unverified=not self._runtime.layout.verified,
        )

    def _map(self, watch: Watch) -> WatchedMap | None:
        if not watch.followers:
            return None
        first = watch.followers[0]
        subject = first.subject
        return WatchedMap(
            owner=subject.owner,
            type=subject.type,
            kind=subject.kind,
            addr=subject.addr,
            bytes=first.first_bytes,
            entries=first.first_entries,
            most_bytes=max(each.most_bytes for each in watch.followers),
            most_entries=max(each.most_entries for each in watch.followers),
            held_by=self._finder.held_by.get(subject.addr, ()),
        )


def _choose(rows: MapRows, request: PhasesRequest) -> int | None:
    """The row of the map that is wanted: of several that fit, the largest."""
    fits = rows.bytes >= request.min_bytes
    which = request.which
    if which is not None and which.startswith("0x"):
        fits &= rows.addr == np.uint64(int(which, 16))
    elif which is not None:
        owners = np.array([owner == which for owner in rows.owners] + [False], np.bool_)
        types = np.array([go_type.name == which for go_type in rows.types] + [False], np.bool_)
        fits &= owners[rows.owner_of] | types[rows.type_of]
    chosen = np.flatnonzero(fits)
    return int(chosen[np.argmax(rows.bytes[chosen])]) if len(chosen) else None
