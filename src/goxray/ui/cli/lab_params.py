"""What the commands of ``goxray lab`` that read the catalogue have in common: which experiments, where results are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from goxray.lab.experiment import TOPICS

if TYPE_CHECKING:
    from goxray.core.lab_result import ClaimInfo

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


def complete_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the ids of the experiments that come with goxray; nothing is read but their folders' names."""
    from goxray.lab.catalogue import SHIPPED

    del ctx, param
    ids = sorted(path.parent.name for path in SHIPPED.glob("*/claim.toml"))
    return [CompletionItem(each) for each in ids if each.startswith(incomplete)]


def ids_argument(*, required: bool) -> Callable[[_Decorated], _Decorated]:
    """Return the argument that names experiments, claims (``C000-46``) or articles (``C000``)."""
    return click.argument("ids", metavar="ID...", nargs=-1, required=required, shell_complete=complete_ids)


def topic_option() -> Callable[[_Decorated], _Decorated]:
    """Return the ``--topic`` option."""
    told = f"Only experiments of this topic: {', '.join(TOPICS)}."
    return click.option("--topic", type=click.Choice(TOPICS), default=None, metavar="TOPIC", help=told)


def folders_option() -> Callable[[_Decorated], _Decorated]:
    """Return the option that names folders of experiments beside those that come with goxray."""
    return click.option(
        "--experiments",
        "folders",
        multiple=True,
        metavar="DIR",
        help="A directory with experiments of your own; may be given more than once.",
    )


def results_option() -> Callable[[_Decorated], _Decorated]:
    """Return the option that names where the raw results of runs are."""
    return click.option(
        "--results", metavar="DIR", default=None, help="Where results are kept. [default: goxray's cache]"
    )


def asked_for(ids: tuple[str, ...], claims: tuple[ClaimInfo, ...]) -> tuple[ClaimInfo, ...]:
    """Return the claims to show: those named by id or article, all where an experiment is named as a whole."""
    named = tuple(claim for claim in claims if any(_names(name, claim) for name in ids))
    whole = {name for name in ids if any(claim.experiment == name for claim in claims)} or "all" in ids or not ids
    return claims if whole else named


def _names(name: str, claim: ClaimInfo) -> bool:
    return claim.id == name or claim.id.startswith(f"{name}-")
