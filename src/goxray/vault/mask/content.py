"""A file's content masked as a stream, whatever its kind: logs, JSON, CSV, HTML, Markdown.

What cannot be masked is refused before anything of it is given out. A snapshot of goxray holds tables of sizes and
names of types and nothing of what the program held, so it passes as it is; ``Content.masks`` says so.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from goxray.core.errors import UsageError
from goxray.core.vault_result import MaskCounts
from goxray.vault.mask import content_csv, content_html, content_json, content_markdown, sniff, stream
from goxray.vault.mask.choose import Chosen
from goxray.vault.mask.sniff import Form
from goxray.vault.mask.stats import Stats
from goxray.vault.mask.tokens import Tokens

_PIECE = 1 << 18
_FORMS = {
    "json": content_json.parts,
    "csv": content_csv.parts,
    "html": content_html.parts,
    "markdown": content_markdown.parts,
}


class Content:
    """Masked content to be read from; ``counts`` is complete when ``read`` has given out its last bytes.

    ``form`` is the kind that was found, ``masks`` whether anything is masked at all.
    """

    def __init__(self, form: Form, chosen: Chosen, key_id: str, parts: Iterator[bytes], stats: Stats) -> None:
        self.form = form
        self.masks = form != "snapshot"
        self._chosen = chosen
        self._key_id = key_id
        self._parts = parts
        self._stats = stats
        self._held = b""

    def read(self, size: int = _PIECE, /) -> bytes:
        """Return at most so many bytes; none at the end.

        Raises:
            GoxrayError: the content breaks the rules of its kind further on; the message says where.
            OSError: reading failed.
        """
        while not self._held:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._held = part
        given, self._held = self._held[:size], self._held[size:]
        return given

    def parts(self) -> Iterator[bytes]:
        """Yield all that is left, as it comes."""
        while data := self.read(1 << 30):
            yield data

    @property
    def counts(self) -> MaskCounts:
        """What was done so far."""
        stats = self._stats
        return MaskCounts(
            rules=self._chosen.names if self.masks else (),
            key_id=self._key_id,
            lines=stats.lines,
            json=stats.json,
            text=stats.text,
            repeated=stats.repeated,
            masked={kind: count for kind, count in sorted(stats.masked.items()) if count},
            dropped={reason: count for reason, count in sorted(stats.dropped.items()) if count},
        )


@contextmanager
def masked(
    path: Path, chosen: Chosen, key: bytes | bytearray, *, form: Form | None = None, workers: int = 1
) -> Iterator[Content]:
    """Give a file's content as it is masked.

    Args:
        path: the file; its name and its first bytes say of what kind it is.
        chosen: the rules.
        key: the masking key.
        form: the kind, where the file does not tell it.
        workers: processes for a log; 0 takes one for each processor. Other kinds are masked in this process.

    Raises:
        UsageError: the file cannot be read, or is of a kind that cannot be masked; the key is too short.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            content = of_stream(file, path.name, chosen, key, form=form, workers=workers)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be read: {error.strerror}", hint="name a file that you can read"
            ) from error
        yield content


def of_stream(
    file: BinaryIO,
    name: str,
    chosen: Chosen,
    key: bytes | bytearray,
    *,
    form: Form | None = None,
    workers: int = 1,
) -> Content:
    """Return what is read from a file or pipe as it is masked; ``name`` is the file's name, or what to call it.

    A log comes through as it grows: nothing waits for more than the line that is being written.

    Raises:
        UsageError: as for ``masked``.
        OSError: reading failed.
    """
    rules, secret, stats = chosen.rules, bytes(key), Stats()
    key_id = Tokens(secret).key_id
    head, ended = sniff.head_of(file)
    found = form or sniff.form_of(head, name, rules, whole=ended)
    whole = cast(BinaryIO, _Whole(head, file))
    if found == "snapshot":
        sniff.check_snapshot(file, name)
        return Content(found, chosen, "", _as_it_is(whole), stats)
    if found == "lines":
        parts = stream.parts(whole, rules, secret, stats, workers=workers)
    else:
        parts = _FORMS[found](whole, name, rules, secret, stats)
    return Content(found, chosen, key_id, parts, stats)


def _as_it_is(file: BinaryIO) -> Iterator[bytes]:
    while data := file.read(_PIECE):
        yield data


class _Whole(io.BufferedIOBase):
    """What was read to see of what kind it is, and then the rest."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest
        self._read1: Callable[[int], bytes] = getattr(rest, "read1", rest.read)

    def readable(self) -> bool:
        """Say that it can be read from."""
        return True

    def peek(self, _size: int = 0, /) -> bytes:
        """Return what was read to see of what kind it is."""
        return self._head

    def read1(self, size: int = -1, /) -> bytes:
        """Read what is there, at most as much as is asked for."""
        size = size if size >= 0 else _PIECE
        given, self._head = self._head[:size], self._head[size:]
        return given or self._read1(size)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as much as is asked for, less only at the end."""
        wanted = size if size is not None and size >= 0 else 1 << 62
        given: list[bytes] = []
        while wanted > 0 and (data := self.read1(min(wanted, _PIECE))):
            given.append(data)
            wanted -= len(data)
        return b"".join(given)
