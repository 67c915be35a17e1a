"""The hashes are Go's own: a real program asks its map hashers, goxray recomputes the answers from its memory."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
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
from goxray.target import toolchains
from goxray.target.binary import Binary
from goxray.target.process import ProcessMemory

SOURCE = Path(__file__).parents[1] / "programs" / "hashes"
KEYS_OF_EACH_TYPE = 60


@dataclass(frozen=True)
class Build:
    """How one Go version hashes."""

    dialect: Dialect
    salted: bool
    symbols: str = "runtime."
    use_aes: str = "useAeshash"


BUILDS = {
    "1.21.13": Build("runs", salted=True),
    "1.22.10": Build("runs", salted=True),
    "1.23.9": Build("runs", salted=False),
    "1.24.11": Build("runs", salted=False),
    "1.25.5": Build("runs", salted=False),
    "1.26.6": Build("runs", salted=False),
    "1.27.3": Build("signature", salted=False, symbols="internal/runtime/maps.", use_aes="UseAeshash"),
}


@cache
def built(version: str, directory: Path) -> Path:
    output = directory / f"hashes-{version}"
    env = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    go = toolchains.install(version)
    subprocess.run([str(go), "build", "-o", str(output), "."], cwd=SOURCE, env=env, check=True)
    return output


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hashes")


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


def process_keys(build: Build, binary: Binary, memory: ProcessMemory) -> tuple[HashKeys, bool]:
    def variable(name: str, size: int) -> bytes:
        symbol = binary.symbol(build.symbols + name)
        assert symbol is not None, name
        return memory.read(symbol.addr, size)

    if variable(build.use_aes, 1)[0]:
        return HashKeys.aes(variable("aeskeysched", 128)), True
    return HashKeys.portable(variable("hashkey", 32), salted=build.salted), False


@pytest.mark.parametrize("godebug", ["", "cpu.aes=off"], ids=["aes", "portable"])
@pytest.mark.parametrize(
    "version", [pytest.param(version, marks=pytest.mark.xdist_group(f"hashes-{version}")) for version in BUILDS]
)
def test_every_key_hashes_as_in_go(version: str, godebug: str, directory: Path) -> None:
    build = BUILDS[version]
    executable = built(version, directory)
    binary = Binary(str(executable))
    with running(executable, seed=len(version + godebug), godebug=godebug) as told:
        memory = ProcessMemory(told["pid"])
        keys, with_aes = process_keys(build, binary, memory)
        assert with_aes == (godebug == "")
        held = {(h["word"], h["empty"]): Held(shape_of(h["shape"]), h["direct"]) for h in told["held"]}
        reader = MemoryKeyReader(memory, lambda word, empty: held.get((word, empty)))
        for asked in told["types"]:
            plan = plan_hash(shape_of(asked["shape"]), "typehash" if asked["made"] else build.dialect)
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
