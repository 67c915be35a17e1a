"""Modules laid out for the toolchain's type checker, and what rules see of them."""

from __future__ import annotations

from pathlib import Path

from goxray.audit.source.files import load
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.audit.types.exact import ExactTypes
from goxray.core.audit_result import FileHealth
from goxray.target import toolchains


def toolchain(version: str) -> toolchains.Toolchain:
    found = toolchains.find(version)
    assert found is not None, f"Go {version} is not installed: run `make toolchains`"
    return found


def lay(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def callees(root: Path, name: str, exact: ExactTypes | None) -> list[str]:
    """Name every call of a file, in the order of the text."""
    file = load(root / name, name)
    assert not isinstance(file, FileHealth)
    if exact is not None:
        told = exact.package(root)
        assert told is not None
        file.exact = told.files()[name]
    calls = Unit(Package(".", [file])).calls("*")
    return [call.callee for call in sorted(calls, key=lambda call: (call.place.line, -call.place.column, call.callee))]


def state(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
