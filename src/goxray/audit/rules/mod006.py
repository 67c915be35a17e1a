"""MOD006: a module that nobody maintains any more, by a dated list."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, ModuleUnit
    from goxray.audit.policy import Policy
    from goxray.core.audit_result import Module

_LIST = Path(__file__).parent / "unmaintained.toml"


@dataclass(frozen=True)
class Unmaintained:
    """A row of the list."""

    path: str
    instead: str
    why: Words


@cache
def listed() -> tuple[str, dict[str, Unmaintained]]:
    """Return the list's date and its rows by module path."""
    raw = tomllib.loads(_LIST.read_text("utf-8"))
    rows = (Unmaintained(each["path"], each["instead"], Words(each["en"], each["zh"])) for each in raw["module"])
    return raw["date"], {each.path: each for each in rows}


def _module(unit: ModuleUnit, _policy: Policy) -> Iterator[Hit]:
    for each in unit.selected:
        yield from _judged(each, Place(unit.path, line=unit.lines.get(each.path, 0), symbol=each.path))


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    for each in unit.facts.modules:
        if not each.main:
            yield from _judged(each, Place(unit.path, symbol=each.path))


def _judged(module: Module, place: Place) -> Iterator[Hit]:
    date, rows = listed()
    row = rows.get(module.path)
    if row is not None:
        says = Words(
            f"{module.path} is not maintained (list of {date}): {row.why.en}",
            f"{module.path} 已无人维护(名单日期 {date}):{row.why.zh}",
        )
        fix = Words(f"Use {row.instead}.", f"改用 {row.instead}。")
        yield Hit(place, says, module.path, confidence="medium" if module.indirect else "high", fix=fix)


RULE = Rule(
    info=RuleInfo(
        id="MOD006",
        title=Words("an unmaintained module", "无人维护的模块"),
        what=Words(
            "Modules on a dated list: archived repositories and modules that their authors call deprecated.",
            "在一份注明日期的名单上的模块:仓库已归档,或作者已声明弃用。",
        ),
        why=Words("Nobody mends what is found in them.", "其中发现的问题没有人修。"),
        fix=Words("Move to the successor that the list names.", "迁移到名单所列的后继模块。"),
        clause=POLICY,
        severity="low",
        evidence=("module", "binary"),
        bad="require github.com/tjfoc/gmsm v1.4.1",
        good="require github.com/emmansun/gmsm v0.30.0",
    ),
    module=_module,
    binary=_binary,
)
