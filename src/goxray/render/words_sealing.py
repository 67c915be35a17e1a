"""What ``--seal`` says when a command's output is in the vault, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

SEALING_WORDS: dict[str, tuple[str, str]] = {
    "sealing.done": ("sealed {id}: {name}, {bytes}, in {place}", "已封存 {id}：{name}，{bytes}，位于 {place}"),
    "sealing.due": ("; kept until {due}", "；保留至 {due}"),
    "sealing.beside.audit": (
        "what is kept of source files for later runs stays in goxray's cache, in the clear (not with --no-cache)",
        "审计为后续运行保留的源码信息仍以明文存于 goxray 的缓存；加 --no-cache 则不保留",
    ),
    "sealing.beside.lab-run": (
        "the raw results stay where lab report reads them (--results), in the clear",
        "原始测量结果仍以明文留在 lab report 读取的位置（--results）",
    ),
    "sealing.beside.lab-new": (
        "the experiment's folder is written as ever, in the clear",
        "实验目录照常以明文写出",
    ),
}
