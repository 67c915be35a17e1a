"""``goxray binary --format json``: the schema ``goxray.binary/1``, stable in keys, order and meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.binary_result import BINARY_SCHEMA_ID

if TYPE_CHECKING:
    from goxray.core.audit_result import PlatformFit
    from goxray.core.binary_result import BinaryAnswer, BinaryReport
    from goxray.render.options import RenderOptions

_PLAIN = (
    ("path", "format", "arch", "os", "size", "sha256", "go_version", "experiments", "main_path", "settings", "cgo")
    + ("static", "interpreter", "libraries", "needs", "glibc", "pie", "relro", "nx", "symtab", "dwarf", "build_id")
    + ("gnu_build_id", "functions")
)


def write_json(result: BinaryReport, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as one JSON object in UTF-8; ``options`` change nothing: both languages are told."""
    del options
    document: dict[str, Any] = {"schema": BINARY_SCHEMA_ID, "binaries": [document_of(each) for each in result.binaries]}
    if result.failures:
        document["failures"] = [asdict(each) for each in result.failures]
    text = json.dumps(document, ensure_ascii=False, indent=2)
    out.write(text.encode("utf-8", "backslashreplace") + b"\n")


def document_of(answer: BinaryAnswer) -> dict[str, Any]:
    """Return an executable as the schema has it."""
    facts = answer.facts
    return {
        **{key: getattr(facts, key) for key in _PLAIN},
        "packages": answer.packages,
        "crypto": facts.crypto,
        "modules": [
            {"path": each.path, "version": each.version, "sum": each.sum, "main": each.main}
            | ({"replaced_by": each.replaced_by} if each.replaced_by else {})
            for each in facts.modules
        ],
        "strings": [asdict(each) for each in answer.strings],
        "platforms": [_platform(each) for each in facts.platforms],
        "notes": facts.notes,
    }


def _platform(each: PlatformFit) -> dict[str, Any]:
    return {
        "platform": each.platform,
        "name": asdict(each.name),
        "arch": each.arch,
        "fits": each.fits,
        "why": asdict(each.why),
    }
