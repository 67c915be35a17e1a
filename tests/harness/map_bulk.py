"""Hundreds of thousands of operations on a modelled map and on a dict, by chance as seeded."""

from __future__ import annotations

import random

import numpy as np

from goxray.model import ClassicMap, SwissMap
from goxray.model.builds import build_layout
from tests.harness.go_dict import GoDict, all_elems, all_keys
from tests.harness.map_invariants import Account, check_classic, check_swiss

ASSIGN, DELETE = 0, 1
STRETCH = 20_000
SINGLES = 50


def stretch(chance: random.Random, count: int, span: int) -> tuple[list[int], list[int]]:
    """Operations and the numbers of their keys: a row of keys, a window that moves on, a thinning, or by chance."""
    low, kind = chance.randrange(span), chance.randrange(5)
    if kind == 0:
        return [ASSIGN] * count, [(low + i) % span for i in range(count)]
    if kind == 1:
        width = chance.choice((5, 90, 1200))
        pairs = [n % span for at in range(count // 2) for n in (low + at, low + at - width)]
        return [ASSIGN, DELETE] * (count // 2), pairs
    if kind == 2:
        step = chance.choice((1, 2, 3))
        numbers = [(low + i) % span for i in range(0, count, step)]
        return [DELETE] * len(numbers), numbers
    share = chance.choice((0.1, 0.45, 0.6, 0.97))
    return [int(chance.random() < share) for _ in range(count)], [chance.randrange(span) for _ in range(count)]


def live(kind: type[ClassicMap] | type[SwissMap], go: str, key: str, elem: str, total: int, seed: int) -> int:
    """Let both live a life of at least ``total`` operations and hold them against each other; return how many."""
    chance = random.Random(seed)
    layout = build_layout(go)
    keys = next(each for each in all_keys(layout) if each.go == key)
    elems = next(each for each in all_elems(layout) if each.go == elem)
    account = Account()
    tested = kind(f"map[{key}]{elem}", layout, rng=chance, on_event=account.enter)
    known = GoDict(keys)
    done = 0
    while done < total:
        span = chance.choice((40, 3000, 30_000))
        codes, numbers = stretch(chance, min(STRETCH, 20 * span), span)
        fresh = range(done, done + len(codes))
        tested.apply(np.array(codes, np.uint8), [keys.value(n) for n in numbers], [elems.value(e) for e in fresh])
        for code, n, e in zip(codes, numbers, fresh, strict=True):
            if code == ASSIGN:
                known.assign(n, e)
            else:
                known.delete(n)
        done += len(codes)
        for e in range(done, done + SINGLES):
            n = chance.randrange(span)
            tested.assign(keys.value(n), elems.value(e))
            known.assign(n, e)
            tested.delete(keys.value(n + 1))
            known.delete(n + 1)
        done += 2 * SINGLES
        if chance.random() < 0.1:
            tested.clear()
            known.clear()
        assert len(tested) == len(known)
        probes = [chance.randrange(span) for _ in range(300)]
        for n, (found, there) in zip(probes, tested.access_many([keys.value(n) for n in probes]), strict=True):
            wanted = known.access(n)
            assert there == (wanted is not None) and (wanted is None or elems.number(found) == wanted)
    shown = [known.check(key, elems.number(elem)) for key, elem in tested.iterate()]
    assert len(shown) == len(set(shown)) == len(known)
    if isinstance(tested, SwissMap):
        check_swiss(tested, account)
    else:
        check_classic(tested, account)
    return done
