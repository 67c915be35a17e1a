"""What ``--seal`` says when a command's output is in the vault, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

SEALING_WORDS: dict[str, tuple[str, str]] = {
    "sealing.done": ("sealed {id}: {name}, {bytes}, in {place}", "已封存 {id}：{name}，{bytes}，位于 {place}"),
    "sealing.due": ("; kept until {due}", "；保留至 {due}"),
}
