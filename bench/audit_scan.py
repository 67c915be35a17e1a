"""The scan of ``goxray audit`` over a folder, in a process of its own: prints what it found as JSON.

Run as ``python -m bench.audit_scan FOLDER [--rules ID,ID] [--cache FOLDER]``.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.scan import PackageFiles, scan


def packages(root: Path) -> list[PackageFiles]:
    """Return the directories of a folder that hold Go files, by path."""
    found: dict[Path, list[str]] = {}
    for path in sorted(root.rglob("*.go")):
        found.setdefault(path.parent, []).append(path.name)
    return [PackageFiles(each.relative_to(root).as_posix(), each, tuple(names)) for each, names in found.items()]


def main() -> None:
    """Scan and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rules", default="")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    asked = frozenset(filter(None, arguments.rules.split(",")))
    others = frozenset(rule.info.id for rule in all_rules()) - asked if asked else frozenset()
    began = time.perf_counter()
    found = list(scan(packages(arguments.folder), Policy(disabled=others), jobs=arguments.jobs, cache=arguments.cache))
    answer = {
        "seconds": time.perf_counter() - began,
        "files": sum(len(each.health) for each in found),
        "failed": sum(entry.status == "failed" for each in found for entry in each.health),
        "bytes": sum(each.bytes for each in found),
        "reused": sum(each.reused for each in found),
        "hits": [[rule, hit.place.path, hit.place.line] for each in found for rule, hit in each.hits],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
