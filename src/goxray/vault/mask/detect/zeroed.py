"""Expressions that match wherever another would if the digits were others: what the shape of a text is judged by.

In a shape each digit is 0. Where an expression matches in a text, the one made of it here matches in the text's shape,
at the same place: each digit that it asks for may be 0 instead. The opposite does not hold. That needs expressions in
which "not this digit" is never said, which is checked.
"""

from __future__ import annotations

import re

_ESCAPED = r"\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\U[0-9A-Fa-f]{8}|\\[^0-9]"
_ESCAPE = re.compile(_ESCAPED, re.DOTALL)
_ATOM = re.compile(
    rf"{_ESCAPED}|\{{[0-9,]+\}}|\[\^?(?:{_ESCAPED}|[^\]\\])+\]|\(\?<?[=!:]|\(\?[a-zP]|[()]|[^\\\[]", re.DOTALL
)


def zeroed(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Return the expression for shapes.

    Raises:
        ValueError: it says which digit must not stand somewhere, or refers back; it has no such form.
    """
    out: list[str] = []
    groups: list[bool] = []
    at = 0
    while at < len(pattern.pattern):
        match = _ATOM.match(pattern.pattern, at)
        if match is None:
            raise ValueError(f"{pattern.pattern!r} cannot be read at {at}")
        atom, at = match.group(), match.end()
        if atom[0] == "(":
            groups.append(atom.endswith("!"))
        elif atom == ")":
            groups.pop()
        out.append(_atom(atom, any(groups)))
    return re.compile("".join(out), pattern.flags)


def _atom(atom: str, negative: bool) -> str:
    if atom[0] == "[":
        return _class(atom, negative)
    if atom.isdigit():
        if negative:
            raise ValueError(f"the digit {atom} is excluded")
        return "0"
    return atom


def _class(atom: str, negative: bool) -> str:
    plain = _ESCAPE.sub("", atom)
    if "0-9" in plain or not any(map(str.isdigit, plain)):
        return atom
    if negative or plain.startswith("[^"):
        raise ValueError(f"the digits of {atom} are excluded")
    return f"[0{atom[1:]}"
