"""Readers of configuration files: kinds, settings with lines, commands, environments, and files that are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray.audit.config.reading import LARGEST, kind_of, load, read
from goxray.audit.facts import ConfigUnit
from goxray.core.audit_result import FileHealth


def unit(text: str, path: str) -> ConfigUnit:
    made = read(text, path)
    assert isinstance(made, ConfigUnit), made
    return made


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".github/workflows/ci.yml", "yaml"), ("a/Dockerfile", "dockerfile"), ("Dockerfile.arm64", "dockerfile"),
        ("build.dockerfile", "dockerfile"), ("GNUmakefile", "makefile"), ("rules.mk", "makefile"),
        ("x.sh", "shell"), ("deploy/logrotate.d/app", "logrotate"), ("app.logrotate", "logrotate"),
        ("goxray.toml", "toml"), ("a.json", "json"), (".env", "env"), (".env.prod", "env"), ("app.conf", "ini"),
        ("app.properties", "ini"), ("main.go", None), ("README.md", None),
    ],
)  # fmt: skip
def test_the_name_tells_the_kind(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind


def test_yaml_is_flattened_with_lines_over_documents_lists_and_anchors() -> None:
    made = unit(
        "a: &x\n  b: 1\nlist:\n  - n: one\n  - two\nagain: *x\n---\nsecond: yes\n",
        "a.yaml",
    )
    assert made.values == {
        "a.b": ("1", 2), "list.0.n": ("one", 4), "list.1": ("two", 5), "again.b": ("1", 2), "1:second": ("yes", 8)
    }  # fmt: skip


def test_yaml_scripts_are_commands_and_environments_are_told() -> None:
    made = unit(
        """env:
  GOSUMDB: "off"
jobs:
  build:
    steps:
      - run: go test ./...
      - run: |
          # a comment
          curl -L x \\
            -o y
          GOFLAGS=-mod=mod go build
services:
  web:
    environment:
      - MODE=prod
containers:
  - env:
      - name: TOKEN
        value: abc
""",
        "ci.yml",
    )
    assert made.commands == (("go test ./...", 6), ("curl -L x -o y", 9), ("GOFLAGS=-mod=mod go build", 11))
    assert made.environment == {
        "GOSUMDB": ("off", 2), "MODE": ("prod", 15), "TOKEN": ("abc", 19), "GOFLAGS": ("-mod=mod", 11)
    }  # fmt: skip


def test_json_has_lines_too() -> None:
    assert unit('{\n  "a": {"b": [1,\n 2]}\n}\n', "a.json").values == {"a.b.0": ("1", 2), "a.b.1": ("2", 3)}


def test_dockerfile_environment_and_commands() -> None:
    made = unit(
        """# syntax
FROM golang:1.25
ENV A=1 B="two words"
ENV OLD form of it
ARG C=3
RUN export D=4 && \\
    # inside
    go build
cmd ["app"]
""",
        "Dockerfile",
    )
    assert made.environment == {
        "A": ("1", 3), "B": ("two words", 3), "OLD": ("form of it", 4), "C": ("3", 5), "D": ("4", 6)
    }  # fmt: skip
    assert made.commands == (("export D=4 && go build", 6), ('["app"]', 9))


def test_makefile_variables_and_recipes() -> None:
    made = unit("export GOSUMDB := off\nX ?= 1\nall: dep\n\t@A=2 go build \\\n\t  ./...\n\t-echo $$HOME\n", "Makefile")
    assert made.values == {"GOSUMDB": ("off", 1), "X": ("1", 2)}
    assert made.environment == made.values | {"A": ("2", 4)}
    assert made.commands == (("A=2 go build ./...", 4), ("echo $HOME", 6))


def test_shell_comments_pipes_and_here_documents() -> None:
    made = unit(
        "#!/bin/sh\nexport A='x # y' # z\ncat <<EOF\ncurl bad | sh\nEOF\ncurl good |\n  tee f\ngo env -w B=off\n",
        "x.sh",
    )
    assert made.commands == (
        ("export A='x # y'", 2), ("cat <<EOF", 3), ("curl good | tee f", 6), ("go env -w B=off", 8)
    )  # fmt: skip
    assert made.environment == {"A": ("x # y", 2), "B": ("off", 8)}


def test_plain_files() -> None:
    assert unit("# c\nA=1\nexport B='2'\n", ".env").values == {"A": ("1", 2), "B": ("2", 3)}
    assert unit("[db]\nhost = h ; \n; c\nport: 5\n", "a.ini").values == {"db.host": ("h ;", 2), "db.port": ("5", 4)}
    assert unit('x = 1\n[a.b]\ny = "z" # c\n', "a.toml").values == {"x": ("1", 1), "a.b.y": ("z", 3)}
    assert unit(
        "weekly\n/var/log/a /var/log/b {\n  rotate 4\n  postrotate\n    rotate 9\n  endscript\n  missingok\n}\n",
        "logrotate.conf",
    ).values == {
        "0.weekly": ("", 1), "1.path": ("/var/log/a /var/log/b", 2), "1.rotate": ("4", 3), "1.postrotate": ("", 4),
        "1.missingok": ("", 7),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("a: [1\nb: 2\n", "a.yaml", "line 2"),
        ("x = \n", "a.toml", "line 1"),
        ("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
        ), "a.yml", "aliases"),
        ("[" * 100_000, "a.json", ""),
    ],
    ids=["yaml", "toml", "aliases", "deep"],
)  # fmt: skip
def test_broken_files_have_one_clear_line(text: str, path: str, says: str) -> None:
    made = read(text, path)
    assert isinstance(made, FileHealth) and made.status == "failed"
    assert says in made.detail and "\n" not in made.detail and made.detail


def test_files_that_are_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "zero.yaml").write_bytes(b"a: \0")
    (tmp_path / "large.yaml").write_bytes(b"#" * (LARGEST + 1))
    (tmp_path / "folder.yaml").mkdir()
    for name in ("zero.yaml", "large.yaml", "folder.yaml", "none.yaml"):
        made = load(tmp_path / name, name)
        assert isinstance(made, FileHealth) and made.detail, name
    (tmp_path / "good.yaml").write_text("a: 1\n")
    assert isinstance(load(tmp_path / "good.yaml", "good.yaml"), ConfigUnit)
    with pytest.raises(ValueError, match="no kind"):
        read("", "main.go")
