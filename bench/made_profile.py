"""Makes heap profiles of any size, shaped like those of a large service: what :mod:`bench.profile_run` measures.

Stacks of 8 to 44 frames are walks through a call graph where each place calls one of four others, one of them mostly;
a tenth of the places holds inlined calls. Sizes are Go's size classes; every sample has the label ``bytes``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

KINDS = (("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes"))
CLASSES = (8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 208, 288, 416, 640, 1024, 2048, 4096, 8192, 10240, 65536)
RATE = 512 << 10
DEEPEST = 44
_SEED = 20240229


def varint(number: int) -> bytes:
    """Write a number as protobuf does."""
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def _bytes(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def made(samples: int) -> bytes:
    """Return a heap profile with so many samples, not packed; about 100 bytes each."""
    random = np.random.default_rng(_SEED)
    functions = max(samples // 25, 50)
    places = max(samples // 8, 200)
    texts = ["", *(text for kind in KINDS for text in kind), "bytes", "space"]
    files = [f"/src/service/internal/part{number % 97}/file{number}.go" for number in range(max(functions // 12, 3))]
    names = [f"example.org/service/internal/part{n % 97}.(*Kind{n % 1013}).method{n}" for n in range(functions)]
    first_file, first_name = len(texts), len(texts) + len(files)
    texts += files + names
    parts = [_bytes(1, _field(1, 1 + 2 * at) + _field(2, 2 + 2 * at)) for at in range(len(KINDS))]
    parts += _samples(random, samples, places, texts.index("bytes"))
    parts.append(_bytes(3, _field(1, 1) + _field(2, 0x400000) + _field(3, 0x4000000) + _field(7, 1)))
    inlined = random.random(places) < 0.1
    of_place = random.integers(0, functions, (places, 2)).tolist()
    line_of = random.integers(10, 2000, places).tolist()
    for place in range(places):
        content = _field(1, place + 1) + _field(2, 1) + _field(3, 0x401000 + 32 * place)
        for function in of_place[place][: 2 if inlined[place] else 1]:
            content += _bytes(4, _field(1, function + 1) + _field(2, line_of[place]))
        parts.append(_bytes(4, content))
    for number in range(functions):
        name = first_name + number
        parts.append(
            _bytes(5, _field(1, number + 1) + _field(2, name) + _field(3, name) + _field(4, first_file + number // 12))
        )
    parts += [_bytes(6, text.encode()) for text in texts]
    period = _bytes(11, _field(1, texts.index("space")) + _field(2, texts.index("bytes")))
    return b"".join([*parts, period, _field(12, RATE)])


def _walks(random: np.random.Generator, samples: int, places: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return a walk of the longest depth for each sample, int64[samples, DEEPEST], the outermost place first."""
    called = random.integers(0, places, (places, 4))
    at = random.integers(0, 5, samples)
    walks = np.empty((samples, DEEPEST), np.int64)
    for depth in range(DEEPEST):
        walks[:, depth] = at
        at = called[at, random.choice(4, samples, p=(0.55, 0.25, 0.15, 0.05))]
    return walks


def _samples(random: np.random.Generator, samples: int, places: int, label: int) -> list[bytes]:
    ids = [varint(number + 1) for number in range(places)]
    walks = _walks(random, samples, places)
    depth_of = random.integers(8, DEEPEST + 1, samples).tolist()
    size_of = random.choice(CLASSES, samples).tolist()
    count_of = (random.pareto(1.1, samples) + 1).clip(1, 1e9)
    live_of = np.where(random.random(samples) < 0.4, count_of * random.random(samples), 0).astype(np.int64).tolist()
    counts = count_of.astype(np.int64).tolist()
    parts = []
    for at in range(samples):
        size = size_of[at]
        stack = b"".join([ids[place] for place in walks[at, : depth_of[at]][::-1].tolist()])
        factor = 1 / (1 - np.exp(-size / RATE))
        made, live = int(counts[at] * factor), int(live_of[at] * factor)
        values = varint(made) + varint(made * size) + varint(live) + varint(live * size)
        parts.append(_bytes(2, _bytes(1, stack) + _bytes(2, values) + _bytes(3, _field(1, label) + _field(3, size))))
    return parts


def write(path: Path, samples: int) -> int:
    """Write such a profile to a file and return its bytes."""
    raw = made(samples)
    path.write_bytes(raw)
    return len(raw)
