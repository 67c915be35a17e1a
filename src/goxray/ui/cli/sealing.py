"""``--seal VAULT``, which every command has: what it would write goes into a vault instead, sealed as it comes.

A command knows nothing of it. It runs as if ``-o`` named a file; what it writes to that file and to standard output is
taken on its way (:func:`goxray.ui.cli.output.into`) and stands nowhere in the clear.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goxray.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.core.vault_result import BundleSealed
    from goxray.render.words import Lang
    from goxray.vault.custody.sealing import Sealing

_STDOUT = "-"
_PLACE = "seal"
_MASKS_BY = "vault"
"""The parameter of a command that opens a vault itself, which may be the same."""

_OUTPUTS = ("emit_go", "output")
"""Parameters that name the file which is a command's output, where one is given; the first one that is."""

_ENDINGS = {"table": "txt", "pprof": "pb.gz", "perfetto": "trace.json", "cyclonedx": "cdx.json"}
"""Endings of file names by format; others are called as their format is."""

_BESIDE = ("audit", "lab run", "lab new")
"""Commands that keep something beside their output, for later runs of goxray: it stays where these find it."""

_ENDINGS_OF = {"snapshot": "gox", "mask": "jsonl"}
"""Those of commands that have one format and do not name it."""


def _options() -> list[click.Option]:
    """Return the options, new ones for each command: click keeps state in none of them, and tests may."""
    return [
        click.Option(
            ["--seal", _PLACE],
            metavar="VAULT",
            help="Write the output into this vault, sealed, and nowhere else; -o only names it then.",
        ),
        click.Option(
            ["--seal-for", "seal_for"],
            metavar="KEY",
            multiple=True,
            help="Whose key opens it: name or id; may be given more than once.  [default: your own]",
        ),
        click.Option(
            ["--seal-class", "seal_class"],
            metavar="CLASS",
            help="How long it is kept: a class of the vault's policy.  [default: default]",
        ),
        click.Option(
            ["--passphrase-file", "passphrase_file"],
            metavar="FILE",
            help="With --seal: your key's passphrase, mode 0600 (also GOXRAY_PASSPHRASE_FILE, else asked for).",
        ),
    ]


def make_sealable(command: click.Command) -> None:
    """Give a command, or each command of a group, the options of ``--seal``; what it has of them is left as it is."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            make_sealable(each)
        return
    there = {param.name for param in command.params}
    if _PLACE in there or command.callback is None:
        return
    added = [option for option in _options() if option.name not in there]
    command.params.extend(added)
    command.callback = _sealable(command.callback, frozenset(str(option.name) for option in added))


def _sealable(callback: Callable[..., Any], added: frozenset[str]) -> Callable[..., Any]:
    """Return the function behind a command with ``--seal`` around it; it sees none of the options that were added."""

    @wraps(callback)
    def run(*args: Any, **given: Any) -> Any:
        asked = _Asked(
            place=given[_PLACE],
            recipients=given["seal_for"],
            retention=given["seal_class"] or "",
            passphrase_file=given["passphrase_file"],
        )
        given = {name: value for name, value in given.items() if name not in added}
        if asked.place is None:
            _refuse_alone(asked, added)
            return callback(*args, **given)
        command = _command()
        path, name = _names(command, given)
        if "output" in given:
            given["output"] = path
        lang: Lang = given.get("lang", "en")
        value, status = None, None
        with _sealed(asked, path, name, command, isinstance(given.get(_MASKS_BY), Path)) as sealing:
            try:
                value = callback(*args, **given)
            except click.exceptions.Exit as left:  # not an error: how commands say their status
                status = left
        _tell(sealing.sealed, asked.place, lang)
        _tell_beside(command, given, lang)
        if status is not None:
            raise status
        return value

    return run


@dataclass(frozen=True)
class _Asked:
    """What the options say."""

    place: str | None
    recipients: tuple[str, ...]
    retention: str
    passphrase_file: str | None


def _refuse_alone(asked: _Asked, added: frozenset[str]) -> None:
    """Refuse options that mean nothing without ``--seal``: whoever gives them believes that something is sealed."""
    for option, value in (
        ("--seal-for", asked.recipients),
        ("--seal-class", asked.retention),
        ("--passphrase-file", "passphrase_file" in added and asked.passphrase_file),
    ):
        if value:
            raise click.UsageError(f"{option} says how --seal VAULT seals, and there is no --seal")


def _command() -> str:
    """Return the command's name without the program's: ``gc read``."""
    names: list[str] = []
    context: click.Context | None = click.get_current_context()
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    return " ".join(names)


def _names(command: str, given: dict[str, Any]) -> tuple[str, str]:
    """Return the path that the command shall believe to write to, and the content's name in the bundle."""
    path = next((given[name] for name in _OUTPUTS if given.get(name) not in (None, _STDOUT)), None)
    if path is None:
        fmt = given.get("fmt") or "table"
        name = f"{command.replace(' ', '-')}.{_ENDINGS_OF.get(command) or _ENDINGS.get(fmt, fmt)}"
        return name, name
    name = Path(path).name
    if not name:
        raise UsageError(f"{path} names no file", hint="with --seal, -o is the name in the vault: -o report.html")
    return path, name


@contextmanager
def _sealed(asked: _Asked, path: str, name: str, command: str, lends: bool) -> Iterator[Sealing]:
    """Take what the block writes into the vault; an error in it leaves nothing there.

    The passphrase is wiped once the vault is open. It is kept where the command ``lends`` it: needs one of a vault too,
    which may be the same.
    """
    from goxray import api_vault
    from goxray.ui.cli.output import into
    from goxray.ui.cli.passphrase import asking

    assert asked.place is not None
    how: dict[str, Any] = {"retention": asked.retention} if asked.retention else {}
    place = Path(asked.place)
    with ExitStack() as stack, ExitStack() as passphrase:
        ask = passphrase.enter_context(asking(asked.passphrase_file, vault=place, lends=lends))
        sealing = stack.enter_context(
            api_vault.sealing(
                place, ask=ask, name=name, kind=command.replace(" ", "-"), recipients=asked.recipients, **how
            )
        )
        if not lends:
            passphrase.close()
        stack.enter_context(into(sealing.sink, path))
        yield sealing


def _tell(sealed: BundleSealed, place: str, lang: Lang) -> None:
    """Say on stderr in one line where the output is."""
    from goxray.core.units import format_bytes
    from goxray.render.safe import printable
    from goxray.render.words import say

    row = sealed.bundle
    told = say(
        "sealing.done",
        lang,
        id=row.id,
        name=printable(row.name),
        bytes=format_bytes(row.content_bytes or 0),
        place=printable(place),
    )
    click.echo(f"goxray: {told}{say('sealing.due', lang, due=row.due[:10]) if row.due else ''}", err=True)


def _tell_beside(command: str, given: dict[str, Any], lang: Lang) -> None:
    """Say what is not in the vault: whoever seals must know what stands in the clear."""
    from goxray.render.words import say

    if command in _BESIDE and not given.get("no_cache"):
        told = say("sealing.beside." + command.replace(" ", "-"), lang)
        click.echo(f"goxray: {told}", err=True)
