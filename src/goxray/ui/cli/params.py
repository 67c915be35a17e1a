"""Values that people type, read once and the same way by every command."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from goxray.core.errors import UsageError
from goxray.core.units import parse_size
from goxray.render.words import LANGS

_ARCHES = ("amd64", "arm64", "loong64")
_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


def size(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """Read an option's value as a size in bytes: 4096, 64KiB, 10MB, 1g."""
    try:
        return parse_size(value)
    except UsageError as error:
        raise click.BadParameter(f"{error}; {error.hint}", ctx, param) from error


def language_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--lang`` option of commands that write for people."""
    return click.option(
        "--lang",
        type=click.Choice(LANGS),
        default="en",
        envvar="GOXRAY_LANG",
        show_default=True,
        help="Language of tables and pages (also GOXRAY_LANG).",
    )


def types_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--types`` option of commands that read a Go type."""
    return click.option(
        "--types",
        "files",
        multiple=True,
        metavar="FILE.go",
        help="A Go file, or a directory of one package, that declares the types; may be given more than once.",
    )


def arch_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--arch`` option of commands that predict for a machine."""
    return click.option(
        "--arch", type=click.Choice(_ARCHES), default="amd64", show_default=True, help="GOARCH of the program."
    )


def wants_color(terminal: bool) -> bool:
    """Return whether to write colours: NO_COLOR forbids, FORCE_COLOR or CLICOLOR_FORCE demands, else terminals do."""
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and os.environ.get("TERM") != "dumb"
