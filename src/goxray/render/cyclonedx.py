"""A bill of materials as CycloneDX 1.6 JSON, with the cryptography that is there as cryptographic assets.

The same bill gives the same bytes: nothing is random, and the serial number is made of the content.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import uuid
from typing import TYPE_CHECKING, BinaryIO

from goxray import __version__
from goxray.render.cyclonedx_crypto import crypto_component, crypto_ref
from goxray.render.safe import printable

if TYPE_CHECKING:
    from goxray.core.sbom_result import BillOfMaterials, Part
    from goxray.render.options import RenderOptions

Json = dict[str, object]

_SPEC = "1.6"
_STDLIB, _TOOLCHAIN = "stdlib", "toolchain"
"""What the Go vulnerability database calls the standard library and the go command."""


def write_cyclonedx(bill: BillOfMaterials, out: BinaryIO, options: RenderOptions) -> None:
    """Write a bill as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    document = _document(bill)
    plain = json.dumps(document, ensure_ascii=False, sort_keys=True)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"goxray:sbom:{hashlib.sha256(plain.encode()).hexdigest()}")
    head: Json = {"$schema": f"http://cyclonedx.org/schema/bom-{_SPEC}.schema.json", "bomFormat": "CycloneDX"}
    head |= {"specVersion": _SPEC, "serialNumber": serial.urn, "version": 1}
    out.write(json.dumps(head | document, ensure_ascii=False, indent=2).encode() + b"\n")


def _document(bill: BillOfMaterials) -> Json:
    root = _root(bill)
    components = [_component(each) for each in bill.parts]
    if bill.go_version:
        components += [_go(_STDLIB, "library", bill), _go(_TOOLCHAIN, "application", bill)]
    components += [crypto_component(each, bill.arch) for each in bill.crypto]
    metadata: Json = {"timestamp": bill.timestamp} if bill.timestamp else {}
    metadata |= {
        "lifecycles": [{"phase": "post-build" if bill.kind == "binary" else "pre-build"}],
        "tools": {"components": [{"type": "application", "name": "goxray", "version": __version__}]},
        "component": root,
    }
    return {
        "metadata": metadata,
        "components": components,
        "dependencies": _dependencies(bill, str(root["bom-ref"])),
        "compositions": [
            {"aggregate": "complete" if bill.complete else "incomplete", "dependencies": [root["bom-ref"]]}
        ],
    }


def purl(path: str, version: str) -> str:
    """Return the package URL of a Go module: in small letters, as the type ``golang`` asks for, and escaped."""
    at = f"@{_escaped(version)}" if version else ""
    return f"pkg:golang/{'/'.join(_escaped(each) for each in path.lower().split('/'))}{at}"


_PLAIN = re.compile(rb"[^A-Za-z0-9._~-]")


def _escaped(text: str) -> str:
    raw = text.encode("utf-8", "replace")
    return _PLAIN.sub(lambda found: b"%%%02X" % found[0][0], raw).decode("ascii")


def _root(bill: BillOfMaterials) -> Json:
    found: Json = {"type": "application", "bom-ref": "root", "name": printable(bill.name)}
    if bill.version:
        found["version"] = printable(bill.version)
    if bill.sha256:
        found["hashes"] = [{"alg": "SHA-256", "content": bill.sha256}]
    if "." in bill.name.partition("/")[0]:
        found["purl"] = purl(bill.name, bill.version)
    told = [("goxray:kind", bill.kind), ("goxray:main-package", bill.subject), ("goxray:vcs-revision", bill.revision)]
    told += [("goxray:os", bill.os), ("goxray:arch", bill.arch), ("goxray:size", str(bill.size) if bill.size else "")]
    told += [("goxray:workspace-module", each) for each in bill.members]
    told += [(f"goxray:build:{key}", value) for key, value in bill.settings if not key.startswith("vcs.revision")]
    return found | _properties(told)


def _component(part: Part) -> Json:
    found: Json = {"type": "library", "bom-ref": ref(part), "name": printable(part.path)}
    if part.version:
        found["version"] = printable(part.version)
    if part.scope:
        found["scope"] = part.scope
    digest = _digest(part.sum)
    if digest:
        found["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if part.licence:
        found["licenses"] = [{"license": {"id": part.licence, "acknowledgement": "concluded"}}]
    found["purl"] = purl(part.path, part.version)
    if part.replaces:
        path, _, version = part.replaces.partition(" ")
        ancestor: Json = {"type": "library", "name": printable(path), "version": printable(version)}
        ancestor["purl"] = purl(path, version)
        found["pedigree"] = {"ancestors": [ancestor], "notes": "stands for it by a replace directive"}
    told = [("goxray:go-sum", part.sum), ("goxray:directory", part.directory)]
    return found | _properties([*told, ("goxray:indirect", "true" if part.indirect else "")])


def ref(part: Part) -> str:
    """Return what a part is called inside the document."""
    return printable(f"{part.path}@{part.version}" if part.version else part.path)


def _go(name: str, kind: str, bill: BillOfMaterials) -> Json:
    found: Json = {"type": kind, "bom-ref": _go_ref(name, bill), "name": name, "version": printable(bill.go_version)}
    found["scope"] = "required" if name == _STDLIB else "excluded"
    found["licenses"] = [{"license": {"id": "BSD-3-Clause", "acknowledgement": "declared"}}]
    found["purl"] = purl(name, bill.go_version)
    return found | _properties([("goxray:assumed", "the least that go.mod allows" if bill.go_assumed else "")])


def _go_ref(name: str, bill: BillOfMaterials) -> str:
    return printable(f"{name}@{bill.go_version}")


def _digest(total: str) -> str:
    """Return the SHA-256 behind an ``h1:`` hash in hexadecimal: that of the list of the module's files and hashes."""
    try:
        raw = base64.b64decode(total.removeprefix("h1:"), validate=True) if total.startswith("h1:") else b""
    except binascii.Error:
        return ""
    return raw.hex() if len(raw) == hashlib.sha256().digest_size else ""


def _dependencies(bill: BillOfMaterials, root: str) -> list[Json]:
    refs = {each.path: ref(each) for each in bill.parts}
    known = {path for each in bill.parts for path in each.requires or ()}
    # What nobody is known to require hangs from the root, so that nothing stands alone.
    direct = {path for path in refs if path in bill.direct or path not in known}
    go = [_go_ref(_STDLIB, bill)] if bill.go_version else []
    found: list[Json] = [{"ref": root, "dependsOn": sorted(refs[path] for path in direct) + go}]
    provided = _provided(bill, refs, go)
    for each in bill.parts:
        entry: Json = {"ref": ref(each)}
        if each.requires is not None:
            entry["dependsOn"] = sorted({refs[path] for path in each.requires if path in refs})
        if ref(each) in provided:
            entry["provides"] = provided[ref(each)]
        if len(entry) > 1:
            found.append(entry)
    return found + [{"ref": each, "provides": provided[each]} for each in go if each in provided]


def _provided(bill: BillOfMaterials, refs: dict[str, str], go: list[str]) -> dict[str, list[str]]:
    """Return which algorithms each part implements: the part with the longest path that begins a package has it."""
    found: dict[str, set[str]] = {}
    for asset in bill.crypto:
        for package in asset.packages:
            inside = [path for path in refs if package == path or package.startswith(f"{path}/")]
            owner = [refs[max(inside, key=len)]] if inside else go
            for each in owner:
                found.setdefault(each, set()).add(crypto_ref(asset.name))
    return {each: sorted(names) for each, names in found.items()}


def _properties(told: list[tuple[str, str]]) -> Json:
    listed = [{"name": printable(name), "value": printable(value)} for name, value in told if value]
    return {"properties": listed} if listed else {}
