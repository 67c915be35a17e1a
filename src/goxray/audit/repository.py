"""A revision of a git repository, read by plumbing alone: nothing is checked out, and nothing of its config is run.

The repository may be hostile: hooks, the file-system monitor, filters, external diff and textconv commands, and the
transports of a partial clone are all commands that its config can name. Blobs are read by ``cat-file``, which knows no
filter and no diff; git is told where the repository is, gets none of the caller's GIT_ variables, no transport, and a
false answer for what could still start something.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path

from goxray.core.errors import GoxrayError, NotInstalled, UsageError

_PATIENCE_S = 300.0
_OFF = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false", "core.pager=cat")
_ENTRY = re.compile(rb"(\d{6}) blob ([0-9a-f]{40,64}) +(\S+)\t(.*)", re.DOTALL)
_SHA256_DIGITS = 64


@dataclass(frozen=True)
class Blob:
    """A file of a revision: its object, and its size in bytes."""

    object: str
    size: int


@dataclass(frozen=True)
class Revision:
    """A commit of the repository whose work tree begins at ``top``."""

    top: Path
    commit: str

    def files(self, below: Path) -> dict[str, Blob]:
        """Return the regular files below a directory of the work tree by their path relative to it.

        Symbolic links, submodules, and names that would lead out of the directory are left out.

        Raises:
            GoxrayError: git failed, or an object is missing.
        """
        inside = os.fsencode(below.relative_to(self.top).as_posix())
        prefix = b"" if inside == b"." else inside + b"/"
        said = _git(self.top, ["ls-tree", "-r", "-z", "-l", "--full-tree", self.commit, *([prefix] if prefix else [])])
        found = {}
        for line in said.split(b"\0"):
            match = _ENTRY.fullmatch(line)
            if match is not None and match[1] in (b"100644", b"100755") and match[4].startswith(prefix):
                name = os.fsdecode(match[4][len(prefix) :])
                if not match[3].isdigit():
                    raise self._missing(match[2].decode())
                if not {"", ".", ".."} & set(name.split("/")):
                    found[name] = Blob(match[2].decode(), int(match[3]))
        return found

    def read(self, blobs: Sequence[Blob]) -> Iterator[bytes]:
        """Give the contents of blobs, in their order.

        Raises:
            GoxrayError: git failed, or an object is missing.
        """
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer:
            asked.write(b"".join(each.object.encode() + b"\n" for each in blobs))
            asked.seek(0)
            _git(self.top, ["cat-file", "--batch"], given=asked.fileno(), answer=answer.fileno())
            answer.seek(0)
            for each in blobs:
                head = answer.readline().split()
                if len(head) != 3 or head[0].decode() != each.object:
                    raise self._missing(each.object)
                text = answer.read(int(head[2]))
                answer.read(1)
                yield text

    def _missing(self, name: str) -> GoxrayError:
        return GoxrayError(
            f"{self.top}: object {name[:12]} of {self.commit[:12]} is missing",
            hint="fetch the whole revision first (the clone is partial, or damaged)",
        )


def revision(directory: Path, name: str) -> Revision:
    """Return the commit that a name (``main``, ``v1.2.0``, ``HEAD~3``) means in the repository around a directory.

    Raises:
        UsageError: the directory is in no repository, or the name means no commit there.
        NotInstalled: there is no git on this machine.
    """
    top = next((each for each in (directory, *directory.parents) if (each / ".git").exists()), None)
    if top is None:
        raise UsageError(f"{directory} is in no git repository", hint="--diff compares with a revision of one")
    try:
        said = _git(top, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"])
    except GoxrayError as error:
        if isinstance(error, NotInstalled):
            raise
        raise UsageError(
            f"{name} is no revision of {top}",
            hint="name a branch, a tag or a commit that has been fetched: --diff main",
        ) from error
    return Revision(top, said.decode().strip())


def object_of(text: bytes, like: Blob) -> str:
    """Return the object name that a file's text has in a repository with objects like another one."""
    hashed = sha256() if len(like.object) == _SHA256_DIGITS else sha1(usedforsecurity=False)
    hashed.update(b"blob %d\0" % len(text))
    hashed.update(text)
    return hashed.hexdigest()


def _git(
    top: Path, arguments: Iterable[str | bytes], *, given: int = subprocess.DEVNULL, answer: int = subprocess.PIPE
) -> bytes:
    """Run git on the repository of a work tree and return what it prints."""
    git = shutil.which("git")
    if git is None:
        raise NotInstalled("--diff needs git, and there is none on this machine", hint="install git")
    settings = [word for each in _OFF for word in ("-c", each)]
    command = [git, "--no-pager", "--git-dir", str(top / ".git"), *settings, *arguments]
    try:
        ran = subprocess.run(
            command, cwd=top, env=_environment(), stdin=given, stdout=answer, stderr=subprocess.PIPE,
            timeout=_PATIENCE_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise GoxrayError(f"git in {top}: {error}") from error
    if ran.returncode != 0:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GoxrayError(f"git in {top}: {said[0] if said else f'it ended with status {ran.returncode}'}")
    return ran.stdout or b""


def _environment() -> dict[str, str]:
    """Return the caller's environment without git's variables, and with what keeps git to itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
