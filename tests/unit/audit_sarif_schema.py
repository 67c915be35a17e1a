"""What SARIF 2.1.0 demands of the objects that goxray writes, strict: a property that is not named here is refused.

Written down from the prose of the OASIS Standard (sections in comments), which the official JSON schema restates. With
``GOXRAY_SARIF_SCHEMA`` naming a copy of the official one, the tests hold the output against both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema

TEXT = {"type": "string"}
INDEX = {"type": "integer", "minimum": 0}
ONE = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
LANGUAGE = {"type": "string", "pattern": "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"}  # 3.14.7
URI = {"type": "string", "pattern": r"^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-F]{2})+$"}  # RFC 3986
BAG = {"type": "object", "properties": {"tags": {"type": "array", "items": TEXT, "uniqueItems": True}}}  # 3.8


def of(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def several(items: Any, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


MESSAGE = of("text", text=TEXT, markdown=TEXT)  # 3.11, 3.12
ARTIFACT_LOCATION = of(uri=URI, uriBaseId=TEXT, index=INDEX, description=MESSAGE)  # 3.4
REGION = of("startLine", startLine=ONE, startColumn=ONE, endLine=ONE)  # 3.30
LOCATION = of(  # 3.28
    id=INDEX,
    physicalLocation=of("artifactLocation", artifactLocation=ARTIFACT_LOCATION, region=REGION),
    logicalLocations=several(of("fullyQualifiedName", fullyQualifiedName=TEXT)),
    message=MESSAGE,
)
SUPPRESSION = of(  # 3.35
    "kind",
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification=TEXT,
    properties=BAG,
)
RESULT = of(  # 3.27
    "message",
    ruleId=TEXT,
    ruleIndex=INDEX,
    level=LEVEL,
    message=MESSAGE,
    locations=several(LOCATION, 1),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions=several(SUPPRESSION),
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    relatedLocations=several(LOCATION),
    codeFlows=several(  # 3.36 to 3.38
        of("threadFlows", threadFlows=several(of("locations", locations=several(of(location=LOCATION), 1)), 1))
    ),
    properties=BAG,
)
RULE = of(  # 3.49
    "id",
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=of(level=LEVEL),
    properties=BAG,
)
DRIVER = of(  # 3.19
    "name", name=TEXT, version=TEXT, semanticVersion=TEXT, language=LANGUAGE, rules=several(RULE)
)
NOTIFICATION = of("message", level=LEVEL, message=MESSAGE, locations=several(LOCATION))  # 3.58
ARTIFACT = of(  # 3.24
    location=ARTIFACT_LOCATION,
    mimeType={"type": "string", "pattern": "^[^/]+/.+$"},
    roles=several({"enum": ["analysisTarget"]}),
    length=INDEX,
    hashes={"type": "object", "additionalProperties": TEXT},
)
RUN = of(  # 3.14
    "tool results",
    tool=of("driver", driver=DRIVER),
    language=LANGUAGE,
    automationDetails=of(id=TEXT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},  # 3.14.17
    originalUriBaseIds={"type": "object", "additionalProperties": ARTIFACT_LOCATION},
    invocations=several(
        of(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=several(NOTIFICATION),
        )
    ),
    artifacts=several(ARTIFACT),
    results=several(RESULT),
    properties=BAG,
)
LOG = of(  # 3.13
    "version runs", **{"$schema": URI, "version": {"const": "2.1.0"}, "runs": several(RUN, 1)}
)


def faults(log: Any) -> list[str]:
    """What is wrong with a log; empty if nothing is."""
    validators: list[Any] = [jsonschema.Draft202012Validator(LOG)]
    official = os.environ.get("GOXRAY_SARIF_SCHEMA")
    if official:
        validators.append(jsonschema.Draft4Validator(json.loads(Path(official).read_text("utf-8"))))
    return [f"{list(each.path)}: {each.message}" for one in validators for each in one.iter_errors(log)]
