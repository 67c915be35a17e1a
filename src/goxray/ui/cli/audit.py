"""``goxray audit``: source trees and binaries against the rules of regulated systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import click

from goxray.core.audit_result import PROFILES, SEVERITIES
from goxray.render import FORMATS_OF, write
from goxray.render.safe import printable
from goxray.ui.cli.answers import STATUS_PARTIAL, format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.core.audit_result import AuditResult, Severity

STATUS_FOUND = 1
_MOST_LINES = 10
_WIDTH = 200
_RULES = "rules"


class AuditCommand(click.Command):
    """``audit PATH...`` with ``audit rules`` beside it: the word ``rules`` in the first place is the catalogue's."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Hand ``rules`` and what follows to its own command."""
        if args and args[0] == _RULES:
            from goxray.ui.cli.audit_rules import rules
            from goxray.ui.cli.sealing import make_sealable

            make_sealable(rules)
            return rules.make_context(f"{info_name} {_RULES}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


_FILE = click.Path(exists=True, dir_okay=False)
_FOLDER = click.Path(exists=True, file_okay=False)

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path()),
    click.option(
        "--profile", type=click.Choice(PROFILES), help="Which demands hold. [default: the policy's, else default]"
    ),
    click.option(
        "--policy", type=_FILE, metavar="FILE", help="What the organisation demands. [default: the nearest goxray.toml]"
    ),
    click.option(
        "--format",
        "fmt",
        type=click.Choice(FORMATS_OF["audit"]),
        help="How to write the report. [default: by -o's name, else table]",
    ),
    click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when complete (mode 0600)."),
    language_option(),
    click.option("-v", "--verbose", is_flag=True, help="Show every finding with the evidence behind it."),
    click.option(
        "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 where a finding is that severe and not accepted."
    ),
    click.option(
        "--baseline", type=_FILE, metavar="FILE", help="Accept the findings of FILE: a baseline or a report as JSON."
    ),
    click.option("--write-baseline", metavar="FILE", help="Write the findings that are not accepted to FILE."),
    click.option("--diff", metavar="REV", default="", help="Findings that git revision REV has already are old ones."),
    click.option("--types", is_flag=True, help="Ask your Go toolchain for exact types (it compiles nothing of yours)."),
    click.option("--go", metavar="GO", default="", help="Which one: a release (1.26), a GOROOT, a go command."),
    click.option(
        "--vulndb", type=_FOLDER, metavar="DIR", help="Advisories as OSV files, such as a copy of vuln.go.dev."
    ),
    click.option("--cover", type=_FILE, metavar="FILE", help="A profile of go test -coverprofile, for the figures."),
    click.option("--openapi", type=_FILE, metavar="FILE", help="An OpenAPI file, held against the routes in code."),
    click.option(
        "--manifests",
        multiple=True,
        type=click.Path(exists=True),
        metavar="DIR",
        help="Rendered manifests of one environment; give it once for each, two or more.",
    ),
    click.option(
        "--exclude", multiple=True, metavar="PATTERN", help="Leave out paths such as '*_gen.go' or 'third_party/...'."
    ),
    click.option("--vendor", is_flag=True, help="Look at the code of vendor directories too."),
    click.option("--no-cache", is_flag=True, help="Keep nothing, and use nothing that an earlier run kept."),
)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Put the arguments and options on the command, in the order above."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


@click.command(
    cls=AuditCommand,
    epilog="""\b
Examples:
  goxray audit .                              the module here, by the nearest goxray.toml
  goxray audit . ./bin/service                and the binary, held against its source
  goxray audit . --profile mlps3 --lang zh -o audit.html
  goxray audit . --fail-on high --diff origin/main    what a change brings, for a gate
  goxray audit . --write-baseline old.json    take it up: later runs with --baseline old.json
  goxray audit . --format sarif -o audit.sarif        for code-scanning viewers
  goxray audit rules CRY004                   one rule: what, why, clause, bad, good

\b
//goxray:ignore RULE until=2027-01-31 REASON  on a line or above it accepts a finding there;
in configuration with #. Nothing is fetched, and nothing of what is audited is run.
Exit status: 0 done, 1 --fail-on reached, 2 wrong usage, 3 failed, 4 some files could not be read.""",
)
@_options
def audit(paths: tuple[str, ...], **given: Any) -> None:
    """Hold Go source and binaries against the rules of regulated systems; each finding has clause, evidence and fix.

    PATH is a module, a workspace, a Go binary, or a directory of any of them. audit rules [ID] shows the rules.
    """
    if not paths:
        raise click.UsageError("name a module, a workspace or a Go binary: goxray audit .")
    if given["go"] and not given["types"]:
        raise click.UsageError("--go says which toolchain --types asks; give both")
    output = given["output"]
    fmt = _format(given["fmt"], output)
    with opened(output) as out:
        from goxray import api_audit

        with Progress() as progress:
            result = api_audit.audit(
                paths,
                **{name: given[name] for name in _TO_FACADE},
                cache=not given["no_cache"],
                progress=progress,
            )
        options = replace(render_options(output, given["lang"]), verbose=given["verbose"])
        write(result, fmt, out, options, "audit")
    if given["write_baseline"] is not None:
        with opened(given["write_baseline"]) as out:
            out.write(api_audit.baseline_text(result).encode())
    _end(result, fmt, output, given["fail_on"])


_TO_FACADE = (
    "profile", "policy", "exclude", "vendor", "baseline", "diff", "types", "go", "vulndb", "cover", "openapi",
    "manifests",
)  # fmt: skip
"""Options that go to the facade as they are."""


def _format(fmt: str | None, output: str | None) -> str:
    """Return the format that is asked for, or that the file's name tells; .sarif is the audit's own ending."""
    if fmt is None and output is not None and output.lower().endswith((".sarif", ".sarif.json")):
        return "sarif"
    return format_of(fmt, output, FORMATS_OF["audit"], "audit")


def _end(result: AuditResult, fmt: str, output: str | None, fail_on: Severity | None) -> None:
    """Say on stderr what a reader of the output would miss, and leave with the run's status."""
    from goxray import api_audit

    failed = [each for each in result.unhealthy if each.status == "failed"]
    if fmt != "table" or output is not None:
        for each in failed[:_MOST_LINES]:
            click.echo(f"goxray: {printable(each.path)}: {printable(each.detail)[:_WIDTH]}", err=True)
        if len(failed) > _MOST_LINES:
            click.echo(f"goxray: and {len(failed) - _MOST_LINES} more files could not be read", err=True)
    over = fail_on is not None and api_audit.reached(result, fail_on)
    click.get_current_context().exit(STATUS_FOUND if over else STATUS_PARTIAL if failed else 0)
