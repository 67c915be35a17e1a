"""``goxray binary`` as text for people: what an executable is, where it runs, what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from rich.text import Text

from goxray.core.units import format_bytes
from goxray.render.columns import Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from rich.console import Console

    from goxray.core.audit_result import BinaryFacts, Module
    from goxray.core.binary_result import BinaryAnswer, BinaryReport
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

_INDENT = "  "
_FORMATS = {"elf": "ELF", "pe": "PE", "macho": "Mach-O"}
_TOLD = ("-ldflags", "-gcflags", "-asmflags", "-tags", "-race", "GOFIPS140", "DefaultGODEBUG", "GOFLAGS")
"""Settings that are worth a line of their own beside those that other lines tell already."""

_REVISION = 12
_STYLES = {True: "green", False: "yellow", None: "dim"}


def write_table(result: BinaryReport, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_binary(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_binary(result: BinaryReport, options: RenderOptions) -> str:
    """Return the report as text: a section an executable, then what could not be read."""
    console = make_console(options)
    for place, each in enumerate(result.binaries):
        if place:
            console.print()
        _section(console, each, options, result.limit)
    if result.failures:
        if result.binaries:
            console.print()
        grid = facts_grid()
        for failure in result.failures:
            grid.add_row(say("bin.cannot", options.lang), Text(printable(failure.error), style="red"))
        console.print(grid)
    return finish(console, options)


def _section(console: Console, each: BinaryAnswer, options: RenderOptions, limit: int) -> None:
    facts, lang = each.facts, options.lang
    console.print(_headline(facts, options))
    console.print(Text(tell(facts, lang)))
    console.print()
    grid = facts_grid()
    for label, text in _facts(facts, lang):
        grid.add_row(label, text)
    console.print(grid)
    _platforms(console, facts, options)
    _modules(console, facts.modules, options, limit)
    _strings(console, each, options)
    _settings(console, facts, options)


def _headline(facts: BinaryFacts, options: RenderOptions) -> Text:
    """Return the first line; a path that would break it in two is cut down to its name."""
    separator = " - " if options.ascii_only else " · "
    told = [_FORMATS[facts.format], f"{facts.os}/{facts.arch}", facts.go_version]
    for path in (facts.path, facts.path.rpartition("/")[2]):
        heads = ["goxray binary", path, *(part for part in told if part)]
        line = Text(separator.join(printable(head) for head in heads), style="bold")
        if line.cell_len <= options.width:
            break
    return line


def tell(facts: BinaryFacts, lang: Lang) -> str:
    """Return the sentences that say the most important."""
    name = printable(facts.main_path) or say("bin.program", lang)
    if facts.static:
        told = say("bin.tell.static", lang, name=name)
    elif facts.format == "elf":
        told = say("bin.tell.dynamic", lang, name=name, n=len(facts.libraries))
    else:
        told = say("bin.tell.plain", lang, name=name)
    if facts.platforms and facts.os == "linux":
        fitting = sum(each.fits for each in facts.platforms)
        told += (" " if lang == "en" else "") + say("bin.tell.fits", lang, n=fitting, all=len(facts.platforms))
    return told[:1].upper() + told[1:] if not facts.main_path else told


def _facts(facts: BinaryFacts, lang: Lang) -> Iterator[tuple[str, Text]]:
    yield say("bin.go", lang), Text(_toolchain(facts, lang))
    yield say("bin.source", lang), _source(facts, lang)
    yield say("bin.c", lang), Text(_c_code(facts, lang))
    yield say("bin.linking", lang), Text(printable(_linking(facts, lang)))
    yield say("bin.hardening", lang), _hardening(facts, lang)
    yield say("bin.left", lang), Text(_left(facts, lang))
    names = printable(", ".join(facts.crypto))
    linked = say("bin.crypto.linked", lang, names=names) if names else say("bin.crypto.none", lang)
    yield say("bin.crypto", lang), Text(linked)
    if facts.build_id:
        yield say("bin.buildid", lang), Text(printable(facts.build_id))
    if facts.gnu_build_id:
        yield "" if facts.build_id else say("bin.buildid", lang), Text(f"GNU {facts.gnu_build_id}")
    yield say("bin.file", lang), Text(f"{format_bytes(facts.size)}, sha256 {facts.sha256}")
    for note in facts.notes:
        yield say("bin.note", lang), Text(printable(note), style="yellow")


def _toolchain(facts: BinaryFacts, lang: Lang) -> str:
    if not facts.go_version:
        return say("bin.unknown", lang)
    told = facts.go_version
    if facts.experiments:
        told = say("bin.go.with", lang, version=told, experiments=", ".join(facts.experiments))
    mode = facts.settings.get("-buildmode", "exe")
    extra = [f"-buildmode={mode}"] if mode != "exe" else []
    extra += ["-trimpath"] if facts.settings.get("-trimpath") == "true" else []
    return printable(", ".join([told, *extra]))


def _source(facts: BinaryFacts, lang: Lang) -> Text:
    main = next((each for each in facts.modules if each.main), None)
    module = f"{main.path} {main.version}".strip() if main else facts.main_path
    revision = facts.settings.get("vcs.revision", "")
    if not revision:
        return Text(printable(", ".join(part for part in (module, say("bin.source.none", lang)) if part)))
    modified = facts.settings.get("vcs.modified") == "true"
    when = facts.settings.get("vcs.time", "")
    parts = [module, f"{facts.settings.get('vcs', '')} {revision[:_REVISION]}".strip(), when]
    text = Text(printable(", ".join(part for part in parts if part)) + ", ")
    text.append(say("bin.source.modified" if modified else "bin.source.clean", lang), "yellow" if modified else "green")
    return text


def _c_code(facts: BinaryFacts, lang: Lang) -> str:
    if facts.cgo is None:
        return say("bin.unknown", lang)
    enabled = facts.settings.get("CGO_ENABLED") == "1"
    return say("bin.c.yes" if facts.cgo else "bin.c.enabled" if enabled else "bin.c.no", lang)


def _linking(facts: BinaryFacts, lang: Lang) -> str:
    if facts.static:
        key = "bin.linking.named" if facts.interpreter else "bin.linking.static"
        return say(key, lang, loader=facts.interpreter)
    libraries = ", ".join(facts.libraries) or say("bin.unknown", lang)
    if facts.glibc:
        libraries = say("bin.linking.glibc", lang, libraries=libraries, glibc=facts.glibc)
    parts = [libraries]
    if facts.interpreter:
        parts.append(say("bin.linking.loader", lang, loader=facts.interpreter))
    return "; ".join(parts) if lang == "en" else "；".join(parts)


def _hardening(facts: BinaryFacts, lang: Lang) -> Text:
    text = Text()
    for name, value in (("PIE", facts.pie), ("NX", facts.nx)):
        answer = say("bin.unknown" if value is None else "bin.yes" if value else "bin.no", lang)
        text.append(f"{name} ").append(answer, _STYLES[value]).append("  ")
    if facts.relro is not None:
        style = {"none": "yellow", "partial": "", "full": "green"}[facts.relro]
        text.append("RELRO ").append(say(f"bin.relro.{facts.relro}", lang), style)
    return text


def _left(facts: BinaryFacts, lang: Lang) -> str:
    left = [say(f"bin.left.{name}", lang) for name in ("symtab", "dwarf") if getattr(facts, name)]
    left = left or [say("bin.left.nothing", lang)]
    if facts.functions:
        left.append(say("bin.left.functions", lang, n=facts.functions))
    return ("、" if lang == "zh" else ", ").join(left)


# ---- tables


def _table(console: Console, columns: list[GridColumn], rows: Sequence[Row], options: RenderOptions) -> None:
    fitted = fit(columns, rows, options, max(options.width, NARROWEST) - len(_INDENT))
    console.print()
    print_line(console, lay_line(_INDENT, fitted, [Piece(c.header, "bold dim") for c in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)


def _text(key: str, label: str, rank: int, lang: Lang, least: int = 0) -> GridColumn:
    return GridColumn(say(label, lang), rank, lambda row, _: Piece(printable(row[key])), right=False, least=least)


def _platforms(console: Console, facts: BinaryFacts, options: RenderOptions) -> None:
    if not facts.platforms or facts.os != "linux":
        return
    lang = options.lang

    def runs(row: Row, _: object) -> Piece:
        return Piece(say("bin.yes" if row["fits"] else "bin.no", lang), "green" if row["fits"] else "red")

    rows = [{"name": each.name.of(lang), "fits": each.fits, "why": each.why.of(lang)} for each in facts.platforms]
    columns = [
        _text("name", "bin.col.platform", 0, lang),
        GridColumn(say("bin.col.runs", lang), 0, runs, right=False),
        _text("why", "bin.col.why", 1, lang, 24),
    ]
    _table(console, columns, rows, options)


def _modules(console: Console, modules: Sequence[Module], options: RenderOptions, limit: int) -> None:
    shown = modules[:limit] if limit else modules
    if not shown:
        return
    lang = options.lang
    rows = [{"path": each.path, "version": each.version, "by": each.replaced_by} for each in shown]
    columns = [_text("path", "bin.col.module", 0, lang, 24), _text("version", "bin.col.version", 0, lang)]
    if any(row["by"] for row in rows):
        columns.append(_text("by", "bin.col.replaced", 1, lang, 24))
    _table(console, columns, rows, options)
    if len(shown) < len(modules):
        console.print(Text(_INDENT + say("bin.more", lang, n=len(modules) - len(shown)), style="dim"))


def _strings(console: Console, each: BinaryAnswer, options: RenderOptions) -> None:
    if not each.strings:
        return
    lang = options.lang

    def text(row: Row, _: object) -> Piece:
        told = f"{row['text']}  ({say('bin.secret', lang)})" if row["secret"] else row["text"]
        return Piece(printable(told), "yellow" if row["secret"] else "")

    rows = [{"name": one.variable, "text": one.text, "secret": one.secret} for one in each.strings]
    columns = [
        _text("name", "bin.col.variable", 0, lang, 24),
        GridColumn(say("bin.col.text", lang), 0, text, right=False, least=24),
    ]
    _table(console, columns, rows, options)


def _settings(console: Console, facts: BinaryFacts, options: RenderOptions) -> None:
    rows = [{"name": name, "text": facts.settings[name]} for name in _TOLD if facts.settings.get(name)]
    rows += [
        {"name": name, "text": text}
        for name, text in facts.settings.items()
        if text and name not in _TOLD and (name.startswith(("CGO_", "GO")) and name not in ("GOOS", "GOARCH"))
    ]
    if rows:
        columns = [
            _text("name", "bin.col.setting", 0, options.lang),
            _text("text", "bin.col.value", 0, options.lang, 24),
        ]
        _table(console, columns, rows, options)
