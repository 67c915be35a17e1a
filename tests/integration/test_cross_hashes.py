"""The hashes of arm64 and loong64 programs are Go's own: the program asks its map hashers, a core gives the rest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from goxray.goruntime.hash_shapes import process_keys
from goxray.goruntime.hashes import Held, MemoryKeyReader, hash_keys, plan_hash
from goxray.goruntime.runtime import Runtime
from goxray.target.open import open_target
from tests.harness import cross
from tests.harness.programs import Build
from tests.harness.variants import BASELINES, CLASSIC, SWISS, Variant
from tests.oracle.test_hashes import HASHING, shape_of

KEYS = 10
"""Of each type; the same kernels see more in tests/oracle/test_hashes.py."""

CASES = [pytest.param(variant, "arm64", "", id=f"{variant}-arm64-aes") for variant in BASELINES]
CASES += [pytest.param(variant, "arm64", "off", id=f"{variant}-arm64-portable") for variant in (CLASSIC, SWISS)]
CASES += [pytest.param(variant, "loong64", "", id=f"{variant}-loong64") for variant in BASELINES]


@pytest.mark.parametrize(("variant", "goarch", "aes"), CASES)
def test_every_key_hashes_as_in_go(variant: Variant, goarch: str, aes: str, tmp_path: Path) -> None:
    seed = str(len(str(variant) + goarch + aes))
    how, godebug = Build(variant, goarch=goarch), f"cpu.aes={aes}" if aes else ""
    dead = cross.insist(
        lambda fresh: cross.dead(how, "hashes", str(KEYS), seed, directory=fresh, kill=True, godebug=godebug), tmp_path
    )
    told = json.loads(dead.said)
    assert told["longest"] > 0
    with open_target(str(dead.core), str(dead.exe)) as target:
        keys = process_keys(Runtime(target))
        assert keys is not None
        assert (keys.schedule is not None) == (goarch == "arm64" and not aes)
        held = {(h["word"], h["empty"]): Held(shape_of(h["shape"]), h["direct"]) for h in told["held"]}
        reader = MemoryKeyReader(target.memory, lambda word, empty: held.get((word, empty)))
        dialect = HASHING[variant.version].dialect
        if goarch == "loong64" and dialect == "runs":
            dialect = "aligned runs"
        for asked in told["types"]:
            plan = plan_hash(shape_of(asked["shape"]), "typehash" if asked["made"] else dialect)
            raw = [list(bytes.fromhex(key)) for key in asked["keys"]]
            rows = np.array(raw, np.uint8).reshape(len(raw), -1)
            hashes, known = hash_keys(plan, rows, np.array(asked["seeds"], np.uint64), keys, reader)
            expected, again = (np.array(asked[name], np.uint64) for name in ("hashes", "again"))
            assert known.tolist() == (expected == again).tolist(), asked["type"]
            assert not (known & (hashes != expected)).any(), (asked["type"], asked["made"])
    shutil.rmtree(tmp_path)
