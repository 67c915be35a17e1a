"""What the audit finds below its paths, what it passes over, and what it says of what it cannot read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from goxray.audit.config.tree import read as read_tree
from goxray.audit.patterns import covers
from goxray.audit.walk import walk
from goxray.audit.walked import Choice, Tree
from goxray.core.errors import UsageError

ELF = b"\x7fELF" + bytes(60)


def _put(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def _packages(tree: Tree) -> dict[str, tuple[str, ...]]:
    return {each.path: each.files for each in tree.packages}


@pytest.fixture
def service(tmp_path: Path) -> Path:
    files: dict[str, str | bytes] = {
        "go.mod": "module a.cn/svc\n\ngo 1.24\n",
        "main.go": "package main\n",
        "main_test.go": "package main\n",
        "inner/b.go": "package inner\n",
        "inner/a.go": "package inner\n",
        "inner/testdata/bad.go": "package bad\n",
        "vendor/x.cn/y/y.go": "package y\n",
        "tool/go.mod": "module a.cn/tool\n\ngo 1.21\n",
        "tool/cmd/t/t.go": "package main\n",
        ".github/workflows/ci.yml": "on: push\n",
        ".github/gen.go": "package gen\n",
        "_old/old.go": "package old\n",
        "Dockerfile": "FROM scratch\n",
        "node_modules/p/package.json": "{}",
        ".git/config": "[core]\n",
        "bin/svc": ELF,
        "bin/notes": "text",
        "race_linux.syso": ELF,
    }
    return _put(tmp_path / "svc", files)


def test_a_module_with_all_that_belongs_to_it(service: Path) -> None:
    tree = walk([service], Choice())
    assert _packages(tree) == {".": ("main.go", "main_test.go"), "inner": ("a.go", "b.go"), "tool/cmd/t": ("t.go",)}
    assert [(each.import_path, each.go_line) for each in tree.packages] == [
        ("a.cn/svc", "1.24"),
        ("a.cn/svc/inner", "1.24"),
        ("a.cn/tool/cmd/t", "1.21"),
    ]
    assert [each.directory.relative_to(service).as_posix() for each in tree.modules] == [".", "tool"]
    assert [each.shown for each in tree.configs] == [".github/workflows/ci.yml", "Dockerfile"]
    assert [each.shown for each in tree.binaries] == ["bin/svc"]
    assert tree.left_out == {"testdata": 1, "vendor": 1, "ignored": 2, "other": 2, "objects": 1}
    assert tree.unhealthy == []


def test_vendored_code_is_looked_at_where_it_is_asked_for(service: Path) -> None:
    assert "vendor/x.cn/y" in _packages(walk([service], Choice(vendor=True)))


def test_a_part_of_a_module_knows_its_import_path(service: Path) -> None:
    (package,) = walk([service / "inner"], Choice()).packages
    assert (package.path, package.import_path, package.go_line) == (".", "a.cn/svc/inner", "1.24")


def test_no_gomod_is_looked_for_above_the_top(service: Path) -> None:
    (package,) = walk([service / "inner"], Choice(top=service / "inner")).packages
    assert package.import_path == ""


def test_the_standard_library_has_no_prefix(tmp_path: Path) -> None:
    _put(tmp_path, {"go.mod": "module std\n\ngo 1.27\n", "net/http/client.go": "package http\n"})
    assert [each.import_path for each in walk([tmp_path], Choice()).packages] == ["net/http"]


def test_a_directory_s_files_have_its_path_only_where_there_are_several(tmp_path: Path) -> None:
    _put(
        tmp_path,
        {"a/x.go": "package x\n", "b/x.go": "package x\n", "a/in/x.go": "package x\n", "c/a/x.go": "package x\n"},
    )
    assert set(_packages(walk([tmp_path / "a"], Choice()))) == {".", "in"}
    both = walk([tmp_path / "a", tmp_path / "b"], Choice())
    assert set(_packages(both)) == {"a", "a/in", "b"}
    assert set(_packages(walk([tmp_path / "a", tmp_path / "c" / "a"], Choice()))) == {"a", "a/in", "a-2"}


def test_a_directory_in_another_is_walked_once(tmp_path: Path) -> None:
    _put(tmp_path, {"x.go": "package x\n", "in/x.go": "package x\n"})
    for roots in ([tmp_path, tmp_path / "in"], [tmp_path / "in", tmp_path]):
        assert [each.path for each in walk(roots, Choice()).packages] == [".", "in"]


def test_what_is_named_is_looked_at_where_a_walk_would_pass_it_over(service: Path) -> None:
    tree = walk([service, service / "inner" / "testdata"], Choice())
    assert _packages(tree)["inner/testdata"] == ("bad.go",)


def test_single_files(service: Path) -> None:
    tree = walk([service / "bin" / "svc", service / "inner" / "a.go", service / "Dockerfile"], Choice())
    assert [each.shown for each in tree.binaries] == ["svc"]
    assert _packages(tree) == {".": ("a.go",)}
    assert [each.shown for each in tree.configs] == ["Dockerfile"]
    two = walk([service / "inner" / "b.go", service / "inner" / "a.go"], Choice())
    assert _packages(two) == {".": ("a.go", "b.go")}
    beside = walk([service, service / "bin" / "svc", service / "Dockerfile", service / "main.go"], Choice())
    assert [each.shown for each in beside.binaries] == ["bin/svc"]
    assert [each.shown for each in beside.configs] == [".github/workflows/ci.yml", "Dockerfile"]
    assert _packages(beside)["."] == ("main.go", "main_test.go")


def test_two_files_of_one_name_keep_apart(tmp_path: Path) -> None:
    _put(tmp_path, {"a/svc": ELF, "b/svc": ELF})
    tree = walk([tmp_path / "a" / "svc", tmp_path / "b" / "svc"], Choice())
    assert [each.shown for each in tree.binaries] == ["svc", "svc-2"]


def test_links_are_followed_to_files_and_not_to_directories(tmp_path: Path) -> None:
    _put(tmp_path, {"m/a.go": "package a\n", "far/b.go": "package b\n", "far/in/c.go": "package c\n"})
    (tmp_path / "m" / "b.go").symlink_to("../far/b.go")
    (tmp_path / "m" / "far").symlink_to("../far")
    (tmp_path / "m" / "deep").mkdir()
    (tmp_path / "m" / "deep" / "up").symlink_to("..")
    (tmp_path / "m" / "self").symlink_to("self")
    (tmp_path / "m" / "dead.go").symlink_to("nowhere.go")
    (tmp_path / "m" / "round.go").symlink_to("round.go")
    tree = walk([tmp_path / "m"], Choice())
    assert _packages(tree) == {".": ("a.go", "b.go")}
    assert tree.loops == ["deep/up"]
    assert tree.left_out == {"linked": 1, "special": 1}
    assert [(each.path, each.status) for each in tree.unhealthy] == [("dead.go", "failed"), ("round.go", "failed")]
    assert all("symbolic link" in each.detail for each in tree.unhealthy)


def test_a_root_that_is_a_link_is_followed(tmp_path: Path) -> None:
    _put(tmp_path, {"far/b.go": "package b\n"})
    (tmp_path / "near").symlink_to("far")
    assert set(_packages(walk([tmp_path / "near"], Choice()))) == {"."}


def test_pipes_and_sockets_are_not_opened(tmp_path: Path) -> None:
    _put(tmp_path, {"a.go": "package a\n"})
    os.mkfifo(tmp_path / "pipe.go")
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "config.yml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "sock.go"))
        tree = walk([tmp_path], Choice())
    assert _packages(tree) == {".": ("a.go",)}
    assert [(each.path, each.detail) for each in tree.unhealthy] == [
        ("config.yml", "a pipe, not a file"),
        ("pipe.go", "a pipe, not a file"),
        ("sock.go", "a socket, not a file"),
    ]
    assert tree.left_out == {"special": 1}


def test_a_directory_that_cannot_be_read_is_told_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(tmp_path, {"a/x.go": "package x\n", "b/x.go": "package x\n"})
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    tree = walk([tmp_path], Choice())
    assert set(_packages(tree)) == {"b"}
    assert [(each.path, each.detail) for each in tree.unhealthy] == [
        ("a", "the directory cannot be read: Permission denied")
    ]


def test_names_that_are_no_text_do_not_stop_it(tmp_path: Path) -> None:
    _put(tmp_path, {"a\x1b[31m\n.go": "package a\n", "ok/b.go": "package b\n"})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.go")).write_bytes(b"package a\n")
    assert len(_packages(walk([tmp_path], Choice()))["."]) == 2


def test_a_very_deep_tree(tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(700):
        place = place / "d"
    place.mkdir(parents=True)
    (place / "x.go").write_text("package x\n")
    assert [each.path.count("/") for each in walk([tmp_path], Choice()).packages] == [699]


def test_large_json_is_data(tmp_path: Path) -> None:
    _put(tmp_path, {"small.json": "{}", "large.json": b" " * (300 << 10), "a.go": "package a\n"})
    tree = walk([tmp_path], Choice())
    assert [each.shown for each in tree.configs] == ["small.json"] and tree.left_out == {"data": 1}


def test_archives_are_not_opened(tmp_path: Path) -> None:
    _put(tmp_path, {"a.go": "package a\n", "code.zip": b"PK\x03\x04" + bytes(60), "code.tgz": b"\x1f\x8b\x08"})
    assert walk([tmp_path], Choice()).left_out == {"archives": 2}
    with pytest.raises(UsageError, match="code.zip is an archive, and goxray opens none"):
        walk([tmp_path / "code.zip"], Choice())


def test_excluded_paths_are_counted(service: Path) -> None:
    tree = walk([service], Choice(exclude=("tool/...", "*_test.go", "Dockerfile")))
    assert _packages(tree) == {".": ("main.go",), "inner": ("a.go", "b.go")}
    assert tree.left_out["excluded"] == 3
    assert [each.shown for each in tree.configs] == [".github/workflows/ci.yml"]


def test_what_is_not_there_and_what_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        walk([tmp_path / "none"], Choice())
    _put(tmp_path, {"notes.txt": "text"})
    with pytest.raises(UsageError, match="no Go package, go.mod, Go binary or configuration"):
        walk([tmp_path], Choice())
    with pytest.raises(UsageError, match="notes.txt is nothing that the audit reads"):
        walk([tmp_path / "notes.txt"], Choice())


@pytest.mark.parametrize(
    ("pattern", "path", "means"),
    [
        ("third_party", "a/third_party/x.go", True),
        ("third_party", "a/third_party2/x.go", False),
        ("*_gen.go", "a/b/x_gen.go", True),
        ("a/*.go", "a/x.go", True),
        ("a/*.go", "a/b/x.go", False),
        ("a/**/*.go", "a/b/c/x.go", True),
        ("a/**/*.go", "a/x.go", True),
        ("**/x.go", "x.go", True),
        ("a/**", "a/b/c", True),
        ("a/**", "ab/c", False),
        ("**", "a/b", True),
        ("b/...", "b/c/x.go", True),
        ("b/...", "a/b/x.go", False),
        ("./b/", "b/x.go", True),
        ("/x.go", "a/x.go", False),
        ("/x.go", "x.go", True),
        ("a?c", "abc", True),
        ("a[b", "a[b", True),
        ("", "a", False),
        ("a.c", "abc", False),
    ],
)
def test_patterns(pattern: str, path: str, means: bool) -> None:
    assert covers(pattern, path) is means


@pytest.mark.parametrize("text", ["[", "- ", "{a: ", "? "])
def test_configuration_that_nests_without_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nested more than 1,000 levels deep"):
        read_tree(text * 100_000)


def test_configuration_that_nests_as_deep_as_people_write_is_read() -> None:
    deep = "".join(f"{'  ' * at}k{at}:\n" for at in range(40)) + "  " * 40 + "run: go test\n"
    values, scripts, _ = read_tree(deep)
    assert scripts == (("go test", 41),) and len(values) == 1
    assert read_tree("[" * 900 + "run" + "]" * 900)[0] == {".".join(["0"] * 900): ("run", 1)}
