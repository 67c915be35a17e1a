"""``--verify`` finds nothing wrong in healthy maps, of whatever key type and history, on every Go build."""

from __future__ import annotations

import os
import subprocess

import pytest

from goxray.core.result import MapsResult
from goxray.goruntime.hashes import HashKeys
from goxray.maps import verify
from tests.harness.inspect import inspect
from tests.harness.programs import Build, build
from tests.harness.truth import TruthProgram
from tests.harness.variants import CLASSIC, SWISS, Variant, params


def test_every_map_of_the_program_verifies_clean(variant: Variant) -> None:
    with TruthProgram(Build(variant)) as program:
        first = inspect(program.pid, verify=True)
        program.tell("gc")
        later = inspect(program.pid, verify=True)
    for result in (first, later):
        assert result.faults == []
        assert result.verified_maps == result.totals.maps > 170


def verified(variant: Variant, godebug: str = "") -> MapsResult:
    """Verify the maps of the program ``keytypes``."""
    command, env = [str(build("keytypes", Build(variant)))], {**os.environ, "GODEBUG": godebug}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            return inspect(int(program.stdout.readline()), verify=True)
        finally:
            program.kill()


def test_keys_of_every_type_hash_as_they_stand(variant: Variant) -> None:
    result = verified(variant)
    assert result.faults == []
    held = [row for row in result.table.to_pylist() if "main.hold[...]" in row["owner"]]
    assert len(held) == 17 and len({row["type"] for row in held}) == 14  # three types have two maps


@pytest.mark.parametrize("variant", params((CLASSIC, SWISS)), indirect=True)
def test_keys_hash_without_aes_too(variant: Variant) -> None:
    assert verified(variant, "cpu.aes=off").faults == []


@pytest.mark.parametrize("variant", params((CLASSIC, SWISS)), indirect=True)
def test_no_key_is_left_out(variant: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other random words than the process's own, every map whose keys are hashed stands out."""
    monkeypatch.setattr(verify, "process_keys", lambda _: HashKeys.portable(bytes(range(32)), salted=False))
    result = verified(variant)
    held = {row["addr"]: row["type"] for row in result.table.to_pylist() if row["owner"].startswith("main.")}
    assert len(held) > 30
    passed = held.keys() - {fault.addr for fault in result.faults if fault.violation}
    assert {held[addr] for addr in passed} == set()
