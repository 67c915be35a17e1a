"""Write the layout data of one Go minor version from a real toolchain.

    python -m tools.gen_layout GOROOT [--goarch amd64] [--out DIR] [--no-dwarf]

Two independent readings are made and must agree field for field, or nothing is written:

* ``tools/layout_probe/facts`` lets Go's own type checker measure the runtime's structs and evaluate its
  constants, once for every GOEXPERIMENT that the toolchain knows;
* ``tools/layout_probe/program`` is compiled for the plain build and for every experiment that changes
  something, and the DWARF of the binaries says where the compiler really put the fields.

An experiment that changes something becomes a variant; one that changes nothing is listed as neutral.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.layout_probe import select

PROBE = Path(__file__).resolve().parent / "layout_probe"
DATA = PROBE.parents[1] / "src" / "goxray" / "layout" / "data"

Facts = dict[str, Any]


class Toolchain:
    """One unpacked Go toolchain and the environment that keeps it to itself."""

    def __init__(self, goroot: Path, goarch: str, scratch: Path) -> None:
        """Build the facts program with the toolchain at ``goroot``."""
        self.goroot, self.goarch, self.scratch = goroot, goarch, scratch
        self.version = (goroot / "VERSION").read_text().split()[0].removeprefix("go")
        self._facts = scratch / "facts"
        self.build(PROBE / "facts", self._facts, "", goarch="")

    def env(self, experiment: str, goarch: str | None = None) -> dict[str, str]:
        """Return the environment of one run; ``goarch=""`` means this machine's own."""
        chosen = self.goarch if goarch is None else goarch
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GO") or k in ("GOCACHE", "GOPATH")}
        fixed = {"GOROOT": str(self.goroot), "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
        return kept | fixed | {"GOPROXY": "off", "GOEXPERIMENT": experiment} | ({"GOARCH": chosen} if chosen else {})

    def build(self, source: Path, out: Path, experiment: str, goarch: str | None = None) -> None:
        """Compile the program in ``source``."""
        command = [str(self.goroot / "bin" / "go"), "build", "-o", str(out), "."]
        subprocess.run(command, cwd=source, env=self.env(experiment, goarch), check=True)

    def facts(self, experiment: str) -> Facts | None:
        """Return constants and structs under one GOEXPERIMENT; None where Go rejects the combination."""
        run = subprocess.run(
            [str(self._facts), *select.PACKAGES], env=self.env(experiment), capture_output=True, text=True
        )
        if run.returncode != 0:
            print(f"  {experiment}: not a working build: {run.stderr.strip().splitlines()[:1]}", file=sys.stderr)
            return None
        found: Facts = json.loads(run.stdout)
        return found


def describe(found: Facts) -> Facts:
    """Turn raw facts into what one build's data says: map kind, structs, aliases, constants."""
    raw = found["structs"]
    classic = "runtime.hmap" in raw
    holds = {name: [f["struct"] for f in s["fields"] if "struct" in f] for name, s in raw.items()}
    structs: Facts = {}
    for name in select.struct_names(holds, classic=classic):
        if not raw[name]["fields"]:
            continue
        fields = {f["name"]: _field(f) for f in raw[name]["fields"]}
        structs[name] = {"size": raw[name]["size"], "fields": fields}
    return {
        "map_kind": "classic" if classic else "swiss",
        "aliases": select.aliases(structs),
        "constants": select.constants(found["constants"]),
        "structs": structs,
    }


def _field(f: Facts) -> list[Any]:
    """Return [offset, size] or, for a field that holds structs, [offset, size, struct, count]."""
    plain = [f["offset"], f["size"]]
    return [*plain, f["struct"], f.get("count", 0)] if "struct" in f else plain


def experiments(found: Facts) -> dict[str, bool]:
    """Return every GOEXPERIMENT of the toolchain and whether it is on by default."""
    prefix = "internal/goexperiment."
    flags = {k.removeprefix(prefix): v for k, v in found["constants"].items() if k.startswith(prefix)}
    return {k.lower(): v == "1" for k, v in flags.items() if not (k.endswith("Int") and k[:-3] in flags)}


def difference(base: Facts, other: Facts) -> Facts:
    """Return what ``other`` says differently from ``base``; None stands for what it lacks."""
    changed: Facts = {}
    if other["map_kind"] != base["map_kind"]:
        changed["map_kind"] = other["map_kind"]
    for part in ("aliases", "constants", "structs"):
        delta = {k: v for k, v in other[part].items() if base[part].get(k) != v}
        delta |= dict.fromkeys(sorted(set(base[part]) - set(other[part])))
        if delta:
            changed[part] = delta
    return changed


def size_classes(goroot: Path) -> tuple[list[int], list[int]]:
    """Return bytes and pages of every size class, as the runtime's generated tables list them."""
    old = goroot / "src/runtime/sizeclasses.go"
    text = (old if old.exists() else goroot / "src/internal/runtime/gc/sizeclasses.go").read_text()

    def table(names: str) -> list[int]:
        match = re.search(rf"var (?:{names}) = \[\w+\]uint\d+\{{([^}}]*)\}}", text)
        if match is None:
            raise ValueError(f"no {names} in the size class tables")
        return [int(item) for item in match[1].split(",")]

    return table("class_to_size|SizeClassToSize"), table("class_to_allocnpages|SizeClassToNPages")


def pclntab_magic(goroot: Path) -> int:
    """Return the magic number that runtime.moduledataverify1 asks of a pcHeader."""
    text = (goroot / "src/runtime/symtab.go").read_text()
    match = re.search(r"hdr\.magic != (0x[0-9a-f]+)", text)
    if match is None:
        raise ValueError("no pclntab magic in runtime/symtab.go")
    return int(match[1], 16)


def collect(chain: Toolchain) -> tuple[Facts, list[str]]:
    """Return the data of one architecture, and the experiments whose builds are to be checked against DWARF."""
    plain = chain.facts("")
    if plain is None:
        raise SystemExit("the plain build does not type-check")
    base = describe(plain)
    if "PCLnTabMagic" not in base["constants"]:
        base["constants"]["PCLnTabMagic"] = pclntab_magic(chain.goroot)
    classes, pages = size_classes(chain.goroot)
    variants: list[Facts] = []
    neutral: list[str] = []
    known = experiments(plain)
    for name in sorted(known):
        switch = f"no{name}" if known[name] else name
        found = chain.facts(switch)
        if found is None:
            continue
        other = describe(found)
        other["constants"].setdefault("PCLnTabMagic", base["constants"]["PCLnTabMagic"])
        changed = difference(base, other)
        if changed:
            variants.append({"experiment": switch, **changed})
        else:
            neutral.append(switch)
    data = {
        "baseline": sorted(name for name, on in known.items() if on),
        "neutral": neutral,
        "size_classes": classes,
        "class_pages": pages,
        **base,
        "variants": variants,
    }
    return data, [variant["experiment"] for variant in variants]


def dump(value: Any, depth: int = 0) -> str:
    """Format as JSON with one struct or constant a line, so that two versions can be compared with diff."""
    if isinstance(value, dict) and value and depth < 6 and "fields" not in value:
        pad = " " * (depth + 1)
        rows = [f"{pad}{json.dumps(k)}: {dump(v, depth + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * depth + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        pad = " " * (depth + 1)
        return "[\n" + ",\n".join(pad + dump(v, depth + 1) for v in value) + "\n" + " " * depth + "]"
    return json.dumps(value)


def main() -> None:
    """Generate one data file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("goroot", type=Path)
    parser.add_argument("--goarch", default="amd64")
    parser.add_argument("--out", type=Path, default=DATA)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        chain = Toolchain(options.goroot.resolve(), options.goarch, Path(scratch))
        data, _ = collect(chain)
    minor = ".".join(chain.version.split(".")[:2])
    path = options.out / f"go{minor}.json"
    whole = json.loads(path.read_text()) if path.exists() else {"arches": {}}
    whole["arches"][options.goarch] = data
    ordered = {"schema": 1, "go": minor, "goos": "linux", "generated_from": chain.version, "arches": whole["arches"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(ordered) + "\n")
    print(
        f"{path.name}: {len(data['structs'])} structs, {len(data['constants'])} constants, "
        f"variants {[v['experiment'] for v in data['variants']]}"
    )


if __name__ == "__main__":
    main()
