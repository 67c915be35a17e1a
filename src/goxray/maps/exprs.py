"""Owner expressions: how a value is reached from a root, spelled as Go where Go can spell it.

One expression stands for every value reached the same way (``main.users[...].Tags``), so a million maps held alike
share one. Recursive types fold: what lies behind ``main.head.next.next`` is ``main.head…``.
"""

from __future__ import annotations

from dataclasses import dataclass

_MAX_DEPTH = 64


@dataclass(frozen=True)
class Expr:
    """One owner expression. ``type_name`` is the type of the value it denotes; ``folded`` marks recursion."""

    ident: int
    text: str
    parent: int
    type_name: str
    depth: int
    folded: bool = False


class Exprs:
    """All owner expressions of one inspection, each made once and known by its number."""

    def __init__(self) -> None:
        self._all: list[Expr] = []
        self._children: dict[tuple[int, str, str], int] = {}

    def __getitem__(self, ident: int) -> Expr:
        return self._all[ident]

    def __len__(self) -> int:
        return len(self._all)

    def root(self, text: str, type_name: str) -> int:
        """Return the number of a root expression, such as a global's name."""
        return self._intern(-1, text, type_name, text, 0, folded=False)

    def child(self, parent: int, form: str, type_name: str) -> int:
        """Return the number of what ``form`` makes of the parent; ``{p}`` in it stands for the parent's text.

        ``type_name`` is the type of the new value: when an ancestor has it too the path is recursive and folds.
        A form that changes nothing (Go follows pointers by itself) is the parent.
        """
        if form == "{p}":
            return parent
        key = (parent, form, type_name)
        known = self._children.get(key)
        if known is not None:
            return known
        ident = self._fold(parent, type_name)
        if ident < 0:
            above = self._all[parent]
            text = form.replace("{p}", above.text)
            ident = self._intern(parent, form, type_name, text, above.depth + 1, folded=False)
        self._children[key] = ident
        return ident

    def _fold(self, parent: int, type_name: str) -> int:
        at = parent
        while at >= 0:
            here = self._all[at]
            if here.type_name == type_name or here.depth >= _MAX_DEPTH:
                if here.folded:
                    return at
                return self._intern(at, "…", type_name, here.text + "…", here.depth + 1, folded=True)
            at = here.parent
        return -1

    def _intern(self, parent: int, form: str, type_name: str, text: str, depth: int, *, folded: bool) -> int:
        key = (parent, form, "" if folded else type_name)
        known = self._children.get(key)
        if known is None:
            known = len(self._all)
            self._all.append(Expr(known, text, parent, type_name, depth, folded))
            self._children[key] = known
        return known
