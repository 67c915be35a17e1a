"""What a module, a workspace and a binary are made of: parts, scopes, edges, licences, cryptography."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray import api_sbom
from goxray.audit.facts import BinaryUnit
from goxray.audit.modules.bill import bill_of_binary
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.licences import licence_of, recognise
from goxray.core.audit_result import BinaryFacts, Module
from goxray.core.errors import BadModuleFile, NotAGoProgram, UsageError
from goxray.core.sbom_result import CryptoPart, Part

MIT = """\
MIT License

Copyright (c) 2020 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction.

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.
"""
BSD2 = """\
Redistribution and use in source and binary forms are permitted:
   * Redistributions of source code must retain the above copyright notice.
   * Redistributions in binary form must reproduce the above
copyright notice.
"""
BSD3 = (
    BSD2
    + "   * Neither the name of X Inc. nor the names of its\ncontributors may be used to endorse or promote products"
    + " derived from it.\n"
)
ISC = "Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee is "
ISC += "hereby granted"
APACHE = "Apache License\n   Version 2.0, January 2004\n TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION"
LICENCES = {
    MIT: "MIT",
    MIT.replace("\n", "\r\n").upper(): "MIT",
    BSD2: "BSD-2-Clause",
    BSD3: "BSD-3-Clause",
    BSD3 + "3. All advertising materials mentioning features or use": "",
    ISC + ", provided that the above\ncopyright notice and this permission notice appear in all copies.": "ISC",
    ISC + ".": "0BSD",
    APACHE: "Apache-2.0",
    "Mozilla Public License Version 2.0\n1.4. Covered Software\n GNU General Public License": "MPL-2.0",
    "Mulan Permissive Software License,Version 2 (Mulan PSL v2)\nJanuary 2020": "MulanPSL-2.0",
    "木兰宽松许可证, 第2版\nMulan Permissive Software License,Version 2": "MulanPSL-2.0",
    "GNU GENERAL PUBLIC LICENSE Version 3": "",
    MIT + BSD2: "",
    "All rights reserved.": "",
    "": "",
}


@pytest.mark.parametrize("number", range(len(LICENCES)))
def test_common_licences_are_recognised(number: int) -> None:
    text, name = list(LICENCES.items())[number]
    assert recognise(text) == name


def test_several_licence_files_count_where_they_agree(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(MIT)
    assert licence_of(tmp_path) == "" == licence_of(tmp_path / "none")
    (tmp_path / "LICENSE").write_text(MIT)
    (tmp_path / "LICENSE.md").write_text(MIT)
    assert licence_of(tmp_path) == "MIT"
    (tmp_path / "COPYING").write_text(BSD2)
    assert licence_of(tmp_path) == ""


GOMOD = """\
module example.org/app

go 1.24.3

require (
	x.org/Lib v1.0.0
	x.org/tool v0.1.0
	x.org/deep v1.1.0 // indirect
	x.org/local v1.0.0
)

replace x.org/local => ./local
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module whose package imports x.org/Lib, which imports x.org/deep and AES; nothing imports x.org/tool."""
    cache = tmp_path / "cache"
    files = {
        "cache/x.org/!lib@v1.0.0/a.go": 'package lib\n\nimport (\n\t"crypto/aes"\n\t"x.org/deep/sm3"\n)\n',
        "cache/x.org/!lib@v1.0.0/LICENSE": MIT,
        "cache/x.org/deep@v1.1.0/sm3/a.go": "package sm3\n",
        "cache/cache/download/x.org/!lib/@v/v1.0.0.mod": "module x.org/Lib\ngo 1.20\nrequire x.org/deep v1.0.0\n",
        "cache/cache/download/x.org/deep/@v/v1.1.0.mod": "module x.org/deep\ngo 1.20\n",
        "cache/cache/download/x.org/tool/@v/v0.1.0.mod": "module x.org/tool\ngo 1.20\n",
        "app/go.mod": GOMOD,
        "app/go.sum": "x.org/Lib v1.0.0 h1:a=\nx.org/Lib v1.0.0/go.mod h1:b=\n",
        "app/main.go": 'package main\n\nimport (\n\t_ "x.org/Lib"\n\t_ "x.org/local"\n)\n\nfunc main() {}\n',
        "app/main_test.go": 'package main\n\nimport _ "x.org/tool"\n',
        "app/local/go.mod": "module x.org/local\ngo 1.20\n",
        "app/local/a.go": 'package local\n\nimport _ "crypto/md5"\n',
        "app/local/LICENSE": BSD3,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("GOMODCACHE", str(cache))
    return tmp_path / "app"


def test_a_module_is_made_of_what_it_selects(module: Path) -> None:
    bill = api_sbom.sbom(module)
    assert (bill.kind, bill.name, bill.go_version, bill.go_assumed) == ("module", "example.org/app", "1.24.3", True)
    assert bill.parts == (
        Part("x.org/Lib", "v1.0.0", sum="h1:a=", licence="MIT", scope="required", requires=("x.org/deep",)),
        Part("x.org/deep", "v1.1.0", scope="required", indirect=True, requires=()),
        Part("x.org/local", "v1.0.0", directory="./local", licence="BSD-3-Clause", scope="required", requires=()),
        Part("x.org/tool", "v0.1.0", scope="excluded", requires=()),
    )
    assert bill.direct == ("x.org/Lib", "x.org/local", "x.org/tool") and bill.complete
    assert bill.crypto == (
        CryptoPart("AES", ("crypto/aes",)),
        CryptoPart("MD5", ("crypto/md5",)),
        CryptoPart("SM3", ("x.org/deep/sm3",)),
    )
    assert api_sbom.sbom(module / "go.mod") == bill, "the file means its module"


def test_what_is_not_on_this_machine_is_not_claimed(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOMODCACHE", str(module / "nothing"))
    bill = api_sbom.sbom(module)
    assert not bill.complete
    told = {each.path: (each.scope, each.licence, each.requires) for each in bill.parts}
    assert told == {
        "x.org/Lib": ("required", "", None),
        "x.org/deep": ("", "", None),
        "x.org/local": ("required", "BSD-3-Clause", ()),
        "x.org/tool": ("", "", None),
    }


def test_a_workspace_is_one_bill(module: Path) -> None:
    (module / "go.work").write_text("go 1.25\nuse (\n.\n./local\n)\n")
    bill = api_sbom.sbom(module)
    assert (bill.kind, bill.members, bill.go_version) == ("workspace", ("example.org/app", "x.org/local"), "1.25")
    assert [each.path for each in bill.parts] == ["x.org/Lib", "x.org/deep", "x.org/tool"]
    assert api_sbom.sbom(module / "go.mod").kind == "module"


def test_a_binary_is_made_of_what_it_says(module: Path) -> None:
    facts = BinaryFacts(
        path="app",
        format="elf",
        arch="arm64",
        os="linux",
        go_version="go1.24.3",
        main_path="example.org/app/cmd/app",
        modules=(
            Module("example.org/app", "(devel)", main=True),
            Module("x.org/deep", "v1.1.0", sum="h1:d="),
            Module("x.org/Lib", "v1.0.0", sum="h1:a="),
            Module("x.org/old", "v1.0.0", sum="h1:f=", replaced_by="x.org/fork v1.2.0"),
            Module("x.org/older", "v1.0.0", sum="h1:f=", replaced_by="x.org/fork v1.2.0"),
            Module("x.org/local", "v1.0.0", replaced_by="./local (devel)"),
        ),
        settings={"vcs.revision": "1" * 40, "-trimpath": "true"},
        crypto=("AES", "OpenSSL 3.2.1 (static)"),
        sha256="ab" * 32,
        size=7,
    )
    unit = BinaryUnit("app", facts, frozenset({"crypto/aes.NewCipher", "main.main"}), {})
    bill = bill_of_binary(unit, ModuleCache.of_user())
    assert (bill.kind, bill.name, bill.version, bill.go_version) == ("binary", "example.org/app", "", "1.24.3")
    assert bill.parts == (
        Part("x.org/Lib", "v1.0.0", sum="h1:a=", licence="MIT", scope="required", requires=("x.org/deep",)),
        Part("x.org/deep", "v1.1.0", sum="h1:d=", scope="required", requires=()),
        Part("x.org/fork", "v1.2.0", sum="h1:f=", replaces="x.org/old v1.0.0", scope="required"),
        Part("x.org/local", "v1.0.0", directory="./local", scope="required"),
    )
    assert bill.crypto == (CryptoPart("AES", ("crypto/aes",)), CryptoPart("OpenSSL 3.2.1 (static)", library=True))
    assert (bill.subject, bill.revision, bill.arch) == ("example.org/app/cmd/app", "1" * 40, "arm64")
    assert not bill.complete and not bill.go_assumed


def test_targets_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        api_sbom.sbom(tmp_path / "missing")
    with pytest.raises(UsageError, match=r"no go\.mod and no go\.work"):
        api_sbom.sbom(tmp_path)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(NotAGoProgram):
        api_sbom.sbom(tmp_path / "text")
    (tmp_path / "go.mod").write_text("module (\n")
    with pytest.raises(BadModuleFile, match=r"go\.mod:"):
        api_sbom.sbom(tmp_path)
    (tmp_path / "go.work").write_text("go 1.22\nuse ./gone\n")
    with pytest.raises(BadModuleFile, match=r"gone/go\.mod: No such file"):
        api_sbom.sbom(tmp_path)


def test_a_broken_go_sum_is_told(module: Path) -> None:
    (module / "go.sum").write_text("x.org/Lib v1.0.0\n")
    with pytest.raises(BadModuleFile, match=r"go\.sum:1: 2 fields"):
        api_sbom.sbom(module)


def test_time_is_told_only_where_somebody_says_it(module: Path) -> None:
    assert api_sbom.sbom(module).timestamp == ""
    assert api_sbom.sbom(module, epoch="1700000000").timestamp == "2023-11-14T22:13:20Z"
    for wrong in ("", "-1", "x", "99999999999999", "9" * 5000, "1.5"):
        with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
            api_sbom.sbom(module, epoch=wrong)
