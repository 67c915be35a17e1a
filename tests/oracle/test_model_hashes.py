"""From Python values to Go's hashes: keys of a real program, written in Python, hash as in its own maps."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from goxray.goruntime.types import POINTER_SHAPED, GoType, Kind
from goxray.layout import layout_for
from goxray.model.encode import NUMBERS, Iface, canonical, encode
from goxray.model.gotypes import parse_file, parse_type, pointer_bytes
from goxray.model.hashing import KeyHasher
from goxray.target.binary import Binary
from goxray.target.process import ProcessMemory
from tests.harness.programs import PROGRAMS, Build, build
from tests.harness.variants import BASELINES, Variant, params
from tests.oracle.test_hashes import HASHING, process_keys, running


class Decoder:
    """Real Go memory as the Python values of goxray.model.encode."""

    def __init__(self, memory: ProcessMemory, held: dict[tuple[int, bool], tuple[GoType, bool]]) -> None:
        self.memory = memory
        self.held = held

    def value(self, go_type: GoType, data: bytes) -> object:
        kind = go_type.kind
        if kind in NUMBERS:
            return np.frombuffer(data, NUMBERS[kind])[0].item()
        if kind in POINTER_SHAPED:
            return int.from_bytes(data, "little")
        if kind is Kind.STRING:
            addr, size = struct.unpack("<QQ", data)
            return self.memory.read(addr, size) if size else b""
        if kind is Kind.INTERFACE:
            return self.interface(go_type, data)
        if kind is Kind.ARRAY:
            size = go_type.elem.size
            return [self.value(go_type.elem, data[at * size : (at + 1) * size]) for at in range(go_type.length)]
        assert kind is Kind.STRUCT
        return tuple(self.value(f.type, data[f.offset : f.offset + f.type.size]) for f in go_type.fields)

    def interface(self, go_type: GoType, data: bytes) -> object:
        word = int.from_bytes(data[:8], "little")
        if not word:
            return None
        dynamic, direct = self.held[word, bool(go_type.length)]
        inside = data[8:] if direct else self.memory.read(int.from_bytes(data[8:], "little"), dynamic.size)
        return Iface(dynamic, self.value(dynamic, inside))


@pytest.mark.parametrize("variant", params(BASELINES))
def test_values_hash_as_in_go(variant: Variant) -> None:
    godebug = "cpu.aes=off" if variant.minor % 3 == 1 else ""  # with AES or without: the kernels' own test has both
    layout = layout_for(f"go{variant.version}", "amd64", variant.experiments)
    declared = parse_file(PROGRAMS / "hashes" / "types.go", layout)
    executable = build("hashes", Build(variant))
    binary = Binary(str(executable))
    with running(executable, seed=len(str(variant) + godebug) + 1, godebug=godebug) as told:
        memory = ProcessMemory(told["pid"])
        keys, _ = process_keys(HASHING[variant.version], binary, memory)
        held = {(h["word"], h["empty"]): (parse_type(h["type"], layout, declared), h["direct"]) for h in told["held"]}
        decoder = Decoder(memory, held)
        compiled = [asked for asked in told["types"] if not asked["made"]]
        assert len(compiled) > 60
        nans = 0
        for asked in compiled:
            key = parse_type(asked["type"], layout, declared).map_shape.key
            nans += compare(asked, KeyHasher(key, layout, keys), decoder)
        assert nans > 50
        memory.close()
    binary.close()


def compare(asked: dict[str, Any], hasher: KeyHasher, decoder: Decoder) -> int:
    """Hash one type's keys, each with a seed of its own; return how many of them have no hash of their own (NaN)."""
    key = hasher.key_type
    raw = [bytes.fromhex(each) for each in asked["keys"]]
    values = [decoder.value(key, data) for data in raw]
    steady = [a == b for a, b in zip(asked["hashes"], asked["again"], strict=True)]
    assert [canonical(key, value) is not None for value in values] == steady, asked["type"]
    # The kernels' own test has hashed keys of any length; here they only take time.
    short = [at for at, value in enumerate(values) if steady[at] and len(repr(value)) < 4000]
    assert len(short) > 5, asked["type"]
    seeds = np.array(asked["seeds"], np.uint64)[short]
    hashes = hasher.hash_many([values[at] for at in short], seeds).tolist()
    wrong = [values[at] for at, said in zip(short, hashes, strict=True) if said != asked["hashes"][at]]
    assert not wrong, (asked["type"], wrong[:2])
    assert hasher.hash_one(values[short[0]], asked["seeds"][short[0]]) == asked["hashes"][short[0]]
    if not pointer_bytes(key) and not has_gaps(key):
        rows = encode(key, values, lambda data: pytest.fail("nothing to place"))
        assert [bytes(row) for row in rows] == raw, asked["type"]
    return steady.count(False)


def has_gaps(go_type: GoType) -> bool:
    """Whether a value has bytes that its Python form does not tell: padding, and what a bool's byte may hold."""
    if go_type.kind is Kind.ARRAY:
        return has_gaps(go_type.elem)
    if go_type.kind is Kind.STRUCT:
        return sum(f.type.size for f in go_type.fields) != go_type.size or any(has_gaps(f.type) for f in go_type.fields)
    return go_type.kind in (Kind.FLOAT32, Kind.COMPLEX64)  # a NaN's payload passes through Python's double
