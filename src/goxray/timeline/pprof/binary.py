"""Reads CPU profiles in the binary form of Go up to 1.8 and of gperftools: words, then the memory map as text.

Source: cmd/vendor/github.com/google/pprof/profile/legacy_profile.go (parseCPU). Words have 4 or 8 bytes in either
order: 0, 3, 0, the period in microseconds, 0; then for each stack how often it was seen, its depth, and addresses; a
stack of one address 0 seen 0 times ends it. No function is named in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from goxray.timeline.pprof.maps_text import mapped, mappings_of
from goxray.timeline.pprof.profile import BadProfile, Labels, Lists, Locations, Profile, ValueType
from goxray.timeline.pprof.unpack import AGAIN

_HEADER = 5
_MOST = 64 << 20
_KINDS = ("<u8", "<u4", ">u8", ">u4")
_SIMILAR = 32
_HANDLER_FRAMES = 2


@dataclass(frozen=True)
class _Words:
    """The file as words, uint64[N], and how many bytes each has."""

    words: np.ndarray[tuple[int], np.dtype[np.uint64]]
    size: int


def is_binary(raw: bytes | bytearray) -> bool:
    """Return whether a file is a CPU profile in the binary form."""
    return _words(raw[:64]) is not None


def _words(raw: bytes | bytearray) -> _Words | None:
    for kind in _KINDS:
        size = int(kind[-1])
        if len(raw) >= _HEADER * size:
            words = np.frombuffer(raw[: len(raw) // size * size], kind).astype(np.uint64)
            first = words[:_HEADER].tolist()
            if first[:3] == [0, 3, 0] and 0 < first[3] < 1 << 31 and first[4] == 0:
                return _Words(words, size)
    return None


def parse(raw: bytes | bytearray, name: str) -> Profile:
    """Take such a profile apart; ``name`` is what messages call it.

    Raises:
        BadProfile: it is cut off.
    """
    found = _words(raw)
    if found is None:
        raise BadProfile(f"{name} is no CPU profile in the binary form", hint=AGAIN)
    if len(raw) > _MOST:
        raise BadProfile(f"{name} has more than {_MOST >> 20} MiB: no profile in the binary form is so large")
    words = found.words.tolist()
    stacks, counts, at = _stacks(words, name)
    _drop_handler(stacks)
    for stack in stacks:
        if len(stack) > 1 and stack[0] == stack[1] + 1:
            del stack[1]  # the interrupted place was found twice, once as the one that called
    known: dict[int, int] = {}
    places = [known.setdefault(address, len(known)) for stack in stacks for address in stack]
    text = bytes(raw[at * found.size :]).decode("utf-8", "replace")
    mappings = mappings_of(text.splitlines())
    period = words[3] * 1000
    addresses = np.array(list(known), np.uint64)
    counted = np.array(counts, np.int64).reshape(-1, 1)
    nothing = np.zeros(0, np.int64)
    return Profile(
        types=(ValueType("samples", "count"), ValueType("cpu", "nanoseconds")),
        values=np.hstack([counted, counted * period]),
        stacks=Lists(np.array([0, *np.cumsum([len(stack) for stack in stacks])], np.int64), np.array(places, np.int32)),
        labels=Labels(np.zeros(len(stacks) + 1, np.int64), nothing, nothing, nothing, nothing),
        locations=Locations(
            address=addresses,
            mapping=mapped(addresses, mappings),
            lines=Lists(np.zeros(len(known) + 1, np.int64), np.zeros(0, np.int32)),
            line=nothing,
            folded=np.zeros(len(known), np.bool_),
        ),
        functions=(),
        mappings=mappings,
        period_type=ValueType("cpu", "nanoseconds"),
        period=period,
        form="binary",
    )


def _stacks(words: list[int], name: str) -> tuple[list[list[int]], list[int], int]:
    """Return the stacks, how often each was seen, and the word behind them."""
    stacks: list[list[int]] = []
    counts: list[int] = []
    at = _HEADER
    while at + 2 <= len(words):
        count, depth = words[at], words[at + 1]
        addresses = words[at + 2 : at + 2 + depth]
        if depth > len(words) or len(addresses) < depth:
            break
        at += 2 + depth
        if count == 0 and addresses == [0]:
            return stacks, counts, at
        if count >= 1 << 40:
            break
        # All but the innermost lie behind a call.
        stacks.append([(address - (place > 0)) % (1 << 64) for place, address in enumerate(addresses)])
        counts.append(count)
    raise BadProfile(f"{name} is cut off or damaged: its last stack is not there", hint=AGAIN)


def _drop_handler(stacks: list[list[int]]) -> None:
    """Leave out the signal handler's frames: the second place of almost every stack, where it is the same one."""
    margin = len(stacks) // _SIMILAR
    for _ in range(_HANDLER_FRAMES):
        seconds = Counter(stack[1] for stack in stacks if len(stack) > 1)
        common = next((address for address, count in seconds.items() if count >= len(stacks) - margin), None)
        if common is not None:
            for stack in stacks:
                if len(stack) > 1 and stack[1] == common:
                    del stack[1]
