"""What the commands of the vault share: options (where it is, who is at it, which key), and how results are shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.render.words import Lang

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

COMMAND = "vault"
"""The renderers of all results of the vault."""


def vault_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--vault`` option; None is the user's own vault."""
    return click.option(
        "--vault",
        "place",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="The vault's directory (else GOXRAY_VAULT, else goxray/vault in your data directory).",
    )


def passphrase_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--passphrase-file`` option."""
    return click.option(
        "--passphrase-file",
        "passphrase_file",
        metavar="FILE",
        help="File that holds the passphrase, mode 0600; - is standard input (also GOXRAY_PASSPHRASE_FILE). "
        "Without it the terminal is asked.",
    )


def new_passphrase_option(without: str) -> Callable[[_Decorated], _Decorated]:
    """Return the ``--new-passphrase-file`` option; ``without`` says what happens where it is not given."""
    return click.option(
        "--new-passphrase-file",
        "new_passphrase_file",
        metavar="FILE",
        help=f"File that holds the new passphrase. {without}",
    )


def who_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--who`` option."""
    return click.option("--who", metavar="NAME", default="", help="Who does this, for the log.  [default: user@host]")


def key_option(what: str = "The key of your own that signs") -> Callable[[_Decorated], _Decorated]:
    """Return the ``--key`` option."""
    return click.option(
        "--key",
        metavar="KEY",
        default="",
        shell_complete=complete_keys,
        help=f"{what}: name or id, where there are several (also GOXRAY_VAULT_KEY).",
    )


def complete_bundles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the ids of the vault's bundles, else files; nothing is opened."""
    del param
    place = _place_of(ctx)
    ids = sorted(path.name.removesuffix(".goxs") for path in place.glob("bundles/*.goxs"))
    found = [CompletionItem(each) for each in ids if each.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def complete_keys(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of the vault's keys; what cannot be read is left out."""
    del param
    names = set()
    for path in _place_of(ctx).glob("keys/*.key.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            names.add(str(json.loads(path.read_bytes())["name"]))
    return [CompletionItem(each) for each in sorted(names) if each.startswith(incomplete)]


def _place_of(ctx: click.Context) -> Path:
    from goxray.vault.store import default_place

    return ctx.params.get("place") or default_place()


def trust_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--trust`` option."""
    return click.option(
        "--trust",
        metavar="KEY",
        multiple=True,
        shell_complete=complete_keys,
        help="Whose signatures count: name or id of a key of the vault, or a file of a public key; may be given "
        "more than once.  [default: every key of the vault]",
    )


def anchor_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--anchor`` option."""
    return click.option(
        "--anchor",
        "anchors",
        metavar="FILE",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Heads of the log that were exported and kept elsewhere; may be given more than once.",
    )


def shown_options() -> Callable[[_Decorated], _Decorated]:
    """Return ``--format`` and ``--lang``."""

    def decorate(command: _Decorated) -> _Decorated:
        choice = click.Choice(FORMATS_OF[COMMAND])
        formats = click.option(
            "--format", "fmt", type=choice, default="table", show_default=True, help="How to write the result."
        )
        return formats(language_option()(command))

    return decorate


def show(result: object, fmt: str, lang: Lang, place: Path | None = None) -> None:
    """Write a result of the vault to standard output; the commands that it names have the same ``--vault``."""
    options = replace(render_options(None, lang), vault=str(place) if place is not None else "")
    with opened(None) as out:
        write(result, fmt, out, options, COMMAND)


@contextmanager
def told(phase: str) -> Iterator[Callable[[int, int], None]]:
    """Give what is told of bytes done and all bytes: a line on the terminal, once there is something to tell.

    It does not begin before: the passphrase is asked for on the same terminal.
    """
    with ExitStack() as stack:
        lines: list[Progress] = []

        def tell(done: int, everything: int) -> None:
            if not lines:
                lines.append(stack.enter_context(Progress()))
            lines[0](phase, done / everything if everything else 0.0)

        yield tell
