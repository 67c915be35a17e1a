"""Bills of materials as CycloneDX: what stands where, that the same bill gives the same bytes, hostile names."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from goxray.core.sbom_result import BillOfMaterials, CryptoPart, Part
from goxray.render import FORMATS_OF, write
from goxray.render.cyclonedx import purl
from goxray.render.options import RenderOptions
from tests.unit.cyclonedx_schema import faults

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.sbom-1.json").read_text("utf-8"))
DIGEST = hashlib.sha256(b"a list of files").digest()
SUM = "h1:" + base64.b64encode(DIGEST).decode()
BILL = BillOfMaterials(
    kind="module",
    name="example.org/app",
    version="",
    go_version="1.24.3",
    go_assumed=True,
    parts=(
        Part("github.com/Upper/a", "v1.2.0", SUM, licence="MIT", scope="required", requires=("x.org/c", "x.org/b")),
        Part("x.org/b", "v0.0.0-20240131120000-abcdefabcdef", scope="excluded", indirect=True),
        Part("x.org/c", "v2.0.0+incompatible", indirect=True, requires=()),
        Part("x.org/d", "v1.0.0", directory="../d", requires=()),
        Part("y.org/fork", "v1.0.1", replaces="x.org/e v1.0.0", requires=("x.org/d",)),
    ),
    direct=("github.com/Upper/a", "x.org/d", "y.org/fork"),
    crypto=(
        CryptoPart("AES", ("crypto/aes",)),
        CryptoPart("SM3", ("x.org/c/v2/sm3", "x.org/c/sm3")),
        CryptoPart("OpenSSL 3.2.1 (static)", library=True),
    ),
    arch="arm64",
    settings=(("-trimpath", "true"), ("vcs.revision", "1" * 40)),
    revision="1" * 40,
    sha256="ab" * 32,
    size=4096,
)


def text(bill: BillOfMaterials, fmt: str = "cyclonedx") -> bytes:
    out = BytesIO()
    write(bill, fmt, out, RenderOptions(), "sbom")
    return out.getvalue()


def document(bill: BillOfMaterials = BILL) -> Any:
    found = json.loads(text(bill))
    assert faults(found) == []
    return found


def component(name: str, bill: BillOfMaterials = BILL) -> Any:
    (found,) = (each for each in document(bill)["components"] if each["name"] == name)
    return found


def dependency(ref: str) -> Any:
    (found,) = (each for each in document()["dependencies"] if each["ref"] == ref)
    return found


def test_a_module_is_a_library_with_its_hash_and_licence() -> None:
    found = component("github.com/Upper/a")
    assert found["purl"] == "pkg:golang/github.com/upper/a@v1.2.0"
    assert found["hashes"] == [{"alg": "SHA-256", "content": DIGEST.hex()}]
    assert found["licenses"] == [{"license": {"id": "MIT", "acknowledgement": "concluded"}}]
    assert (found["type"], found["scope"], found["version"]) == ("library", "required", "v1.2.0")
    assert {"name": "goxray:go-sum", "value": SUM} in found["properties"]
    plain = component("x.org/b")
    assert plain["scope"] == "excluded" and "hashes" not in plain and "licenses" not in plain


def test_package_urls_are_escaped() -> None:
    """The purl specification: the type golang in small letters, a version's plus as %2B."""
    assert purl("x.org/c", "v2.0.0+incompatible") == "pkg:golang/x.org/c@v2.0.0%2Bincompatible"
    assert purl("x.org/ä b", "") == "pkg:golang/x.org/%C3%A4%20b"
    assert purl("gopkg.in/yaml.v3", "v3.0.1") == "pkg:golang/gopkg.in/yaml.v3@v3.0.1"


def test_replacements_keep_their_origin() -> None:
    (ancestor,) = component("y.org/fork")["pedigree"]["ancestors"]
    assert (ancestor["name"], ancestor["version"]) == ("x.org/e", "v1.0.0")
    assert {"name": "goxray:directory", "value": "../d"} in component("x.org/d")["properties"]


def test_who_requires_whom() -> None:
    root = dependency("root")["dependsOn"]
    fork, directory, a = "y.org/fork@v1.0.1", "x.org/d@v1.0.0", "github.com/Upper/a@v1.2.0"
    assert root == [a, directory, fork, "stdlib@1.24.3"]
    below = ["x.org/b@v0.0.0-20240131120000-abcdefabcdef", "x.org/c@v2.0.0+incompatible"]
    assert dependency(a)["dependsOn"] == below
    assert dependency(fork)["dependsOn"] == [directory]
    named = [each["ref"] for each in document()["dependencies"]]
    assert below[0] not in named, "its go.mod was not at hand: nothing is claimed"
    lonely = replace(BILL, direct=())
    assert [each for each in document(lonely)["dependencies"] if each["ref"] == "root"][0]["dependsOn"] == [
        a,
        fork,
        "stdlib@1.24.3",
    ], "what nobody requires hangs from the root"
    assert document()["compositions"] == [{"aggregate": "incomplete", "dependencies": ["root"]}]
    assert document(replace(BILL, complete=True))["compositions"][0]["aggregate"] == "complete"


def test_go_itself_is_there() -> None:
    library, tool = component("stdlib"), component("toolchain")
    assert (library["type"], tool["type"]) == ("library", "application")
    assert library["purl"] == "pkg:golang/stdlib@1.24.3" and library["version"] == "1.24.3"
    assert library["properties"] == [{"name": "goxray:assumed", "value": "the least that go.mod allows"}]
    assert "properties" not in component("stdlib", replace(BILL, go_assumed=False))


def test_algorithms_are_cryptographic_assets() -> None:
    aes, sm3 = component("AES"), component("SM3")
    assert aes["cryptoProperties"]["algorithmProperties"] == {
        "primitive": "block-cipher",
        "executionEnvironment": "software-plain-ram",
        "implementationPlatform": "armv8-a",
    }
    assert sm3["cryptoProperties"]["oid"] == "1.2.156.10197.1.401", "GM/T 0006"
    assert dependency("stdlib@1.24.3")["provides"] == ["crypto:AES"]
    assert dependency("x.org/c@v2.0.0+incompatible")["provides"] == ["crypto:SM3"]
    assert component("OpenSSL 3.2.1 (static)")["type"] == "library"


def test_the_program_itself() -> None:
    root = document()["metadata"]["component"]
    assert (root["name"], root["purl"]) == ("example.org/app", "pkg:golang/example.org/app")
    assert root["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    told = {each["name"]: each["value"] for each in root["properties"]}
    assert told["goxray:build:-trimpath"] == "true" and told["goxray:vcs-revision"] == "1" * 40
    assert document()["metadata"]["lifecycles"] == [{"phase": "pre-build"}]
    assert document(replace(BILL, kind="binary"))["metadata"]["lifecycles"] == [{"phase": "post-build"}]


def test_the_same_bill_gives_the_same_bytes() -> None:
    assert text(BILL) == text(replace(BILL))
    serials = {document(each)["serialNumber"] for each in (BILL, replace(BILL, size=1), replace(BILL, timestamp=NOW))}
    assert len(serials) == 3, "other content, other number"
    assert "timestamp" not in document()["metadata"]
    assert document(replace(BILL, timestamp=NOW))["metadata"]["timestamp"] == NOW


NOW = "2026-11-21T08:00:00Z"


@pytest.mark.parametrize("wrong", ["h1:", "h1:!!", "h2:" + SUM[3:], "", "h1:" + base64.b64encode(b"short").decode()])
def test_what_is_no_hash_is_none(wrong: str) -> None:
    bill = replace(BILL, parts=(replace(BILL.parts[0], sum=wrong, requires=()),))
    assert "hashes" not in component("github.com/Upper/a", bill)


def test_names_cannot_do_harm() -> None:
    evil = "x.org/\x1b[31m\u202e\ud800\n"
    bill = replace(
        BILL,
        name=evil,
        parts=(Part(evil, "v1.0.0\x00", replaces=f"{evil} {evil}", requires=()),),
        settings=((f"-X\x07{evil}", evil),),
    )
    raw = text(bill).decode("utf-8")
    assert faults(json.loads(raw)) == []
    assert not any(each in raw for each in ("\x1b", "\u202e", "\x00", "\x07", "\\u001b", "\\u0000"))
    assert json.loads(text(bill, "json"))["name"] == evil, "goxray's own schema keeps it, escaped by JSON"
    assert text(bill, "json").isascii()


def test_goxray_s_own_schema() -> None:
    found = json.loads(text(BILL, "json"))
    assert found["schema"] == "goxray.sbom/1"
    jsonschema.validate(found, SCHEMA)
    assert found["settings"] == dict(BILL.settings)
    assert [each["path"] for each in found["parts"]] == [each.path for each in BILL.parts]
    assert FORMATS_OF["sbom"] == ("cyclonedx", "json")


def test_the_checker_finds_faults() -> None:
    good = document()
    for change in (
        {"specVersion": "1.5"},
        {"serialNumber": "urn:uuid:1"},
        {"components": [*good["components"], {"type": "thing", "name": "a"}]},
        {"components": [*good["components"], good["components"][0] | {"version": "v9"}]},
        {"dependencies": [*good["dependencies"], {"ref": "nowhere"}]},
        {"dependencies": [*good["dependencies"], {"ref": "root"}]},
        {"more": 1},
    ):
        assert faults(good | change), change
