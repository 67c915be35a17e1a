"""``goxray mask``: a log or a file with its personal data masked, as a stream."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from goxray.core.errors import UsageError
from goxray.render import write
from goxray.ui.cli.output import on_stderr, opened, options_on, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.core.vault_result import MaskCounts
    from goxray.render.words import Lang
    from goxray.vault.mask.sniff import Form

_STDIN = "-"
_FORMS = ("lines", "json", "csv", "html", "markdown")
_PARALLEL = 32 << 20
"""Bytes from which on several processes are worth their start."""

_STATUS_PARTIAL, _STATUS_INTERRUPTED = 4, 130


@click.command(
    epilog="""\b
Examples:
  goxray mask --new-key mask.key                          once; keep it apart from what it masks
  goxray mask --key mask.key < service.log > masked.log   JSON lines, text, or both
  journalctl -o json -f -u pay | goxray mask --key mask.key | ship-logs
  goxray mask --key mask.key --mask phone,idcard,customer.ref=id service.log -o masked.log
  goxray mask --key mask.key customers.csv -o masked.csv  columns are fields
  goxray mask --show-rules > rules.toml                   the rules to begin with
  goxray mask --rules rules.toml --vault evidence service.log -o masked.log

\b
Equal values have equal tokens under one key, so that masked logs can still be joined, and nobody
finds a number by trying all of them without the key. Who has the key can: what comes out is
de-identified, not anonymous. Destroy the key when joining is over.
A line that cannot be masked is left out and counted.

\b
Exit status: 0 done, 2 wrong usage, 3 failed, 4 some lines were left out."""
)
@click.argument("source", metavar="[FILE|-]", default=_STDIN)
@click.option("--mask", "what", metavar="WHAT", multiple=True, help="What to mask: all, a kind (phone idcard bankcard "
              "email name address ip), a field (mobile, customer.mobile, ref=id, note=drop), a rule file (*.toml); "
              "with commas, or several times.  [default: all]")  # fmt: skip
@click.option("--rules", "rule_files", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
              help="Mask by this rule file (TOML).")  # fmt: skip
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path),
              help="The key for tokens, a file that only you can read.")  # fmt: skip
@click.option("--vault", "vault", metavar="DIR", type=click.Path(path_type=Path), help="Use that vault's masking key.")
@click.option("--once", is_flag=True, help="Use a random key that nobody keeps: tokens join within this run only.")
@click.option("--passphrase-file", metavar="FILE", help="With --vault: the file with the passphrase (mode 0600); "
              "else the terminal asks.")  # fmt: skip
@click.option("--who", metavar="NAME", default="", help="With --vault: who, for its log. [default: user@host]")
@click.option("--as", "form", type=click.Choice(_FORMS), help="What the input is, where its name and beginning do not "
              "tell.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=0), metavar="N", help="Processes for a log; 0: one a processor. "
              "[default: 0 for large files, else 1]")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option("--stats", metavar="FILE", help="Write what was counted as JSON (goxray.mask/1).")
@click.option("-q", "--quiet", is_flag=True, help="Print no counts on standard error.")
@click.option("--new-key", metavar="FILE", type=click.Path(path_type=Path),
              help="Make a key file (mode 0600, never over another), and do nothing else.")  # fmt: skip
@click.option("--show-rules", is_flag=True, help="Print the rules that come with goxray, and do nothing else.")
@language_option()
def mask(
    source: str,
    what: tuple[str, ...],
    rule_files: tuple[Path, ...],
    key_file: Path | None,
    vault: Path | None,
    once: bool,
    passphrase_file: str | None,
    who: str,
    form: Form | None,
    workers: int | None,
    output: str | None,
    stats: str | None,
    quiet: bool,
    new_key: Path | None,
    show_rules: bool,
    lang: Lang,
) -> None:
    """Mask telephone numbers, ID and bank cards, e-mail and IP addresses, names and addresses in a log or a file.

    Reads FILE or standard input, JSON lines and text by turns, in constant memory; a JSON document, CSV, HTML and
    Markdown as what they are. Fields are masked by rule, everything else where a detector finds something.
    """
    if show_rules or new_key is not None:
        _aside(new_key, output)
        return
    from goxray import api_mask

    _check_places(source, passphrase_file, output, stats)
    # Places for results first: one that cannot be written to must not cost a passphrase.
    with _interruptible(output), ExitStack() as stack:
        out = stack.enter_context(opened(output))
        counted = stack.enter_context(opened(stats)) if stats is not None else None
        file = stack.enter_context(_source(source))
        key = stack.enter_context(_key(key_file, vault, once, passphrase_file, who))
        counts = api_mask.mask(
            file,
            lambda data: (out.write(data), out.flush()),
            key=key,
            name="standard input" if source == _STDIN else Path(source).name,
            what=what or (() if rule_files else ("all",)),
            rule_files=rule_files,
            form=form,
            workers=_workers(file) if workers is None else workers,
        )
        if counted is not None:
            write(counts, "json", counted, render_options(stats, lang), "mask")
    _tell(counts, quiet, lang)
    click.get_current_context().exit(_STATUS_PARTIAL if counts.dropped else 0)


@contextmanager
def _interruptible(output: str | None) -> Iterator[None]:
    """Let an interrupt end the run with a line on what became of the output."""
    try:
        yield
    except KeyboardInterrupt:
        what = "what was written so far is masked" if output in (None, _STDIN) else f"{output} was not written"
        click.echo(f"goxray: interrupted; {what}", err=True)
        click.get_current_context().exit(_STATUS_INTERRUPTED)


def _check_places(source: str, passphrase_file: str | None, output: str | None, stats: str | None) -> None:
    if source == _STDIN and passphrase_file == _STDIN:
        raise UsageError("standard input cannot be both the log and the passphrase", hint="name a file for one of them")
    if stats is not None and os.path.realpath(stats) == os.path.realpath(output or _STDIN):
        raise UsageError("the counts and what is masked would go to the same place", hint="name another file: --stats")


def _aside(new_key: Path | None, output: str | None) -> None:
    """Do what is no masking: print the rules, or make a key."""
    from goxray import api_mask

    if new_key is None:
        with opened(output) as out:
            out.write(api_mask.rules_text().encode())
        return
    made = api_mask.new_key(new_key)
    click.echo(f"key {made} is in {new_key} (mode 0600): keep it apart from what it masks")


@contextmanager
def _source(source: str) -> Iterator[BinaryIO]:
    if source == _STDIN:
        why = "closed" if sys.stdin is None else "a terminal" if sys.stdin.isatty() else ""
        if why:
            raise UsageError(f"there is nothing to mask: standard input is {why}", hint="goxray mask FILE, or < FILE")
        yield sys.stdin.buffer
        return
    with ExitStack() as held:
        try:
            file = held.enter_context(open(source, "rb"))
        except OSError as error:
            raise UsageError(f"{source} cannot be read: {error.strerror}", hint="name a readable file") from error
        yield file


@contextmanager
def _key(
    key_file: Path | None, vault: Path | None, once: bool, passphrase_file: str | None, who: str
) -> Iterator[bytearray]:
    """Give the key, and wipe it behind the block."""
    if (key_file is not None) + (vault is not None) + once > 1:
        raise UsageError("--key, --vault and --once exclude each other", hint="name one key")
    if vault is not None:
        from goxray import api_vault
        from goxray.ui.cli.passphrase import asking

        with ExitStack() as stack:
            with asking(passphrase_file, vault=vault) as ask:  # wiped before the masking begins
                held = stack.enter_context(api_vault.masking_key(vault, ask=ask, who=who))
            yield held
        return
    if key_file is None and not once:
        raise UsageError(
            "masking needs a key: without one, telephone numbers are found by trying all of them",
            hint="goxray mask --new-key mask.key, then --key mask.key; or --vault DIR; or --once",
        )
    from goxray import api_mask

    key = api_mask.fresh_key() if key_file is None else api_mask.read_key(key_file)
    try:
        yield key
    finally:
        key[:] = bytes(len(key))


def _workers(file: BinaryIO) -> int:
    """Return how many processes to take: a pipe may be a log that grows, whose lines are to come through at once."""
    try:
        about = os.fstat(file.fileno())
    except (OSError, ValueError):
        return 1
    return 0 if stat.S_ISREG(about.st_mode) and about.st_size >= _PARALLEL else 1


def _tell(counts: MaskCounts, quiet: bool, lang: Lang) -> None:
    if quiet:
        return
    with on_stderr() as out:
        write(counts, "table", out, options_on(sys.stderr, lang), "mask")
