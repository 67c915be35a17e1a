"""go.sum and vendor/modules.txt."""

from __future__ import annotations

from dataclasses import dataclass

from goxray.audit.facts import SumLine
from goxray.core.audit_result import Module
from goxray.core.errors import BadModuleFile

_OF_MOD = "/go.mod"


@dataclass(frozen=True)
class Vendored:
    """A module of vendor/modules.txt: ``explicit`` where go.mod requires it, ``packages`` that are there."""

    path: str
    version: str
    replaced_by: str
    explicit: bool
    packages: tuple[str, ...]


def read_gosum(text: str, name: str = "go.sum") -> tuple[SumLine, ...]:
    """Read a go.sum file; empty lines are passed over as the go command does.

    Raises:
        BadModuleFile: a line has not three fields; the message names it.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 3:
            raise BadModuleFile(f"{name}:{number}: {len(fields)} fields, not module, version and hash")
        path, version, digest = fields
        of_mod = version.endswith(_OF_MOD)
        found.append(SumLine(path, version.removesuffix(_OF_MOD), digest, of_mod, number))
    return tuple(found)


def read_vendor(text: str, name: str = "vendor/modules.txt") -> tuple[Vendored, ...]:
    """Read vendor/modules.txt (cmd/go/internal/modload/vendor.go says what its marks mean).

    Raises:
        BadModuleFile: a module line has no path.
    """
    found: list[Vendored] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# "):
            found.append(_module(line[2:].split(), name, number))
        elif line.startswith("## "):
            if found and "explicit" in line[3:].replace(";", " ").split():
                last = found[-1]
                found[-1] = Vendored(last.path, last.version, last.replaced_by, True, last.packages)
        elif line.strip() and not line.startswith("#") and found:
            last = found[-1]
            packages = (*last.packages, line.strip())
            found[-1] = Vendored(last.path, last.version, last.replaced_by, last.explicit, packages)
    return tuple(found)


def modules_of(vendored: tuple[Vendored, ...]) -> tuple[Module, ...]:
    """Return the modules that a vendor directory holds."""
    return tuple(Module(each.path, each.version, replaced_by=each.replaced_by) for each in vendored if each.packages)


def _module(words: list[str], name: str, number: int) -> Vendored:
    before, _, after = " ".join(words).partition("=>")
    fields = before.split()
    if not fields:
        raise BadModuleFile(f"{name}:{number}: a module without a path")
    return Vendored(fields[0], fields[1] if len(fields) > 1 else "", after.strip(), False, ())
