"""Go versions as the toolchain writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from goxray.core.errors import UnsupportedGo

_RELEASE = re.compile(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?((?:rc|beta|alpha)\d+|-\S+)?")


@dataclass(frozen=True, order=True)
class GoVersion:
    """A Go version, ordered by release.

    ``patch`` is -1 for a version before its first release (beta, release candidate, development build).
    """

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> GoVersion:
        """Read what runtime.Version and the build information say.

        Accepted are ``go1.24.11``, ``go1.21`` (patch 0), ``go1.27rc1``, ``go1.28-devel_0123abc``,
        ``devel go1.28-0123abc``, each with or without a suffix such as ``X:noswissmap`` or a vendor's.

        Raises:
            UnsupportedGo: the text names no Go version.
        """
        match = _RELEASE.search(text if "go" in text else f"go{text.strip()}")
        if match is None:
            raise UnsupportedGo(f"not a Go version: {text!r}", hint="the target's build information is damaged")
        major, minor, patch, suffix = match.groups()
        unreleased = "devel" in text or bool(suffix and re.match(r"rc|beta|alpha|-devel|-pre", suffix))
        return cls(int(major), int(minor), -1 if unreleased else int(patch or 0))

    @property
    def released(self) -> bool:
        """Whether this is a release, not a beta, release candidate or development build."""
        return self.patch >= 0

    @property
    def line(self) -> tuple[int, int]:
        """The release line, (1, 24) for go1.24.11: versions of one line share their runtime's layout."""
        return self.major, self.minor

    def is_of_later_line(self, other: GoVersion) -> bool:
        """Whether this release line came after the other's."""
        return self.line > other.line

    def __str__(self) -> str:
        """Return the version as Go writes it; a version before its release ends in ``-devel``."""
        return f"go{self.major}.{self.minor}.{self.patch}" if self.released else f"go{self.major}.{self.minor}-devel"
