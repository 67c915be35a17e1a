"""``goxray heap --format pprof``: a profile that ``go tool pprof`` and its flame graph open.

Each owner path is a stack, the root outermost. Of its three values two are plain sums: ``objects`` and ``inuse_space``
are the objects at that very path and the bytes of their slots, so that pprof's cumulative figures are all that stands
below. ``retained_space`` is what would go with the objects at the path, and holds what is below them already: its flat
figures mean something, its cumulative ones count memory twice.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, BinaryIO

from goxray.core.profile_proto import message_class
from goxray.render.heap_rows import joined
from goxray.render.safe import printable
from goxray.render.story import headline

if TYPE_CHECKING:
    from goxray.core.heap_result import HeapResult
    from goxray.render.options import RenderOptions

_SAMPLE_TYPES = (("objects", "count"), ("inuse_space", "bytes"), ("retained_space", "bytes"))
_DEFAULT = "inuse_space"
_MAPPING = 1


def write_pprof(result: HeapResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the owner paths as a gzip-compressed profile; the same result gives the same bytes."""
    del options
    profile = _Builder(result).profile
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
        packed.write(profile.SerializeToString(deterministic=True))


class _Builder:
    """Fills a profile: each string, function and location is there once."""

    def __init__(self, result: HeapResult) -> None:
        self.profile = message_class("Profile")()
        self._strings: dict[str, int] = {}
        self._locations: dict[str, int] = {}
        self._string("")  # the format's first string is the empty one
        for name, unit in _SAMPLE_TYPES:
            self.profile.sample_type.add(type=self._string(name), unit=self._string(unit))
        self.profile.default_sample_type = self._string(_DEFAULT)
        self.profile.period_type.type, self.profile.period_type.unit = self._string("space"), self._string("bytes")
        self.profile.period = 1  # every byte is counted, nothing is sampled
        self._comments(result)
        self._mapping(result)
        for path in joined(result.paths):
            values = (path.objects, path.bytes, path.retained_bytes)
            if path.frames and any(values):
                self.profile.sample.add(location_id=[self._location(at) for at in reversed(path.frames)], value=values)

    def _comments(self, result: HeapResult) -> None:
        comments = [" ".join(["goxray heap:", *headline(result, "en")])]
        if result.unverified:
            comments.append("UNVERIFIED: nobody has checked the layout of this Go version")
        comments += [f"fault: {fault.what}" for fault in result.faults[:1]]
        self.profile.comment.extend(self._string(printable(comment)) for comment in comments)

    def _mapping(self, result: HeapResult) -> None:
        # Functions are told here, so that pprof does not go and look for the executable.
        told = dict.fromkeys(("has_functions", "has_filenames", "has_line_numbers", "has_inline_frames"), True)
        self.profile.mapping.add(id=_MAPPING, filename=self._string(printable(result.target.exe)), **told)

    def _string(self, text: str) -> int:
        if text not in self._strings:
            self._strings[text] = len(self._strings)
            self.profile.string_table.append(text)
        return self._strings[text]

    def _location(self, frame: str) -> int:
        name = printable(frame)
        if name not in self._locations:
            number = len(self._locations) + 1
            self._locations[name] = number
            # Without a system name pprof takes the name as it is; else it would read (<-ch) as a list of parameters.
            self.profile.function.add(id=number, name=self._string(name))
            self.profile.location.add(id=number, mapping_id=_MAPPING).line.add(function_id=number)
        return self._locations[name]
