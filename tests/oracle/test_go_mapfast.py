"""Which functions the compiler calls for a map: its own assembly, on machines with and without unaligned loads."""

from __future__ import annotations

import os
import random
import re
import subprocess
from pathlib import Path

import pytest

from goxray.layout import layout_for
from goxray.model.gotypes import parse_type
from goxray.model.shapes import map_shape
from tests.harness.go_types import random_key
from tests.harness.variants import BASELINES, Variant, params

_CALLED = re.compile(r"\bp\.f(\d+) STEXT|runtime\.mapassign(?:_fast(\w+))?\(SB\)")
_KEYS = (
    "string", "[1]string", "struct{ s string }", "struct{ s string; _ struct{} }", "struct{ _ string }", "[2]string",
    "*int", "[1]*int", "struct{ p *int }", "chan int", "[4]byte", "[8]byte", "[2]int16", "[4]int16", "[2]int32",
    "struct{ a, b int32 }", "struct{ a int32; _ int32 }", "struct{ a int32; b int16 }", "struct{ a int8; b int32 }",
    "struct{ e struct{}; a int64 }", "float32", "float64", "complex64", "uintptr", "rune", "bool", "any", "error",
)  # fmt: skip


def map_types() -> list[str]:
    rng = random.Random(6)
    keys = [*_KEYS, *(random_key(rng, 2) for _ in range(120))]
    return [f"map[{key}]{rng.choice(('int', 'struct{}', '[128]byte', '[129]byte'))}" for key in keys]


@pytest.mark.parametrize("goarch", ["amd64", "arm64", "loong64"])
@pytest.mark.parametrize("variant", params(BASELINES))
def test_the_compiler_calls_these_functions(variant: Variant, goarch: str, tmp_path: Path) -> None:
    texts = map_types()
    source = tmp_path / "p.go"
    functions = "".join(
        f"func f{at}(m {text}, k {text[4 : _end(text)]}) {{ m[k] = *new({text[_end(text) + 1 :]}) }}\n"
        for at, text in enumerate(texts)
    )
    source.write_text(f"package p\n\n{functions}")
    run = subprocess.run(
        [variant.toolchain().go, "tool", "compile", "-p", "p", "-S", "-o", os.devnull, str(source)],
        env={**os.environ, "GOARCH": goarch}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    called: dict[int, str] = {}
    at = -1
    for function, fast in _CALLED.findall(run.stdout + run.stderr):
        if function:
            at = int(function)
        else:
            called.setdefault(at, fast)
    layout = layout_for(f"go{variant.version}", goarch, variant.experiments)
    said = {at: map_shape(parse_type(text, layout), layout).fast for at, text in enumerate(texts)}
    assert {texts[at]: fast for at, fast in said.items()} == {texts[at]: called[at] for at in said}
    assert {"", "32", "64", "64ptr", "str"} == set(said.values())


def _end(text: str) -> int:
    """Where the bracket behind the key stands."""
    depth = 0
    for at in range(3, len(text)):
        depth += (text[at] == "[") - (text[at] == "]")
        if not depth:
            return at
    raise AssertionError(text)
