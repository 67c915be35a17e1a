"""Write the layout data of a Go release line from a real toolchain.

    python -m tools.gen_layout 1.24.11 [--goarch arm64] [--out DIR] [--check]

Two independent readings are made and must agree field for field, or nothing is written:

* ``tools/layout_probe/facts`` lets Go's own type checker measure the runtime's structs and evaluate its
  constants, once for every GOEXPERIMENT that the toolchain knows;
* ``tools/layout_probe/program`` is compiled for the plain build and for every experiment that changes
  something, and the DWARF of the binaries says where the compiler really put the fields.

An experiment that changes something becomes a variant; one that changes nothing is listed as neutral. With
``--check`` nothing is written: the differences from the data there is are printed, one name a line. That is how the
range of verified patch releases in ``goxray/layout/versions.py`` is found.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from goxray.core.errors import ToolchainError
from goxray.target.toolchains import Toolchain, install
from tools.layout_probe import dwarf, select

PROBE = Path(__file__).resolve().parent / "layout_probe"
DATA = PROBE.parents[1] / "src" / "goxray" / "layout" / "data"

Facts = dict[str, Any]


class Prober:
    """Reads one toolchain's facts about one architecture."""

    def __init__(self, go: Toolchain, goarch: str, scratch: Path) -> None:
        """Build the facts program, which runs on this machine whatever ``goarch`` it describes."""
        self.go, self.goarch, self.scratch = go, goarch, scratch
        self._facts = go.build(PROBE / "facts", scratch / "facts")

    def facts(self, experiment: str) -> Facts | None:
        """Return constants and structs under one GOEXPERIMENT; None where Go rejects it."""
        env = self.go.environment(experiments=[experiment] if experiment else [], extra={"GOARCH": self.goarch})
        run = subprocess.run([str(self._facts), *select.PACKAGES], env=env, capture_output=True, text=True)
        if run.returncode != 0:
            print(f"  {experiment}: not a working build: {run.stderr.strip().splitlines()[:1]}", file=sys.stderr)
            return None
        found: Facts = json.loads(run.stdout)
        return found

    def check_against_dwarf(self, described: Facts, experiment: str) -> None:
        """Compile the probe program and compare every struct that its DWARF has.

        Raises:
            SystemExit: the compiler put something elsewhere.
        """
        options = [experiment] if experiment else []
        binary = self.go.build(
            PROBE / "program", self.scratch / "probe", experiments=options, env={"GOARCH": self.goarch}
        )
        compiled = dwarf.structs(binary)
        unseen = []
        for name, known in described["structs"].items():
            found = compiled.get(name)
            if found is None:
                unseen.append(name)
                continue
            fields = {field: (row[0], row[1]) for field, row in known["fields"].items()}
            if (known["size"], fields) != (found.size, found.fields):
                raise SystemExit(f"go{self.go.version} {experiment}: {name}: {known} but DWARF has {found}")
        print(f"  {experiment or 'plain'}: DWARF agrees; it lacks {', '.join(unseen) or 'nothing'}")


def describe(found: Facts, goroot: Path) -> Facts:
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
    constants = select.constants(found["constants"], classic=classic)
    if classic:
        constants |= classic_map_flags(goroot)
    if "PCLnTabMagic" not in constants:
        constants["PCLnTabMagic"] = pclntab_magic(goroot)
    return {
        "map_kind": "classic" if classic else "swiss",
        "aliases": select.aliases(structs),
        "constants": dict(sorted(constants.items())),
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


def classic_map_flags(goroot: Path) -> dict[str, int]:
    """Return the bits of a classic map type's Flags, under the names that the constants of Swiss maps have.

    The classic accessors (abi.MapType.IndirectKey and its like) hold them as bare numbers.
    """
    sources = [goroot / "src/internal/abi" / name for name in ("map_noswiss.go", "type.go")]
    text = next(path for path in sources if path.exists()).read_text()
    found = re.findall(r"func \(mt \*(?:Old)?MapType\) (\w+)\(\) bool \{[^}]*mt\.Flags&(\d+) != 0", text)
    if len(found) != 5:
        raise ValueError(f"expected five flags of a classic map type, found {found}")
    return {f"Map{name}": int(bit) for name, bit in found}


def collect(prober: Prober) -> Facts:
    """Return the data of one architecture, held against DWARF."""
    plain = prober.facts("")
    if plain is None:
        raise SystemExit("the plain build does not type-check")
    base = describe(plain, prober.go.root)
    prober.check_against_dwarf(base, "")
    classes, pages = size_classes(prober.go.root)
    variants: list[Facts] = []
    neutral: list[str] = []
    known = experiments(plain)
    for name in sorted(known):
        switch = f"no{name}" if known[name] else name
        found = prober.facts(switch)
        if found is None:
            continue
        other = describe(found, prober.go.root)
        changed = difference(base, other)
        if changed:
            try:
                prober.check_against_dwarf(other, switch)
            except ToolchainError as error:
                if "requires" not in str(error):  # one experiment that cannot be had without another: no build has it
                    raise
                print(f"  {switch}: not a working build: {str(error).splitlines()[-1]}", file=sys.stderr)
                continue
            variants.append({"experiment": switch, **changed})
        else:
            neutral.append(switch)
    return {
        "baseline": sorted(name for name, on in known.items() if on),
        "neutral": neutral,
        "size_classes": classes,
        "class_pages": pages,
        **base,
        "variants": variants,
    }


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


def differences(there: Facts, now: Facts) -> list[str]:
    """Return what two readings of a release line say differently, one name each."""
    found = [part for part in ("baseline", "neutral", "size_classes", "class_pages") if there[part] != now[part]]
    sides = {"plain": (there, now)}
    variants = [{variant["experiment"]: variant for variant in side["variants"]} for side in (there, now)]
    for name in sorted(variants[0].keys() | variants[1].keys()):
        sides[name] = variants[0].get(name, {}), variants[1].get(name, {})
    for where, (old, new) in sides.items():
        for part in ("aliases", "constants", "structs"):
            before, after = old.get(part, {}), new.get(part, {})
            changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
            found += [f"{where}: {part}: {key}" for key in changed]
    return found


def main() -> None:
    """Write the data files of the release lines asked for, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="+")
    parser.add_argument("--goarch", default="amd64")
    parser.add_argument("--out", type=Path, default=DATA)
    parser.add_argument("--check", action="store_true", help="write nothing, print what differs")
    options = parser.parse_args()
    for version in options.versions:
        go = install(version)
        print(f"go{go.version}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            data = collect(Prober(go, options.goarch, Path(scratch)))
        minor = ".".join(go.version.split(".")[:2])
        path = options.out / f"go{minor}.json"
        whole = json.loads(path.read_text()) if path.exists() else {"arches": {}}
        if options.check:
            print(*(f"  differs: {line}" for line in differences(whole["arches"][options.goarch], data)), sep="\n")
            continue
        whole["arches"][options.goarch] = data
        head = {"schema": 1, "go": minor, "goos": "linux", "generated_from": go.version}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(head | {"arches": whole["arches"]}) + "\n")


if __name__ == "__main__":
    main()
