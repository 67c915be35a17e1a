"""``goxray vault seal``: files into the vault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.render.safe import printable
from goxray.ui.cli.passphrase import asking
from goxray.ui.cli.vault_params import (
    complete_keys,
    key_option,
    passphrase_option,
    show,
    shown_options,
    told,
    vault_option,
    who_option,
)

if TYPE_CHECKING:
    from goxray.core.vault_result import BundleSealed
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray vault seal service.log --mask all             mask what is personal, then seal
  goxray vault seal before.gox after.gox --class incident
  goxray vault seal app.jsonl --mask phone,idcard --mask customer.name
  goxray vault seal core.4242 --for ops --for audit    either of the two can open it
  goxray vault seal dump.csv --mask bank.toml --name monday.csv --who wang@ops

\b
WHAT of --mask, a comma list: `all` (the default rules), kinds (phone idcard bankcard email name
address ip), a field's name or path (customer.mobile), a file of rules (*.toml).
Masked is not anonymous: equal values have equal tokens, so that lines can still be joined, and
who has the masking key can test a guess. Detectors in free text do not find everything.
A bundle's header is readable by everybody: no secrets in --name, --kind or --class.
Exit status: 0 done, 2 wrong usage, 3 failed. Where one of several files fails, those before it
are sealed and shown."""
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@vault_option()
@click.option(
    "--for",
    "recipients",
    metavar="KEY",
    multiple=True,
    shell_complete=complete_keys,
    help="Who can open it: name or id of a key; may be given more than once.  [default: your own key]",
)
@click.option("--mask", metavar="WHAT", multiple=True, help="Mask this first; may be given more than once.")
@click.option(
    "--class", "retention", metavar="CLASS", default="default", show_default=True, help="How long: see vault policy."
)
@click.option("--name", metavar="NAME", default="", help="Name that opening gives the file.  [default: FILE's own]")
@click.option("--kind", metavar="KIND", default="", help="What it is, a word.  [default: snapshot or file]")
@key_option()
@passphrase_option()
@who_option()
@shown_options()
def seal(
    files: tuple[Path, ...],
    place: Path | None,
    recipients: tuple[str, ...],
    mask: tuple[str, ...],
    retention: str,
    name: str,
    kind: str,
    key: str,
    passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Seal files into the vault: each is masked if you say so, encrypted, signed, and told of in the log.

    A bundle has a random key of its own, wrapped for each recipient by SM2; content is sealed in chunks by SM4-GCM
    at constant memory. FILE itself is left where it is.
    """
    if name and len(files) > 1:
        raise UsageError("--name names one file, and there are several", hint="seal them one by one")
    from goxray import api_vault

    sealed: list[BundleSealed] = []
    try:
        with asking(passphrase_file) as ask:
            for file in files:
                with told(f"sealing {printable(file.name)}") as progress:
                    sealed.append(
                        api_vault.seal(
                            place,
                            file,
                            ask=ask,
                            recipients=recipients,
                            mask=mask,
                            retention=retention,
                            name=name,
                            kind=kind,
                            key=key,
                            who=who,
                            progress=progress,
                        )
                    )
    finally:
        if sealed:
            show(tuple(sealed), fmt, lang, place)
            _say_what_stays(files[: len(sealed)], lang)


def _say_what_stays(files: tuple[Path, ...], lang: Lang) -> None:
    from goxray.render.words import say

    names = ("、" if lang == "zh" else ", ").join(printable(str(file)) for file in files)
    click.echo(say("vault.sealed.original", lang, n=len(files), file=names), err=True)
