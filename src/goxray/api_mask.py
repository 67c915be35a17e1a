"""Masking of logs and files: what ``goxray mask`` offers to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from goxray.core.vault_result import MaskCounts
    from goxray.vault.mask.sniff import Form

__all__ = ["fresh_key", "mask", "new_key", "read_key", "rules_text"]

FORMS = ("lines", "json", "csv", "html", "markdown")
"""The kinds of content that are masked; a snapshot of goxray holds nothing to mask."""


def mask(
    source: BinaryIO,
    write: Callable[[bytes], object],
    *,
    key: bytes | bytearray,
    name: str = "standard input",
    what: Sequence[str] = ("all",),
    rule_files: Sequence[Path] = (),
    form: Form | None = None,
    workers: int = 1,
) -> MaskCounts:
    """Mask all that ``source`` gives, piece by piece, in constant memory; return what was counted.

    Args:
        source: a log or a file; it is read once.
        write: takes what is masked, as it comes.
        key: the masking key, at least 16 bytes.
        name: the file's name, which tells of what kind it is, or what to call it in errors.
        what: ``all``, kinds, fields and rule files, as ``goxray.vault.mask.choose`` says; none is needed
            where there are rule files.
        rule_files: more rule files, whatever their names.
        form: what it is, where neither its name nor its first bytes tell.
        workers: processes for a log, 0 for one a processor.

    Raises:
        UsageError: a rule or the key makes no sense, or the content is of a kind that cannot be masked.
        GoxrayError: the content breaks the rules of its kind; what was written so far is masked.
        OSError: reading or writing failed.
    """
    from goxray.vault.mask import choose, content

    chosen = choose.choose(what, rule_files)
    masked = content.of_stream(source, name, chosen, key, form=form, workers=workers)
    for part in masked.parts():
        write(part)
    return masked.counts


def rules_text() -> str:
    """Return the rule file that comes with goxray."""
    from goxray.vault.mask import rules

    return rules.default_text()


def fresh_key() -> bytearray:
    """Return a random key that nobody keeps: its tokens join within one run."""
    from goxray.vault.mask import keyfile

    return bytearray(keyfile.fresh())


def new_key(path: Path) -> str:
    """Make a key file, mode 0600, never over an existing one; return the key's id.

    Raises:
        UsageError: it cannot be made there.
    """
    from goxray.vault.mask import keyfile, tokens

    return tokens.Tokens(keyfile.new(path)).key_id


def read_key(path: Path) -> bytearray:
    """Return the key in a key file.

    Raises:
        UsageError: it cannot be read, or others can read it.
        BadKey: it holds none.
    """
    from goxray.vault.mask import keyfile

    return keyfile.read(path)
