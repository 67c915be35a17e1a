"""Exact types of a module's source by a Go toolchain that the user has: ``go list``, then a type checker on the source.

The type checker (``support/``, go/types) reads the packages and everything they import from source. So nothing is
compiled, and nothing of the audited module is run. What ``go list`` could run or change in a hostile module, and why it
does not:

- another toolchain, named by go.mod's ``go`` and ``toolchain`` lines: ``GOTOOLCHAIN=local``;
- flags of the environment or of ``go env -w`` (``-toolexec``, ``-overlay``): every GO variable is left out,
  ``GOENV=off``, ``GOFLAGS`` is set here; GOCACHEPROG and GOAUTH programs go the same way;
- downloads and version control: ``GOPROXY=off``, and ``GONOPROXY=none`` with ``GOVCS=*:off``, for private modules
  bypass even a proxy that is off (cmd/go/internal/modfetch/proxy.go, proxyList); ``-buildvcs=false``;
- cgo, and the pkg-config that it asks for: ``CGO_ENABLED=0``, and without ``-export`` and ``-compiled`` nothing is
  built at all;
- changes of go.mod and go.sum: the go command's own default is ``-mod=readonly`` (``vendor`` where such a folder is
  complete); of go.work.sum: see :mod:`goxray.audit.types.workspace`;
- waiting for ever: a named pipe with a Go file's name is looked for before; time, memory and output have bounds.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from goxray.audit.types.command import Ended, run
from goxray.audit.types.exact import ExactTypes, PackageTypes, joined
from goxray.audit.types.toolchain import checker, chosen
from goxray.audit.types.workspace import workspace
from goxray.core.words import Words
from goxray.target.toolchains import Toolchain

_FIELDS = "Dir,ImportPath,Name,DepOnly,GoFiles,IgnoredGoFiles,ImportMap,Module,Error"
_LIST = ("list", "-e", "-deps", f"-json={_FIELDS}", "./...")
_LIST_S, _CHECK_S, _ASK_S = 180.0, 600.0, 20.0
_MOST_ENTRIES = 1 << 20
_LONGEST = 200


def exact_types(module_dir: Path, go: str = "", *, toolchain: Toolchain | None = None) -> ExactTypes:
    """Return the exact types of a module's packages. What cannot be told is missing there, and noted.

    Tests are left out: no rule looks into them, and with them the library below is checked again for many packages.

    Args:
        module_dir: The directory of its go.mod, or one below: then of the packages from there on.
        go: ``--go``: a release (``1.26``), a GOROOT, a ``go`` command; empty for the user's own.
        toolchain: One that was found before (:func:`goxray.audit.types.toolchain.chosen`), instead of ``go``.

    Raises:
        ToolchainError: there is no toolchain, or it cannot build the type checker.
    """
    with_it = toolchain or chosen(go)
    program = checker(with_it)
    root = Path(os.path.realpath(module_dir))
    name = f"go{with_it.version}"
    module = module_of(root)
    blocking = _blocking(root)
    if blocking or module is None:
        return ExactTypes(name, {}, (_none(blocking or f"{root}/go.mod is not there", root),), True)
    with tempfile.TemporaryDirectory(prefix="goxray-types-") as scratch:
        place = Path(scratch)
        listed = place / "listed.json"
        env = _environment(with_it, root, module, place)
        said = run([str(with_it.go), *_LIST], root, env, listed, timeout_s=_LIST_S)
        if said.status is None or not listed.stat().st_size:
            return ExactTypes(name, {}, (_none(f"go list: {_first(said)}", root),), True)
        found = place / "found.jsonl"
        done = run([str(program)], root, _CHECKING, found, given=listed, timeout_s=_CHECK_S)
        return _read(name, root, found, done)


def exact_types_of(modules: Iterable[Path], go: str = "") -> ExactTypes:
    """Return the exact types of several modules, by one toolchain: see :func:`exact_types`.

    Raises:
        ToolchainError: there is no toolchain, or it cannot build the type checker.
    """
    toolchain = chosen(go)
    found = joined(exact_types(each, toolchain=toolchain) for each in modules)
    return replace(found, toolchain=f"go{toolchain.version}")


def places(roots: Iterable[Path], modules: Iterable[Path]) -> list[Path]:
    """Return the directories to ask about: the modules found below some roots, and roots that lie inside a module."""
    found = list(dict.fromkeys(Path(os.path.realpath(each)) for each in modules))
    for root in roots:
        here = Path(os.path.realpath(root))
        here = here if here.is_dir() else here.parent
        if here not in found and module_of(here) is not None:
            found.append(here)
    return found


def module_of(directory: Path) -> Path | None:
    """Return the nearest directory with a go.mod: this one or one above; None where there is none."""
    for here in (directory, *directory.parents):
        if (here / "go.mod").is_file():
            return here
    return None


_CHECKING = {"GOTRACEBACK": "none"}


def _environment(toolchain: Toolchain, root: Path, module: Path, scratch: Path) -> dict[str, str]:
    extra = {
        "GO111MODULE": "on",
        "GOFLAGS": "-buildvcs=false",
        "GONOPROXY": "none",
        "GOVCS": "*:off",
        "GOWORK": workspace(module, scratch),
        "PWD": str(root),
    }
    kept = _module_cache(toolchain)
    return toolchain.environment(extra=extra | ({"GOMODCACHE": kept} if kept else {}))


def _module_cache(toolchain: Toolchain) -> str:
    """Return the user's module cache, as the user's own settings have it; asked where no module is."""
    neutral = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off", "GOROOT": str(toolchain.root)}
    with suppress(OSError, subprocess.SubprocessError, UnicodeDecodeError):
        done = subprocess.run(
            [str(toolchain.go), "env", "GOMODCACHE"], cwd="/", env={**os.environ, **neutral}, capture_output=True,
            text=True, timeout=_ASK_S,
        )  # fmt: skip
        if done.returncode == 0 and done.stdout.strip().startswith("/"):
            return done.stdout.strip()
    return ""


def _read(name: str, root: Path, found: Path, done: Ended) -> ExactTypes:
    packages: dict[str, PackageTypes] = {}
    failed: list[str] = []
    errors: list[str] = []
    left = 0
    for line in _lines(found):
        said = json.loads(line)
        if said["failures"]:
            failed.append(said["path"])
            errors += said.get("said") or ()
        if said["files"]:
            packages[os.path.realpath(said["dir"])] = PackageTypes(zlib.compress(line, 1))
            left += len(said.get("left") or ())
    if failed and not packages:
        return ExactTypes(name, {}, (_none((errors or failed)[0], root),), True)
    notes = [_partial(failed, errors, root)] if failed else []
    notes += [_left(left)] if left else []
    notes += [_none(f"the type checker: {_first(done)}", root)] if done.status != 0 else []
    return ExactTypes(name, packages, tuple(notes), bool(failed) or done.status != 0)


def _lines(found: Path) -> Iterator[bytes]:
    """Give the whole lines; one that was cut off when the type checker was ended is none."""
    if found.is_file():
        with open(found, "rb") as told:
            yield from (line for line in told if line.endswith(b"\n"))


def _first(said: Ended) -> str:
    lines = [line.strip() for line in said.words.splitlines() if line.strip() and not line.startswith("#")]
    if lines:
        return " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
    return f"it ended with status {said.status}"


def _shown(text: str, root: Path) -> str:
    return text.replace(f"{root}/", "").replace(str(root), ".")[:_LONGEST]


def _none(why: str, root: Path) -> Words:
    shown = _shown(why, root)
    return Words(
        f"--types: exact types are missing, in whole or in part ({shown}); the source alone speaks there.",
        f"--types:精确类型缺失或不完整({shown});这些地方仅以源代码所示为准。",
    )


def _partial(failed: list[str], errors: list[str], root: Path) -> Words:
    first = _shown(errors[0], root) if errors else ""
    return Words(
        f"--types: {len(failed)} {'package does' if len(failed) == 1 else 'packages do'} not type-check whole, "
        f"{failed[0]} first ({first}); "
        "what the toolchain could not tell there is what the source says.",
        f"--types:{len(failed)} 个包未能完整通过类型检查,首个为 {failed[0]}({first});"
        "工具链无法确定之处以源代码所示为准。",
    )


def _left(count: int) -> Words:
    return Words(
        f"--types: {count} {'file is' if count == 1 else 'files are'} outside the build (cgo, other platforms, build "
        "tags); types there are what the source says.",
        f"--types:{count} 个文件不在本次构建之内(cgo、其他平台或构建标签):其类型以源代码所示为准。",
    )


def _blocking(root: Path) -> str:
    """Return why the go command would wait for ever in this tree: something with a Go file's name that is no file."""
    seen = 0
    for where, folders, files in os.walk(root):
        folders.sort()
        for name in files:
            seen += 1
            if name.endswith((".go", ".s", ".c", ".h")) or name in ("go.mod", "go.sum", "modules.txt"):
                path = os.path.join(where, name)
                with suppress(OSError):
                    if not stat.S_ISREG(os.stat(path).st_mode):
                        return f"{path} is no regular file"
        if seen > _MOST_ENTRIES:
            return "too many files"
    return ""
