"""A rule as a page of Markdown, the same for ``goxray audit rules``, SARIF's help and the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.render import audit_story as story
from goxray.render.md_lab import plain
from goxray.render.safe import printable
from goxray.render.text_audit_rules import looks_at
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.core.audit_result import RuleInfo
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_TEXTS = ("what", "why", "fix")
_EXAMPLES = ("bad", "good")
_GO_ALONE = frozenset({"source", "binary"})


def write_md(rules: Sequence[RuleInfo], out: BinaryIO, options: RenderOptions) -> None:
    """Write rules as Markdown, a section each."""
    lines: list[str] = []
    for rule in rules:
        lines += [f"## {heading(rule, options.lang)}", "", *page_lines(rule, options.lang), ""]
    out.write(("\n".join(lines).rstrip("\n") + "\n").encode("utf-8", "backslashreplace"))


def heading(rule: RuleInfo, lang: Lang) -> str:
    """Return a rule's id and title as a heading's text."""
    return f"{plain(rule.id)} {plain(story.said(rule.title, lang))}"


def page_lines(rule: RuleInfo, lang: Lang) -> Iterator[str]:
    """Yield a rule's page below its heading: severity, clause with its certainty, what, why, fix, bad and good."""
    colon = "：" if lang == "zh" else ": "
    rows = [
        ("severity", say(f"audit.severity.{rule.severity}", lang)),
        ("clause", plain(story.clause_in_full(rule.clause, lang))),
        ("evidence", looks_at(rule, lang)),
        ("profiles", ", ".join(f"`{each}`" for each in rule.profiles)),
    ]
    yield from (f"- **{say(f'audit.rules.{name}', lang)}**{colon}{told}" for name, told in rows)
    for name in _TEXTS:
        yield from ("", f"**{say(f'audit.rules.{name}', lang)}**{colon}{plain(story.said(getattr(rule, name), lang))}")
    for name in _EXAMPLES:
        yield from ("", f"**{say(f'audit.rules.{name}', lang)}**{colon.rstrip()}", "")
        yield from _block(getattr(rule, name), "go" if _GO_ALONE.issuperset(rule.evidence) else "text")


def _block(code: str, language: str) -> Iterator[str]:
    fence = "```"
    while fence in code:
        fence += "`"
    yield f"{fence}{language}"
    yield from (printable(line.replace("\t", "    ")) for line in code.split("\n"))
    yield fence
