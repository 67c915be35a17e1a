"""``--mask``, ``--mask-key`` and ``--unmasked``, for commands that show contents of a target's memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from goxray.core.errors import UsageError


def masking_options(shown_by: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options, as ``what``, ``mask_key`` and ``unmasked``; ``shown_by`` is the one that shows."""
    options = (
        click.option(
            "--mask",
            "what",
            metavar="WHAT",
            multiple=True,
            help=f"What {shown_by} masks: kinds, fields, rule files, as goxray mask takes them.  [default: all]",
        ),
        click.option(
            "--mask-key",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help=f"The key for what {shown_by} masks, from goxray mask --new-key.  [default: random, for this run]",
        ),
        click.option("--unmasked", is_flag=True, help=f"Let {shown_by} show contents as they are."),
    )

    def give(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return give


def masked_by(
    shown: bool, what: tuple[str, ...], mask_key: Path | None, unmasked: bool, missing: tuple[str, str]
) -> tuple[tuple[str, ...] | None, bytearray | None]:
    """Return what is masked of contents that are ``shown``, None for nothing, and the key, None for a random one.

    Raises:
        UsageError: The options contradict each other, are given where nothing is shown (``missing`` says what they
            are for, and how to ask for it), or there is no such key.
    """
    asked = {"--mask": bool(what), "--mask-key": mask_key is not None, "--unmasked": unmasked}
    first = next((name for name, given in asked.items() if given), "")
    if first and not shown:
        raise UsageError(f"{first} is for {missing[0]}", hint=f"add {missing[1]}")
    if unmasked and first != "--unmasked":
        raise UsageError(f"{first} and --unmasked contradict each other", hint="leave one of them out")
    if mask_key is None:
        return None if unmasked else what or ("all",), None
    from goxray import api_mask

    return what or ("all",), api_mask.read_key(mask_key)
