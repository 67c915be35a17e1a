"""What all views of a gctrace log say in words: the first sentences, the facts of a process, its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core import gctrace_result as g
from goxray.core.units import format_bytes
from goxray.render.safe import printable
from goxray.render.timeline_story import at, lasting
from goxray.render.words import CATALOGUE, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.core.gctrace_result import GcProcess, GcTraceResult
    from goxray.render.words import Lang


def ms(value: float) -> str:
    """Write a time in milliseconds with the two digits that Go printed of it."""
    us = round(value * 1000)
    if us < 1000:
        return f"{us} µs" if us else "0"
    return f"{us / 1000:.1f} ms" if us < 10_000 else f"{us // 1000} ms" if us < 10_000_000 else lasting(us / 1e6)


def mb(value: int) -> str:
    """Write a size that was printed in MB; 0 is less than one."""
    return format_bytes(value << 20) if value else "<1 MiB"


def stops(row: Sequence[int]) -> str:
    """Write the two stops of a cycle."""
    return f"{ms(row[g.CLOCK] / 1000)} + {ms(row[g.CLOCK + 2] / 1000)}"


def goal(value: int, lang: Lang) -> str:
    """Write a goal; none where the collector had none."""
    return say("gt.goal.off", lang) if value >= g.NO_GOAL_MB else mb(value)


def goals(process: GcProcess, lang: Lang) -> str:
    """Write the range of a process' goals."""
    if process.goal_mb is None:
        return say("gt.goal.off", lang)
    low, high = process.goal_mb
    return mb(low) if low == high else say("gt.fact.range", lang, low=mb(low), high=mb(high))


def worst(processes: Sequence[GcProcess], most: int) -> list[GcProcess]:
    """Return the processes with the longest stops, in the order of their numbers."""
    chosen = sorted(processes, key=lambda one: (-one.pauses.max_ms, one.process))[:most]
    return sorted(chosen, key=lambda one: one.process)


def tell(result: GcTraceResult, lang: Lang) -> str:
    """Return the first sentences."""
    if not result.processes:
        none = say("gt.story.run.none" if result.command else "gt.story.none", lang, lines=result.lines)
        gap = " " if lang == "en" else ""
        return none if result.command else none + gap + say("gt.story.none.do", lang)
    if len(result.processes) > 1:
        worst = max(result.processes, key=lambda one: one.pauses.max_ms)
        return say(
            "gt.story.many",
            lang,
            processes=len(result.processes),
            cycles=sum(one.cycles for one in result.processes),
            longest=ms(worst.pauses.max_ms),
            process=worst.process,
            n=str(worst.pauses.longest_n),
        )
    return _tell_one(result, result.processes[0], lang)


def _tell_one(result: GcTraceResult, one: GcProcess, lang: Lang) -> str:
    longest, now = ms(one.pauses.max_ms), mb(int(result.rows[-1, g.LIVE]))
    if one.cycles == 1:
        return say("gt.story.single", lang, at=at(one.span_s[0]), longest=longest, live=now)
    spent = one.span_s[1] - one.span_s[0]
    return say(
        "gt.story.alone",
        lang,
        cycles=one.cycles,
        span=lasting(spent),
        every=lasting(spent / (one.numbers[1] - one.numbers[0] or 1)),
        percent=one.gc_cpu_percent,
        longest=longest,
        n=str(one.pauses.longest_n),
        live=now,
        most=mb(one.live_mb[1]),
    )


def facts(result: GcTraceResult, one: GcProcess, lang: Lang) -> Iterator[tuple[str, str]]:
    """Yield label and text of what is known of a process."""

    def fact(name: str, **values: str | int) -> tuple[str, str]:
        return say(f"gt.fact.{name}", lang), say(f"gt.fact.{name}.text", lang, **values)

    yield say("gt.fact.format", lang), say(f"gt.format.{one.format}", lang)
    label, where = fact("where", first=one.lines[0], last=one.lines[1], low=one.numbers[0], high=one.numbers[1])
    missing = "; " + say("gt.fact.missing", lang, n=one.missing) if one.missing else ""
    yield label, where + missing
    p = one.pauses
    yield fact("stops", n=p.count, p50=ms(p.p50_ms), p99=ms(p.p99_ms), longest=ms(p.max_ms), total=ms(p.total_ms))
    cpu = one.cpu_ms
    yield fact(
        "cpu",
        total=ms(sum(cpu.values())),
        dedicated=ms(cpu["dedicated"]),
        assist=ms(cpu["assist"]),
        idle=ms(cpu["idle"]),
        stops=ms(cpu["sweep_term"] + cpu["mark_term"]),
    )
    yield fact(
        "heap", live_low=mb(one.live_mb[0]), live_high=mb(one.live_mb[1]), peak=mb(one.peak_mb), goal=goals(one, lang)
    )
    if one.forced:
        yield fact("forced", n=one.forced)
    if one.periodic:
        yield fact("periodic", n=one.periodic)
    yield say("gt.fact.procs", lang), str(one.procs)
    yield from _more(result, lang)


def _more(result: GcTraceResult, lang: Lang) -> Iterator[tuple[str, str]]:
    """Yield what the scavenger and the pacer printed."""
    scavenger = say("gt.fact.scavenger", lang)
    scvg = [one for one in result.scavenges if "sys_mb" in one.figures]
    if scvg:
        figures = scvg[-1].figures
        sizes = {"released": mb(figures["released_total_mb"]), "sys": mb(figures["sys_mb"])}
        yield scavenger, say("gt.fact.scvg.text", lang, n=len(scvg), **sizes)
    scav = [one for one in result.scavenges if one.kind == "scav"]
    if scav:
        figures = scav[-1].figures
        total = format_bytes(figures["total_kib"] << 10)
        yield scavenger, say("gt.fact.scav.text", lang, n=len(scav), total=total, util=figures["util_percent"])
    if result.pacer:
        yield say("gt.fact.pacer", lang), say("gt.fact.pacer.text", lang, n=len(result.pacer))


def notes(result: GcTraceResult, lang: Lang) -> list[str]:
    """Return what a reader should know."""
    told = [say(note, lang) if note in CATALOGUE else printable(note) for note in result.notes]
    if len(result.processes) > 1:
        told.append(say("gt.note.many", lang))
    if result.processes:
        told.append(say("gt.note.rounded", lang))
    return told
