"""Floor 5: a result in, text or bytes out. Nothing here reads a target or measures anything.

A renderer is a function ``(result, out, options)`` that writes bytes to ``out``; :func:`write` finds it by the command
and its name, and imports only that one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.render.options import RenderOptions

    Renderer = Callable[[Any, BinaryIO, RenderOptions], None]

_RENDERERS = {
    "maps": {
        "table": "goxray.render.text:write_table",
        "json": "goxray.render.json_maps:write_json",
        "csv": "goxray.render.tabular:write_csv",
        "parquet": "goxray.render.tabular:write_parquet",
        "arrow": "goxray.render.tabular:write_arrow",
        "html": "goxray.render.html.page:write_html",
    },
    "heap": {
        "table": "goxray.render.text_heap:write_table",
        "json": "goxray.render.json_heap:write_json",
        "csv": "goxray.render.heap_tabular:write_csv",
        "parquet": "goxray.render.heap_tabular:write_parquet",
        "arrow": "goxray.render.heap_tabular:write_arrow",
        "html": "goxray.render.html.heap_page:write_html",
        "pprof": "goxray.render.pprof:write_pprof",
    },
    "why": {
        "table": "goxray.render.text_why:write_table",
        "json": "goxray.render.json_why:write_json",
        "html": "goxray.render.html.why_page:write_html",
    },
    "advise": {
        "table": "goxray.render.text_advise:write_table",
        "json": "goxray.render.json_advise:write_json",
        "html": "goxray.render.html.advise_page:write_html",
        "md": "goxray.render.md_advise:write_md",
    },
    "layout": {
        "table": "goxray.render.text_layout:write_table",
        "json": "goxray.render.json_layout:write_json",
    },
    "predict": {
        "table": "goxray.render.text_predict:write_table",
        "json": "goxray.render.json_predict:write_json",
        "csv": "goxray.render.json_predict:write_csv",
        "html": "goxray.render.html.predict_page:write_html",
    },
    "model-gc": {
        "table": "goxray.render.text_model_gc:write_table",
        "json": "goxray.render.json_model_gc:write_json",
        "html": "goxray.render.html.model_gc_page:write_html",
    },
    "gctrace": {
        "table": "goxray.render.text_gctrace:write_table",
        "json": "goxray.render.json_gctrace:write_json",
        "csv": "goxray.render.gctrace_tabular:write_csv",
        "parquet": "goxray.render.gctrace_tabular:write_parquet",
        "html": "goxray.render.html.timeline_page:write_html",
        "perfetto": "goxray.render.perfetto:write_perfetto",
    },
    "watch": {
        "table": "goxray.render.text_watch:write_table",
        "json": "goxray.render.json_watch:write_json",
        "csv": "goxray.render.watch_tabular:write_csv",
        "parquet": "goxray.render.watch_tabular:write_parquet",
        "html": "goxray.render.html.timeline_page:write_html",
        "perfetto": "goxray.render.perfetto:write_perfetto",
    },
    "trace": {
        "table": "goxray.render.text_trace:write_table",
        "json": "goxray.render.json_trace:write_json",
        "csv": "goxray.render.trace_tabular:write_csv",
        "parquet": "goxray.render.trace_tabular:write_parquet",
        "html": "goxray.render.html.timeline_page:write_html",
        "perfetto": "goxray.render.perfetto:write_perfetto",
    },
    "phases": {
        "table": "goxray.render.text_phases:write_table",
        "json": "goxray.render.json_phases:write_json",
        "csv": "goxray.render.phases_tabular:write_csv",
        "parquet": "goxray.render.phases_tabular:write_parquet",
        "html": "goxray.render.html.timeline_page:write_html",
        "perfetto": "goxray.render.perfetto:write_perfetto",
    },
    "timeline": {
        "table": "goxray.render.text_timeline:write_table",
        "json": "goxray.render.json_timeline:write_json",
        "csv": "goxray.render.timeline_tabular:write_csv",
        "parquet": "goxray.render.timeline_tabular:write_parquet",
        "html": "goxray.render.html.timeline_page:write_html",
        "perfetto": "goxray.render.perfetto:write_perfetto",
    },
    "profile": {
        "table": "goxray.render.text_profile:write_table",
        "json": "goxray.render.json_profile:write_json",
        "csv": "goxray.render.profile_tabular:write_csv",
        "parquet": "goxray.render.profile_tabular:write_parquet",
        "html": "goxray.render.html.profile_page:write_html",
    },
    "lab": {
        "table": "goxray.render.text_lab:write_table",
        "json": "goxray.render.json_lab:write_json",
        "csv": "goxray.render.lab_tabular:write_csv",
        "html": "goxray.render.html.lab_page:write_html",
        "md": "goxray.render.md_lab:write_md",
    },
    "lab-catalogue": {
        "table": "goxray.render.text_lab_catalogue:write_table",
        "json": "goxray.render.json_lab_catalogue:write_json",
    },
    "lab-toolchains": {
        "table": "goxray.render.text_lab_toolchains:write_table",
        "json": "goxray.render.json_lab_catalogue:write_toolchains_json",
    },
    "audit": {
        "table": "goxray.render.text_audit:write_table",
        "json": "goxray.render.json_audit:write_json",
        "sarif": "goxray.render.sarif:write_sarif",
        "html": "goxray.render.html.audit_page:write_html",
        "md": "goxray.render.md_audit:write_md",
    },
    "audit-rules": {
        "table": "goxray.render.text_audit_rules:write_table",
        "json": "goxray.render.json_audit:write_rules_json",
        "md": "goxray.render.md_audit_rules:write_md",
    },
    "binary": {
        "table": "goxray.render.text_binary:write_table",
        "json": "goxray.render.json_binary:write_json",
    },
    "vault": {
        "table": "goxray.render.text_vault:write_table",
        "json": "goxray.render.json_vault:write_json",
    },
    "mask": {
        "table": "goxray.render.text_mask:write_table",
        "json": "goxray.render.json_mask:write_json",
    },
    "sbom": {
        "cyclonedx": "goxray.render.cyclonedx:write_cyclonedx",
        "json": "goxray.render.json_sbom:write_json",
    },
    "diff": {
        "table": "goxray.render.text_diff:write_table",
        "json": "goxray.render.json_diff:write_json",
        "csv": "goxray.render.text_diff:write_csv",
    },
}

FORMATS_OF = {command: tuple(formats) for command, formats in _RENDERERS.items()}
"""The names that ``--format`` takes for each command, in the order in which they are shown."""

FORMATS = FORMATS_OF["maps"]
"""Those of ``goxray maps``."""

NOT_FOR_TERMINALS = frozenset({"parquet", "arrow", "html", "pprof", "perfetto"})
"""Formats that would only fill a terminal with noise."""


def write(result: Any, fmt: str, out: BinaryIO, options: RenderOptions, command: str = "maps") -> None:
    """Write a command's result to a binary stream in the format of that name.

    Raises:
        UsageError: no renderer has that name.
    """
    formats = _RENDERERS[command]
    if fmt not in formats:
        raise UsageError(f"no such format: {fmt}", hint=f"one of {', '.join(formats)}")
    module, function = formats[fmt].split(":")
    renderer: Renderer = getattr(import_module(module), function)
    renderer(result, out, options)
