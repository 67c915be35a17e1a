"""The page around the reports: template, style and script from the package's data, language switch, policy.

The page may run its own script and wear its own style, and fetch nothing at all.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, BinaryIO

from goxray import __version__
from goxray.render.html.markup import attribute, both, spans, text
from goxray.render.story import headline, unverified_line
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from goxray.core.result import Fault
    from goxray.render.options import RenderOptions
    from goxray.render.story import Looked
    from goxray.render.words import Lang

_MOST_FAULTS = 200


@dataclass(frozen=True)
class Shell:
    """What a command's page has of its own: its name and title, its sections, and assets beside the common ones."""

    command: str
    title: str
    names: str
    sections: str
    reports: str = ""
    styles: Sequence[str] = ("page.css",)
    scripts: Sequence[str] = ("page.js",)


def write_shell(shell: Shell, out: BinaryIO, options: RenderOptions) -> None:
    """Write a page as one self-contained HTML file in UTF-8."""
    style = "".join(_asset(name) for name in shell.styles)
    script = "".join(_asset(name) for name in shell.scripts)
    parts = {
        "lang": options.lang,
        "policy": f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'",
        "title": text(say(shell.title, options.lang, names=shell.names)),
        "titles": " ".join(f'data-{lang}="{text(say(shell.title, lang, names=shell.names))}"' for lang in LANGS),
        "command": shell.command,
        "style": style,
        "script": script,
        "skip": both("page.skip"),
        "language": attribute("aria-label", "page.language", options.lang),
        "reports": shell.reports,
        "sections": shell.sections,
        "made": both("page.made", version=__version__),
    }
    # One pass over the template: what a value holds is never looked at for placeholders again.
    pieces = _asset("page.html").split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        filled += [parts[name], rest]
    out.write("".join(filled).encode("utf-8", "backslashreplace"))


def _asset(name: str) -> str:
    return files("goxray.render.html").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return "sha256-" + b64encode(sha256(content.encode()).digest()).decode()


def short(result: Looked) -> str:
    """Return the executable's own name."""
    return result.target.exe.rpartition("/")[2] or result.target.exe


def stamp(result: Looked) -> str:
    """Return the stamp of a result that nobody has verified; empty for all others."""
    if not result.unverified:
        return ""
    return f'<p class="stamp" role="alert">{spans({lang: unverified_line(result, lang) for lang in LANGS})}</p>'


def chips(result: Looked) -> str:
    """Return what was looked at, as a list of words."""
    lines = {lang: headline(result, lang) for lang in LANGS}
    items = "".join(
        f"<li>{spans({lang: lines[lang][place] for lang in LANGS})}</li>" for place in range(len(lines["en"]))
    )
    return f'<ul class="chips">{items}</ul>'


def fault_items(faults: Sequence[Fault]) -> str:
    """Return the faults as list items, and how many more there are."""
    items = "".join(
        f"<li>{f'<code>{fault.addr:#x}</code> ' if fault.addr else ''}{text(fault.what)}</li>"
        for fault in faults[:_MOST_FAULTS]
    )
    if len(faults) > _MOST_FAULTS:
        items += f"<li>{both('faults.more', n=len(faults) - _MOST_FAULTS)}</li>"
    return items


def notes(said: Sequence[str]) -> str:
    """Return notes that are in one language alone as a section; empty where there are none."""
    return _notes(text(note) for note in said)


def notes_in(said: Mapping[Lang, Sequence[str]]) -> str:
    """Return notes in each language as a section; empty where there are none."""
    languages = list(said)
    return _notes(spans(dict(zip(languages, each, strict=True))) for each in zip(*said.values(), strict=True))


def _notes(marked: Iterable[str]) -> str:
    items = "".join(f"<li>{each}</li>" for each in marked)
    if not items:
        return ""
    return f'<section class="part"><h3>{both("notes.label")}</h3><ul>{items}</ul></section>'
