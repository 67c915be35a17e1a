"""What CycloneDX 1.6 demands of the objects that goxray writes, strict: a property that is not named here is refused.

Written down from the specification (ECMA-424) and its guide to cryptographic assets. With ``GOXRAY_CYCLONEDX_SCHEMA``
naming a directory with the official bom-1.6, spdx and jsf-0.82 schema files, the tests hold documents against both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

TEXT: dict[str, Any] = {"type": "string"}
REF = {"type": "string", "minLength": 1}
HASH = {
    "type": "object",
    "properties": {"alg": {"const": "SHA-256"}, "content": {"type": "string", "pattern": "^[a-f0-9]{64}$"}},
    "required": ["alg", "content"],
    "additionalProperties": False,
}
PURL = {
    "type": "string",
    "pattern": r"^pkg:golang/(?:[a-z0-9._~/-]|%[0-9A-F]{2})+(?:@(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)?$",
}
SPDX = {"enum": ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MPL-2.0"]
        + ["MulanPSL-2.0", "Unlicense", "Zlib"]}  # fmt: skip
PRIMITIVE = {
    "enum": ["drbg", "mac", "block-cipher", "stream-cipher", "signature", "hash", "pke", "xof", "kdf", "key-agree"]
    + ["kem", "ae", "combiner", "other", "unknown"]
}
PLATFORM = {
    "enum": ["generic", "x86_32", "x86_64", "armv7-a", "armv7-m", "armv8-a", "armv8-m", "armv9-a", "armv9-m", "s390x"]
    + ["ppc64", "ppc64le", "other", "unknown"]
}


def of(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def several(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


PROPERTIES = several(of("name value", name=TEXT, value=TEXT))
LICENCES = several(
    of("license", license=of("id", id=SPDX, acknowledgement={"enum": ["declared", "concluded"]})), minItems=1
)
ANCESTOR = of("type name", type={"const": "library"}, name=TEXT, version=TEXT, purl=PURL)
CRYPTO = of(
    "assetType",
    assetType={"const": "algorithm"},
    algorithmProperties=of(
        primitive=PRIMITIVE, executionEnvironment={"const": "software-plain-ram"}, implementationPlatform=PLATFORM
    ),
    oid={"type": "string", "pattern": r"^[0-2](?:\.\d+)+$"},
)
COMPONENT = of(
    "type name",
    **{
        "type": {"enum": ["application", "library", "cryptographic-asset"]},
        "bom-ref": REF,
        "name": REF,
        "version": TEXT,
        "scope": {"enum": ["required", "optional", "excluded"]},
        "hashes": several(HASH),
        "licenses": LICENCES,
        "purl": PURL,
        "pedigree": of(ancestors=several(ANCESTOR), notes=TEXT),
        "cryptoProperties": CRYPTO,
        "properties": PROPERTIES,
    },
)
METADATA = of(
    timestamp={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
    lifecycles=several(of("phase", phase={"enum": ["design", "pre-build", "build", "post-build", "operations"]})),
    tools=of(components=several(COMPONENT, uniqueItems=True)),
    component=COMPONENT,
)
DEPENDENCY = of("ref", ref=REF, dependsOn=several(REF, uniqueItems=True), provides=several(REF, uniqueItems=True))
COMPOSITION = of(
    "aggregate", aggregate={"enum": ["complete", "incomplete", "unknown"]}, dependencies=several(REF, uniqueItems=True)
)
DOCUMENT = of(
    "bomFormat specVersion",
    **{
        "$schema": {"const": "http://cyclonedx.org/schema/bom-1.6.schema.json"},
        "bomFormat": {"const": "CycloneDX"},
        "specVersion": {"const": "1.6"},
        "serialNumber": {"pattern": "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
        "version": {"type": "integer", "minimum": 1},
        "metadata": METADATA,
        "components": several(COMPONENT, uniqueItems=True),
        "dependencies": several(DEPENDENCY, uniqueItems=True),
        "compositions": several(COMPOSITION, uniqueItems=True),
    },
)


def faults(document: Any) -> list[str]:
    """What is wrong with a document; empty if nothing is. References have to lead somewhere, and only one way."""
    found = [f"{list(each.path)}: {each.message}" for one in _validators() for each in one.iter_errors(document)]
    if found:
        return found
    refs = [each["bom-ref"] for each in document["components"]] + [document["metadata"]["component"]["bom-ref"]]
    found += [f"{each} is there twice" for each in sorted({each for each in refs if refs.count(each) > 1})]
    named = [each["ref"] for each in document["dependencies"]]
    found += [f"{each} has two entries" for each in sorted({each for each in named if named.count(each) > 1})]
    for entry in document["dependencies"]:
        named += entry.get("dependsOn", []) + entry.get("provides", [])
    return found + [f"{each} is nowhere" for each in sorted(set(named) - set(refs))]


def _validators() -> list[Any]:
    validators: list[Any] = [jsonschema.Draft202012Validator(DOCUMENT)]
    official = os.environ.get("GOXRAY_CYCLONEDX_SCHEMA")
    if official:
        files = [json.loads(path.read_text("utf-8")) for path in sorted(Path(official).glob("*.schema.json"))]
        registry: Any = Registry().with_resources([(each["$id"], Resource.from_contents(each)) for each in files])
        (main,) = (each for each in files if each["$id"].endswith("bom-1.6.schema.json"))
        validators.append(jsonschema.Draft7Validator(main, registry=registry))
    return validators
