"""The two things all parts of the page share: escaping, and texts that are there in both languages at once.

Both languages are written into the page and the style sheet hides one, so the switch needs no reload and the first
sight needs no script.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from goxray.render.safe import printable
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from goxray.render.words import Lang


def text(value: str) -> str:
    """Escape a foreign string for element content or a quoted attribute."""
    return escape(printable(value), quote=True)


def both(key: str, /, *, tag: str = "span", **values: str | int) -> str:
    """Return a catalogue text in both languages, as element content; ``tag`` is ``tspan`` inside drawings."""
    return spans({lang: say(key, lang, **values) for lang in LANGS}, tag)


def spans(texts: dict[Lang, str], tag: str = "span") -> str:
    """Return texts that are already in both languages, as element content."""
    if len(set(texts.values())) == 1:
        return text(next(iter(texts.values())))
    return "".join(f'<{tag} lang="{lang}">{text(words)}</{tag}>' for lang, words in texts.items())


def attribute(name: str, key: str, first: Lang, /, **values: str | int) -> str:
    """Return an attribute with a catalogue text: ``first``'s now, the script swaps it when the language changes."""
    told = {lang: text(say(key, lang, **values)) for lang in LANGS}
    others = " ".join(f'data-{lang}-{name}="{words}"' for lang, words in told.items())
    return f'{name}="{told[first]}" {others}'


def number(value: float) -> str:
    """Return a coordinate with at most one decimal: shorter files, no visible loss."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def swatch(kind: str, extra: str = "") -> str:
    """Return a legend's square in the colour of that style class."""
    return (
        f'<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true"><path class="{kind}" d="M0 0h14v14h-14z"/>'
        f"{extra}</svg>"
    )
