"""A scan shared out over processes: large pieces first, results in order, a process that dies costs one directory."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from goxray.audit.policy import Policy
from goxray.audit.rule import Rule
from goxray.audit.scan_package import read_package, scan_package, source_rules
from goxray.audit.scan_store import Store
from goxray.audit.scanned import PackageFiles, PackageScan
from goxray.audit.source.grammar import parse
from goxray.core.audit_result import FileHealth

_ALONE = 1 << 20
"""So many bytes are scanned in the time that a process takes to begin: less is done here."""

_BATCH = 1 << 19
"""Directories go to processes in pieces of so many bytes, so that none waits long for the last piece of another."""

_OBJECTS = 200_000
"""So many new objects are looked through for circles at once: facts hold none that is worth a look more often."""


@dataclass(frozen=True)
class Task:
    """What is asked of every directory. It goes to other processes as it is."""

    policy: Policy
    wanted: frozenset[str]
    cache: Path | None

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the policy's profile that look at source."""
        return source_rules(self.policy)

    @cached_property
    def store(self) -> Store | None:
        """What was found before."""
        return Store(self.cache, self.policy, self.wanted) if self.cache is not None else None

    def kept(self, packages: Sequence[PackageFiles]) -> list[PackageScan | None]:
        """Return what an earlier run found in directories whose files are what they were then."""
        store = self.store
        if store is None or not store.exists:
            return [None] * len(packages)
        return [store.find(each, store.key(each, read_package(each))) for each in packages]

    def scan(self, given: PackageFiles) -> PackageScan:
        """Scan a directory, and keep what was found under the key of the bytes that were read."""
        contents = read_package(given)
        found = scan_package(given, self.policy, self.rules, self.wanted, contents)
        if self.store is not None:
            self.store.keep(given, self.store.key(given, contents), found)
        return found

    def __getstate__(self) -> dict[str, object]:
        """Leave out what each process works out by itself."""
        return {"policy": self.policy, "wanted": self.wanted, "cache": self.cache}


def several(task: Task, packages: Sequence[PackageFiles], jobs: int) -> Iterator[PackageScan]:
    """Scan directories and give what was found, in their order.

    Raises:
        NotInstalled: the parser is not installed on this machine.
    """
    jobs = jobs or len(os.sched_getaffinity(0))
    sizes = [_size(each) for each in packages] if jobs > 1 else []
    if sum(sizes) <= _ALONE:
        return (task.scan(each) for each in packages)
    parse(b"")  # Where the parser is missing it is told here, not by a process that dies of it.
    return _shared_out(task, _batches(packages, sizes), jobs)


def _size(given: PackageFiles) -> int:
    size = 0
    for name in given.files:
        with suppress(OSError):
            size += os.stat(given.directory / name).st_size
    return size


@dataclass(frozen=True)
class _Batch:
    packages: tuple[PackageFiles, ...]
    size: int


def _batches(packages: Sequence[PackageFiles], sizes: Sequence[int]) -> list[_Batch]:
    found: list[_Batch] = []
    held: list[PackageFiles] = []
    size = 0
    for each, own in zip(packages, sizes, strict=True):
        if held and size + own > _BATCH:
            found.append(_Batch(tuple(held), size))
            held, size = [], 0
        held.append(each)
        size += own
    return [*found, _Batch(tuple(held), size)] if held else found


def _shared_out(task: Task, batches: Sequence[_Batch], jobs: int) -> Iterator[PackageScan]:
    """Give the largest pieces out first, so that the last ones to end are small."""
    others = frozenset(multiprocessing.active_children())
    pool = _pool(task, min(jobs, len(batches)))
    try:
        begun = pool.submit(_ready)
        order = sorted(range(len(batches)), key=lambda at: -batches[at].size)
        given = {at: pool.submit(_scan_all, batches[at].packages) for at in order}
        if not _works(begun):  # No process can begin here, for example below a script that begins at once itself.
            yield from (task.scan(each) for batch in batches for each in batch.packages)
            return
        for at, batch in enumerate(batches):
            yield from _results(task, given.pop(at), batch)
    except BaseException:
        # An interrupt, perhaps the first of two: what still scans is not waited for, nor at the end of the process.
        for each in frozenset(multiprocessing.active_children()) - others:
            each.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(task: Task, jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(task,))


def _works(begun: Future[bool]) -> bool:
    try:
        return begun.result()
    except BrokenProcessPool:
        return False


def _results(task: Task, given: Future[list[PackageScan]], batch: _Batch) -> Iterator[PackageScan]:
    try:
        found = given.result()
    except BrokenProcessPool:
        yield from _one_by_one(task, batch.packages)
    else:
        yield from found


def _one_by_one(task: Task, packages: Sequence[PackageFiles]) -> Iterator[PackageScan]:
    """Scan directories in a process that does one at a time: where it dies, that one is known."""
    left = list(packages)
    while left:
        with _pool(task, 1) as pool:
            while left:
                each = left.pop(0)
                try:
                    (found,) = pool.submit(_scan_all, (each,)).result()
                except BrokenProcessPool:
                    yield _died(each)
                    break
                yield found


def _died(given: PackageFiles) -> PackageScan:
    detail = "the process that looked at this directory died: out of memory, or killed"
    files = tuple(FileHealth(given.shown(name), "source", "failed", detail) for name in given.files)
    return PackageScan(given.path, health=files)


_TASK: list[Task] = []
"""In a process that scans: what is asked of it."""


def _begin(task: Task) -> None:
    """Begin in a new process. An interrupt is for the process that began it, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _TASK.append(task)
    _ = task.rules
    gc.freeze()
    gc.set_threshold(_OBJECTS, 20, 100)


def _ready() -> bool:
    return True


def _scan_all(packages: Sequence[PackageFiles]) -> list[PackageScan]:
    """Scan some directories."""
    return [_TASK[0].scan(each) for each in packages]
