"""The hashes are Go's own: a real program asks its map hashers, goxray recomputes the answers from its memory."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from goxray.goruntime.hashes import (
    Array,
    Complex,
    Dialect,
    Field,
    Float,
    HashKeys,
    Held,
    Interface,
    KeyShape,
    Memory,
    MemoryKeyReader,
    String,
    Struct,
    hash_keys,
    plan_hash,
)
from goxray.target.binary import Binary
from goxray.target.process import ProcessMemory
from tests.harness.programs import Build, build
from tests.harness.variants import Variant

KEYS_OF_EACH_TYPE = 60


@dataclass(frozen=True)
class Hashing:
    """How one Go version hashes."""

    dialect: Dialect
    salted: bool
    symbols: str = "runtime."
    use_aes: str = "useAeshash"


HASHING = {
    "1.21.13": Hashing("runs", salted=True),
    "1.22.10": Hashing("runs", salted=True),
    "1.23.9": Hashing("runs", salted=False),
    "1.24.11": Hashing("runs", salted=False),
    "1.25.5": Hashing("runs", salted=False),
    "1.26.6": Hashing("runs", salted=False),
    "1.27.3": Hashing("signature", salted=False, symbols="internal/runtime/maps.", use_aes="UseAeshash"),
}


@contextmanager
def running(executable: Path, seed: int, godebug: str) -> Iterator[dict]:
    command = [str(executable), str(KEYS_OF_EACH_TYPE), str(seed)]
    env = {**os.environ, "GODEBUG": godebug}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            yield json.loads(program.stdout.readline())
        finally:
            program.kill()


def shape_of(told: dict) -> KeyShape:
    match told["kind"]:
        case "string":
            return String()
        case "float":
            return Float(told["size"])
        case "complex":
            return Complex(told["size"])
        case "interface":
            return Interface(told.get("empty", False))
        case "array":
            return Array(told.get("count", 0), shape_of(told["elem"]))
        case "struct":
            fields = (Field(f["offset"], shape_of(f["shape"]), f["blank"]) for f in told.get("fields", ()))
            return Struct(told["size"], tuple(fields))
    return Memory(told["size"])


def process_keys(how: Hashing, binary: Binary, memory: ProcessMemory) -> tuple[HashKeys, bool]:
    def variable(name: str, size: int) -> bytes:
        symbol = binary.symbol(how.symbols + name)
        assert symbol is not None, name
        return memory.read(symbol.addr, size)

    if variable(how.use_aes, 1)[0]:
        return HashKeys.aes(variable("aeskeysched", 128)), True
    return HashKeys.portable(variable("hashkey", 32), salted=how.salted), False


@pytest.mark.parametrize("godebug", ["", "cpu.aes=off"], ids=["aes", "portable"])
def test_every_key_hashes_as_in_go(variant: Variant, godebug: str) -> None:
    how = HASHING[variant.version]
    executable = build("hashes", Build(variant))
    binary = Binary(str(executable))
    with running(executable, seed=len(str(variant) + godebug), godebug=godebug) as told:
        assert told["longest"] > 5
        memory = ProcessMemory(told["pid"])
        keys, with_aes = process_keys(how, binary, memory)
        assert with_aes == (godebug == "")
        held = {(h["word"], h["empty"]): Held(shape_of(h["shape"]), h["direct"]) for h in told["held"]}
        reader = MemoryKeyReader(memory, lambda word, empty: held.get((word, empty)))
        for asked in told["types"]:
            plan = plan_hash(shape_of(asked["shape"]), "typehash" if asked["made"] else how.dialect)
            rows = np.array([list(bytes.fromhex(key)) for key in asked["keys"]], np.uint8).reshape(
                len(asked["keys"]), -1
            )
            hashes, known = hash_keys(plan, rows, np.array(asked["seeds"], np.uint64), keys, reader)
            steady = np.array(asked["hashes"], np.uint64) == np.array(asked["again"], np.uint64)
            assert known.tolist() == steady.tolist(), asked["type"]
            wrong = known & (hashes != np.array(asked["hashes"], np.uint64))
            assert not wrong.any(), (asked["type"], asked["made"], int(wrong.sum()))
        memory.close()
    binary.close()
