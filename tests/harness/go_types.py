"""Random Go types as text, and programs that say how Go's own compiler lays types out."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

from goxray.target import toolchains
from tests.harness.variants import Variant

_BASIC = (
    "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "int", "uint", "uintptr",
    "float32", "float64", "complex64", "complex128", "string", "byte", "rune", "unsafe.Pointer", "error", "any",
)  # fmt: skip
_KEYS = ("bool", "int8", "int16", "int32", "int64", "uint", "float32", "float64", "complex64", "string", "any", "*int")


def random_type(rng: random.Random, depth: int = 3) -> str:
    """Return any type: basic at the latest at depth 0."""
    if depth == 0 or rng.random() < 0.45:
        return rng.choice(_BASIC)
    inner = random_type(rng, depth - 1)
    match rng.randrange(8):
        case 0:
            return f"*{inner}"
        case 1:
            return f"[]{inner}"
        case 2:
            return f"[{rng.choice((0, 1, 2, 3, 5))}]{inner}"
        case 3:
            return f"map[{random_key(rng, 1)}]{inner}"
        case 4:
            return f"chan {inner}"
        case 5:
            return f"func({inner}) {random_type(rng, 0)}"
        case _:
            return random_struct(rng, depth - 1)


def random_struct(rng: random.Random, depth: int) -> str:
    """Return a struct of up to seven fields, some blank, some without size."""
    fields = []
    for at in range(rng.randrange(8)):
        name = "_" if rng.random() < 0.1 else f"f{at}"
        fields.append(f"{name} {'struct{}' if rng.random() < 0.08 else random_type(rng, depth)}")
    return f"struct{{ {'; '.join(fields)} }}"


def random_key(rng: random.Random, depth: int) -> str:
    """Return a type that can be the key of a map."""
    if depth == 0 or rng.random() < 0.5:
        return rng.choice(_KEYS)
    if rng.random() < 0.4:
        return f"[{rng.choice((0, 1, 2, 4, 8, 16, 33, 200))}]{random_key(rng, depth - 1)}"
    names = ("_", "a", "b", "c")
    fields = [f"{'_' if rng.random() < 0.1 else names[at]} {random_key(rng, depth - 1)}" for at in range(1, 4)]
    return f"struct{{ {'; '.join(fields[: rng.randrange(4)])} }}"


_IMPORTS = ("encoding/hex", "encoding/json", "os", "reflect", "unsafe")
_PROGRAM = """package main

import (
%(imports)s)

type told struct {
	Size, Align, PtrBytes uintptr
	Mask                  string
	Offsets               []uintptr
	Raw, Unit             string
}

func word(p unsafe.Pointer, at uintptr) uintptr { return *(*uintptr)(unsafe.Add(p, at)) }

func raw(p unsafe.Pointer, size uintptr) string { return hex.EncodeToString(unsafe.Slice((*byte)(p), size)) }

func tell(t reflect.Type) told {
	p := (*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1]
	out := told{Size: t.Size(), Align: uintptr(t.Align()), PtrBytes: word(p, 8)}
	plain := *(*byte)(unsafe.Add(p, 23))&(1<<6) == 0 && *(*byte)(unsafe.Add(p, 20))&(1<<4) == 0
	if out.PtrBytes > 0 && out.PtrBytes <= 512 && plain {
		out.Mask = raw(*(*unsafe.Pointer)(unsafe.Add(p, 32)), (out.PtrBytes/8+7)/8)
	}
	if t.Kind() == reflect.Struct {
		for i := 0; i < t.NumField(); i++ {
			out.Offsets = append(out.Offsets, t.Field(i).Offset)
		}
	}
	if t.Kind() == reflect.Map {
		out.Raw = raw(p, 144)
		out.Unit = raw(*(*unsafe.Pointer)(unsafe.Add(p, 64)), 16)
	}
	return out
}

var types = []reflect.Type{
%(types)s}

func main() {
	found := []told{}
	for _, t := range types {
		found = append(found, tell(t.Elem()))
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
"""


def ask_go(variant: Variant, types: list[str], imports: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return what a real program says of each type: sizes, PtrBytes, pointer mask, offsets, the map type's descriptor.

    The program is built once for each list of types and kept in goxray's cache directory.
    """
    source = _PROGRAM % {
        "imports": "".join(f'\t"{path}"\n' for path in sorted({*_IMPORTS, *imports})),
        "types": "".join(f"\treflect.TypeOf((*{each})(nil)),\n" for each in types),
    }
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    directory = toolchains.cache_dir() / "test-programs" / f"types-{digest}"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "go.mod").write_text("module types\n\ngo 1.21\n")
    executable = directory / str(variant)
    with open(f"{executable}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not executable.exists():
            (directory / "main.go").write_text(source)
            partial = Path(f"{executable}.partial")
            variant.toolchain().build(directory, partial, experiments=variant.experiments)
            os.replace(partial, executable)
    run = subprocess.run([executable], capture_output=True, check=True, timeout=60)
    answers: list[dict[str, Any]] = json.loads(run.stdout)
    return answers
