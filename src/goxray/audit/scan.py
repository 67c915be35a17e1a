"""The scan of source: every package through every rule, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.audit.policy import Policy
from goxray.audit.scan_workers import Task, several
from goxray.audit.scanned import PackageFiles, PackageScan

if TYPE_CHECKING:
    from goxray.audit.types.exact import ExactTypes

__all__ = ["PackageFiles", "PackageScan", "scan"]


def scan(
    packages: Sequence[PackageFiles],
    policy: Policy,
    *,
    jobs: int = 0,
    cache: Path | None = None,
    wanted: frozenset[str] = frozenset(),
    exact: ExactTypes | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[PackageScan]:
    """Scan packages and give what was found, in their order.

    Args:
        packages: The directories, as the audit's walk found them.
        policy: What the organisation demands.
        jobs: Worker processes; 0 for as many as there are processors, 1 for none beside this one.
        cache: A folder for what was found before; None to keep nothing.
        wanted: Qualified functions, types and methods that advisories concern (``net/http.Get``,
            ``(net/http.Server).Serve``): each package's ``references`` tells those that it mentions.
        exact: What the user's toolchain says of names and types (``--types``); None where it was not asked.
        progress: Called with how many packages are done, and how many there are.

    Raises:
        NotInstalled: the parser is not installed on this machine.
    """
    if exact is not None:
        packages = [replace(each, exact=exact.package(each.directory)) for each in packages]
    task = Task(policy, wanted, cache)
    kept = task.kept(packages)
    missing = [each for each, known in zip(packages, kept, strict=True) if known is None]
    found = several(task, missing, jobs)
    for done, known in enumerate(kept, 1):
        yield next(found) if known is None else known
        if progress is not None:
            progress(done, len(packages))
