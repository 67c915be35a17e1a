"""Owner expressions: how a value is reached from a root, spelled as Go where Go can spell it.

One expression stands for every value reached the same way (``main.users[...].Tags``), so a million maps held alike
share one. Recursive types fold: what lies behind ``main.head.next.next`` is ``main.head…``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_MAX_DEPTH = 64


@dataclass(frozen=True)
class Expr:
    """One owner expression. ``type_name`` is the type of the value it denotes; ``folded`` marks recursion.

    ``guessed``: somewhere on the way a type or a pointer was inferred, so that what stands there may be something else.
    """

    ident: int
    text: str
    parent: int
    type_name: str
    depth: int
    folded: bool = False
    guessed: bool = False


class Exprs:
    """All owner expressions of one inspection, each made once and known by its number."""

    def __init__(self) -> None:
        self._all: list[Expr] = []
        self._children: dict[tuple[int, str, str], int] = {}

    def __getitem__(self, ident: int) -> Expr:
        return self._all[ident]

    def __len__(self) -> int:
        return len(self._all)

    def root(self, text: str, type_name: str, *, guessed: bool = False) -> int:
        """Return the number of a root expression, such as a global's name."""
        return self._intern(text, Expr(0, text, -1, type_name, 0, guessed=guessed))

    def guess(self, parent: int) -> int:
        """Return the expression for what is inferred at the parent: spelled alike, but guessed."""
        above = self._all[parent]
        return parent if above.guessed else self._intern("?", replace(above, parent=parent, guessed=True))

    def child(self, parent: int, form: str, type_name: str, *, guessed: bool = False) -> int:
        """Return the number of what ``form`` makes of the parent; ``{p}`` in it stands for the parent's text.

        ``type_name`` is the type of the new value: when an ancestor has it too the path is recursive and folds.
        A form that changes nothing (Go follows pointers by itself) is the parent. What hangs on a guess is guessed too.
        """
        if guessed:
            parent = self.guess(parent)
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
            made = Expr(0, text, parent, type_name, above.depth + 1, guessed=above.guessed)
            ident = self._intern(form, made)
        self._children[key] = ident
        return ident

    def _fold(self, parent: int, type_name: str) -> int:
        at = parent
        while at >= 0:
            here = self._all[at]
            if here.type_name == type_name or here.depth >= _MAX_DEPTH:
                if here.folded:
                    return at
                guessed = self._all[parent].guessed
                made = Expr(0, here.text + "…", at, type_name, here.depth + 1, folded=True, guessed=guessed)
                return self._intern("…?" if guessed else "…", made)
            at = here.parent
        return -1

    def _intern(self, form: str, made: Expr) -> int:
        key = (made.parent, form, "" if made.folded else made.type_name)
        known = self._children.get(key)
        if known is None:
            known = len(self._all)
            self._all.append(replace(made, ident=known))
            self._children[key] = known
        return known
