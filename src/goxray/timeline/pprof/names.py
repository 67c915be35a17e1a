"""Names of functions as ``go tool pprof`` shows them, and the frames that it leaves out.

Source: cmd/vendor/github.com/google/pprof: internal/symbolizer (Demangle) and profile/prune.go. Names that a C++
compiler has mangled (``_ZN...``) are left as they are: Go writes none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from goxray.timeline.pprof.profile import Lists, Locations, Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.timeline.pprof.profile import Function

_RUNTIME = ("runtime.", "internal/runtime/")
_RESERVED = ("(anonymous namespace)", "operator()")


def shown_name(function: Function) -> str:
    """Return a function's name without the parameters of C++ and of types, where it looks as if it had some.

    Go's own generic functions keep theirs, ``main.(*Set[...]).Add``: their dots tell them.
    """
    name, system = function.name, function.system_name
    if name and system != name:
        return name  # another tool has made it already
    if ".<" in system or "])." in system:
        return system
    if not any(mark in system for mark in "<>[]") and "::" not in system:
        return system
    return _without(_without(system, "(", ")"), "<", ">")


def _without(name: str, opening: str, closing: str) -> str:
    """Cut what stands in brackets; names whose brackets do not match stay."""
    kept: list[str] = []
    depth = 0
    for sign in name:
        if sign == closing:
            depth -= 1
            if depth < 0:
                return name
        elif sign == opening:
            depth += 1
        elif depth == 0:
            kept.append(sign)
    return "".join(kept) if depth == 0 else name


def pruned(profile: Profile) -> Profile:
    """Leave out what the profile says is uninteresting (``drop_frames``), and runtime frames of the old text form.

    What lies inside of a function that matches goes with it; frames before the first one that does not match stay.
    """
    if profile.form == "text":
        profile = _trimmed(profile)
        dropped = _old_runtime(profile)
    elif profile.drop_frames:
        dropped = _matching(profile)
    else:
        return profile
    return _pruned(profile, dropped) if any(dropped) else profile


def _trimmed(profile: Profile) -> Profile:
    """Leave out what Go's comments leave out: the runtime's frames at the top of a stack, and goexit at its end.

    A stack of the runtime's frames alone is shown whole (runtime/pprof/pprof.go, printStackRecord).
    """
    stacks, lines = profile.stacks, profile.locations.lines
    named = lines.lengths > 0
    if not bool(named.any()):
        return profile
    user = named.copy()
    if profile.hides_runtime:
        inner = [function.name.startswith(_RUNTIME) for function in profile.functions]
        for place in np.flatnonzero(named).tolist():
            user[place] = not all(inner[number] for number in lines.of(place))
    kept: list[list[int]] = []
    for number in range(len(stacks)):
        stack = stacks.of(number)
        there = [at for at, place in enumerate(stack) if named[place]]
        first = next((at for at in there if user[stack[at]]), there[0] if there else 0)
        kept.append(stack[first : there[-1] + 1] if there else stack)
    return replace(profile, stacks=_lists(kept))


def _old_runtime(profile: Profile) -> list[bool]:
    """The runtime's functions in a heap profile in text: pprof's own rule for what Go wrote before it had protobuf."""
    if not profile.is_heap and profile.types[-1].type != "space":
        return [False] * len(profile.functions)
    kept = ("runtime.panic", "runtime.reflectcall")
    return [
        name.startswith("runtime.")
        and name not in kept
        and not (name.startswith("runtime.call") and (name[12:] == "" or name[12:].isdecimal()))
        for name in (_plain(function.name) for function in profile.functions)
    ]


def _matching(profile: Profile) -> list[bool]:
    """Ask RE2, the engine that the pattern was written for: it needs no more than linear time, whatever the pattern."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = pa.array([_plain(shown_name(function)) for function in profile.functions], pa.string())
    try:
        dropped = pc.match_substring_regex(names, f"^({profile.drop_frames})$")
        if profile.keep_frames:
            dropped = pc.and_not(dropped, pc.match_substring_regex(names, f"^({profile.keep_frames})$"))
    except pa.ArrowInvalid:
        return [False] * len(profile.functions)
    found: list[bool] = dropped.to_pylist()
    return found


def _plain(name: str) -> str:
    """Cut a name at its parameters, as the patterns expect it."""
    name = name.removeprefix(".")
    at = name.find("(")
    while at >= 0:
        reserved = next((word for word in _RESERVED if name.startswith(word, at - word.index("("))), None)
        if reserved is None:
            return name[:at]
        at = name.find("(", at + len(reserved) - reserved.index("("))
    return name


def _pruned(profile: Profile, dropped: Sequence[bool]) -> Profile:
    lines = profile.locations.lines
    starts, items = lines.starts.tolist(), lines.items.tolist()
    whole, beneath, firsts = [], [], []
    for place in range(len(lines)):
        there = [
            at for at in range(starts[place], starts[place + 1]) if dropped[items[at]] and _named(profile, items[at])
        ]
        last = there[-1] if there else -1
        whole.append(bool(there) and last == starts[place + 1] - 1)
        beneath.append(bool(there))
        firsts.append(last + 1 if there and not whole[-1] else starts[place])
    return replace(
        profile, locations=_cut(profile.locations, firsts), stacks=_cut_stacks(profile.stacks, whole, beneath)
    )


def _named(profile: Profile, function: int) -> bool:
    return bool(shown_name(profile.functions[function]))


def _cut(locations: Locations, firsts: Sequence[int]) -> Locations:
    """Let each place begin with the line that ``firsts`` says."""
    lines = locations.lines
    keep = np.arange(len(lines.items)) >= np.repeat(np.array(firsts, np.int64), lines.lengths)
    lengths = lines.starts[1:] - np.array(firsts, np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)))
    return replace(locations, lines=Lists(starts, lines.items[keep]), line=locations.line[keep])


def _cut_stacks(stacks: Lists, whole: Sequence[bool], beneath: Sequence[bool]) -> Lists:
    """Cut each stack inside of the outermost place that matches, which stays where only part of it matches."""
    kept: list[list[int]] = []
    for number in range(len(stacks)):
        stack = stacks.of(number)
        user = False
        for at in range(len(stack) - 1, -1, -1):
            if not beneath[stack[at]]:
                user = True
            elif user:
                stack = stack[at + 1 :] if whole[stack[at]] else stack[at:]
                break
        kept.append(stack)
    return _lists(kept)


def _lists(rows: list[list[int]]) -> Lists:
    starts = np.array([0, *np.cumsum([len(row) for row in rows])], np.int64)
    return Lists(starts, np.array([place for row in rows for place in row], np.int32))
