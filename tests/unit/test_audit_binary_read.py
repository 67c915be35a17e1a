"""Facts of executables: real ones against what the toolchain and readelf say of them."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from goxray.audit.binaries.read import looks_executable, read_binary
from goxray.audit.facts import BinaryUnit
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from tests.harness.programs import Build, build
from tests.harness.variants import SWISS, Variant

SECRET = "made-up-Secret-42"
SET = f"-X main.version=v1.2.3 -X 'main.apiKey={SECRET}'"
BUILDS = {
    "plain": Build(SWISS, ldflags=SET),
    "trimmed": Build(SWISS, ldflags=SET, trimpath=True),
    "bare-pie": Build(SWISS, pie=True, ldflags="-s -w"),
    "cgo-pie": Build(SWISS, cgo=True, pie=True),
    "windows": Build(SWISS, goos="windows", goarch="amd64"),
    "darwin": Build(SWISS, goos="darwin", goarch="arm64", ldflags="-s -w"),
    "loong64": Build(SWISS, goarch="loong64"),
    "386": Build(SWISS, goarch="386"),
    "oldest": Build(Variant("1.21.13"), goarch="arm64", ldflags="-s -w"),
}
ELF = ["plain", "trimmed", "bare-pie", "cgo-pie", "loong64", "386", "oldest"]
C_LIKE = {"LC_ALL": "C", "PATH": os.environ["PATH"]}


@cache
def path_of(name: str) -> Path:
    return build("stamped", BUILDS[name])


@cache
def unit_of(name: str) -> BinaryUnit:
    return read_binary(path_of(name), name)


@cache
def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, env=C_LIKE, timeout=60).stdout


def readelf(name: str, *flags: str) -> str:
    return told("readelf", "-W", *flags, str(path_of(name)))


@pytest.mark.parametrize("name", BUILDS)
def test_versions_modules_and_settings_are_those_of_go_version(name: str) -> None:
    toolchain = BUILDS[name].variant.toolchain()
    facts = unit_of(name).facts
    lines = told(str(toolchain.go), "version", "-m", str(path_of(name))).splitlines()
    assert lines[0].endswith(f": {facts.go_version}")
    rows = [line.strip("\t").split("\t") for line in lines[1:]]
    assert [row[1] for row in rows if row[0] == "path"] == [facts.main_path] == ["example.com/stamped"]
    settings = dict(row[1].split("=", 1) for row in rows if row[0] == "build")
    flags = settings.pop("-ldflags", "").strip('"')
    assert {key: value for key, value in facts.settings.items() if key != "-ldflags"} == {
        key: value.strip('"') for key, value in settings.items()
    }
    assert facts.settings.get("-ldflags", "") == flags.replace(SECRET, "ma***")
    assert [(each.path, each.version) for each in facts.modules] == [
        (row[1], row[2]) for row in rows if row[0] in ("mod", "dep")
    ]
    assert [each.main for each in facts.modules] == [True, False]
    assert [facts.modules[1].replaced_by] == [f"{row[1]} {row[2]}" for row in rows if row[0] == "=>"]


@pytest.mark.parametrize("name", ELF)
def test_what_the_loader_is_asked_is_what_readelf_says(name: str) -> None:
    facts = unit_of(name).facts
    dynamic, segments, sections = readelf(name, "-d"), readelf(name, "-l"), readelf(name, "-S")
    assert list(facts.libraries) == re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]", dynamic)
    assert facts.static == (not facts.libraries)
    assert ([facts.interpreter] if facts.interpreter else []) == re.findall(r"program interpreter: (.*)\]", segments)
    assert facts.pie == ("DYN" in segments.split("Entry point")[0])
    relro = "GNU_RELRO" in segments
    now = "BIND_NOW" in dynamic or re.search(r"FLAGS.*\bNOW\b", dynamic) is not None
    assert facts.relro == ("full" if relro and now else "partial" if relro else "none")
    stack = re.search(r"GNU_STACK.* (R?W?E?) +0x", segments)
    assert stack is not None
    assert facts.nx == ("E" not in stack[1])
    assert facts.symtab == (" .symtab " in sections)
    assert facts.dwarf == (".debug_info " in sections)


@pytest.mark.parametrize("name", ["plain", "cgo-pie", "loong64", "386"])
def test_build_ids_are_those_of_the_notes(name: str) -> None:
    facts = unit_of(name).facts
    notes = readelf(name, "-n")
    assert ([facts.gnu_build_id] if facts.gnu_build_id else []) == re.findall(r"Build ID: ([0-9a-f]+)", notes)


@pytest.mark.parametrize("name", BUILDS)
def test_the_build_id_of_go_is_told_in_every_format(name: str) -> None:
    """ELF files have a note, whose owner and type stand before the text; others begin their code with a line."""
    data = path_of(name).read_bytes()
    line, note = rb'Go build ID: "([^"]+)"\n', rb"\x04\0\0\0Go\0\0([\w/-]+)"
    found = re.search(line if name in ("windows", "darwin") else note, data)
    assert found is not None
    assert unit_of(name).facts.build_id == found[1].decode()
    assert unit_of(name).facts.build_id.count("/") == 3


def test_versions_of_symbols_are_those_of_readelf() -> None:
    facts = unit_of("cgo-pie").facts
    asked = set(re.findall(r"Name: (GLIBC_[\d.]+)", readelf("cgo-pie", "-V")))
    assert asked
    assert set(facts.needs) == {f"libc.so.6:{version}" for version in asked}
    assert facts.glibc == max((name.removeprefix("GLIBC_") for name in asked), key=lambda v: [*map(int, v.split("."))])


@pytest.mark.parametrize("name", ["plain", "cgo-pie", "loong64", "386"])
def test_functions_are_those_of_the_symbol_table(name: str) -> None:
    """The symbol table has C's and the linker's own beside them, so those of whole packages are compared."""
    rows = [line.split() for line in readelf(name, "-s").splitlines()]
    symbols = {row[7] for row in rows if len(row) == 8 and row[3] == "FUNC" and row[6] != "UND"}
    own = re.compile(r"(?:main|example\.com/dep|os|crypto/md5)\.(?!_cgo|\.)")
    wanted = {symbol.removesuffix(".abi0") for symbol in symbols if own.match(symbol)}
    assert wanted >= {"main.main", "main.told", "example.com/dep.Sum"}
    unit = unit_of(name)
    assert wanted <= unit.functions
    assert 1_000 < unit.facts.functions <= len(unit.functions)


def test_stripping_leaves_the_functions() -> None:
    for name in ("bare-pie", "darwin", "oldest"):
        assert {"main.main", "main.told", "example.com/dep.Sum", "crypto/md5.Sum"} <= unit_of(name).functions, name
        assert not unit_of(name).facts.dwarf, name


@pytest.mark.parametrize("name", BUILDS)
def test_machine_system_and_size(name: str) -> None:
    facts, how = unit_of(name).facts, BUILDS[name]
    assert (facts.os, facts.arch) == (how.goos or "linux", how.goarch or "amd64")
    assert facts.format == {"windows": "pe", "darwin": "macho"}.get(facts.os, "elf")
    data = path_of(name).read_bytes()
    assert (facts.size, facts.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert facts.cgo == how.cgo
    assert "MD5" in facts.crypto
    assert not {"RC4", "DES", "SM2"} & set(facts.crypto)
    assert facts.notes == ()


def test_other_systems_name_their_libraries_and_their_protection() -> None:
    windows, darwin = unit_of("windows").facts, unit_of("darwin").facts
    assert windows.libraries == ("kernel32.dll",)
    assert "/usr/lib/libSystem.B.dylib" in darwin.libraries
    assert darwin.interpreter == "/usr/lib/dyld"
    for facts in (windows, darwin):
        assert (facts.pie, facts.nx, facts.relro, facts.static) == (True, True, None, None)
    assert windows.symtab and windows.dwarf


def test_texts_that_the_linker_set_are_read_from_flags_and_from_data() -> None:
    wanted = {"main.version": "v1.2.3", "main.apiKey": SECRET}
    assert unit_of("plain").strings == wanted
    assert "-ldflags" not in unit_of("trimmed").facts.settings, "-trimpath keeps the flags out of the record"
    assert unit_of("trimmed").strings == wanted
    assert unit_of("windows").strings == {}


def test_a_secret_of_the_flags_is_masked_in_the_facts() -> None:
    assert SECRET not in str(unit_of("plain").facts)
    assert "v1.2.3" in unit_of("plain").facts.settings["-ldflags"]


def test_first_bytes_tell_what_to_look_at() -> None:
    for name in BUILDS:
        assert looks_executable(path_of(name).read_bytes()[:64]), name
    java = bytes.fromhex("cafebabe00000041") + bytes(56)
    for head in (b"", b"#!/bin/sh\n", b"MZ", b"\x7fEL", b"package main\n" * 9, java):
        assert not looks_executable(head)


def hits_on(rule: str, name: str, policy: Policy) -> list[str]:
    check = next(each for each in all_rules() if each.info.id == rule).binary
    assert check is not None
    return [hit.text for hit in check(unit_of(name), policy)]


@pytest.mark.parametrize(
    ("rule", "name", "policy", "texts"),
    [
        ("BLD001", "plain", Policy(linkage="static"), []),
        ("BLD001", "bare-pie", Policy(linkage="static"), []),
        ("BLD001", "cgo-pie", Policy(linkage="static"), ["libc.so.6"]),
        ("BLD001", "windows", Policy(profile="strict"), []),
        ("BLD002", "plain", Policy(), ["pie"]),
        ("BLD002", "bare-pie", Policy(), []),
        ("BLD002", "windows", Policy(), []),
        ("BLD002", "darwin", Policy(), []),
        ("BLD003", "plain", Policy(platforms=("kylin-v10-sp3", "openeuler-24.03"), arches=("amd64",)), []),
        ("BLD003", "loong64", Policy(platforms=("uos-20",)), ["uos-20 loong64"]),
        ("BLD003", "loong64", Policy(platforms=("anolis-23",)), []),
        ("BLD003", "darwin", Policy(platforms=("anolis-23",)), ["os darwin"]),
        ("BLD003", "386", Policy(arches=("amd64", "arm64")), ["arch 386"]),
        ("BLD004", "plain", Policy(), ["no -trimpath", "no VCS stamp"]),
        ("BLD004", "trimmed", Policy(), ["no VCS stamp"]),
        ("BLD006", "plain", Policy(), ["main.apiKey"]),
        ("BLD006", "trimmed", Policy(), ["main.apiKey"]),
        ("BLD006", "bare-pie", Policy(), []),
        ("CRY001", "oldest", Policy(), ["crypto/md5"]),
        ("CRY010", "oldest", Policy(), []),
        ("NET001", "plain", Policy(), []),
        ("NET006", "plain", Policy(), []),
    ],
)
def test_rules_on_real_executables(rule: str, name: str, policy: Policy, texts: list[str]) -> None:
    assert hits_on(rule, name, policy) == texts
