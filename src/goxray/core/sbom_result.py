"""What ``goxray sbom`` says: a program or module and all that it is made of. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SBOM_SCHEMA_ID = "goxray.sbom/1"

Scope = Literal["required", "excluded", ""]


@dataclass(frozen=True)
class Part:
    """A module that was built, or may be.

    ``path`` and ``version`` are those of the code itself: of what stands for a module that is replaced. ``replaces`` is
    then ``path version`` of the module that is required, and ``directory`` the directory that stands for it, where
    one does. ``sum`` is the ``h1:`` hash of go.sum or the binary. ``licence`` is an SPDX id, recognised from the text
    in the module cache or vendor directory, empty where it was not. ``scope`` is ``required`` where a package of it is
    built, ``excluded`` where none is (tests, tools, other systems), empty where nobody can tell. ``requires`` are paths
    of other parts that its go.mod requires, None where its go.mod was not at hand.
    """

    path: str
    version: str
    sum: str = ""
    replaces: str = ""
    directory: str = ""
    licence: str = ""
    scope: Scope = ""
    indirect: bool = False
    requires: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CryptoPart:
    """An algorithm whose code is there, which does not say that it is used: ``name`` (``AES``), and its packages.

    ``library`` is true for a library that is no Go (``OpenSSL 3.2.1 (static)``).
    """

    name: str
    packages: tuple[str, ...] = ()
    library: bool = False


@dataclass(frozen=True)
class BillOfMaterials:
    """What a module, a workspace or a binary is made of.

    ``name`` is the main module's path, ``version`` its version where one is known. ``go_version`` is the Go release
    that built a binary (``1.24.3``); for source the least that go.mod allows, and ``go_assumed`` is true. ``sha256``
    and ``size`` are a binary's. ``settings`` are its build settings, secrets masked. ``complete`` is true where every
    part and all that the parts require is known. ``timestamp`` (ISO, UTC) is empty unless the caller gave one.
    """

    kind: Literal["module", "workspace", "binary"]
    name: str
    version: str
    go_version: str
    parts: tuple[Part, ...]
    direct: tuple[str, ...]
    crypto: tuple[CryptoPart, ...] = ()
    go_assumed: bool = False
    complete: bool = False
    subject: str = ""
    revision: str = ""
    sha256: str = ""
    size: int = 0
    os: str = ""
    arch: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    members: tuple[str, ...] = ()
    timestamp: str = ""
