"""What the lab says of a built executable, beside what Go's own tools and readelf's twin say of the same file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile

from goxray.lab import binaryfacts
from goxray.target import toolchains

PROGRAM = """
package main

//go:noinline
func kept(n int) int { return n * n }

type holder struct{ n int }

//go:noinline
func (h *holder) method() int { return kept(h.n) }

func main() { println((&holder{3}).method()) }
"""


def build(version: str, place: Path, *, flags: str = "", pie: bool = False, arch: str = "amd64") -> Path:
    found = toolchains.find(version)
    assert found is not None, "run `make toolchains`"
    place.mkdir(exist_ok=True)
    (place / "main.go").write_text(PROGRAM)
    (place / "go.mod").write_text("module program\n\ngo 1.21\n")
    out = place / f"{arch}{'-pie' if pie else ''}{flags.replace(' ', '')}"
    return found.build(place, out, ldflags=flags, pie=pie, env={"GOARCH": arch})


def functions_by_nm(version: str, path: Path) -> set[str]:
    """The text symbols of packages, as ``go tool nm`` lists them."""
    found = toolchains.find(version)
    assert found is not None
    listed = subprocess.run(
        [str(found.go), "tool", "nm", "-type", str(path)],
        env=found.environment(), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return {row[2].removesuffix(".abi0") for row in rows if len(row) == 3 and row[1] in "Tt"}


def by_elftools(path: Path) -> dict[str, float]:
    with open(path, "rb") as file:
        elf = ELFFile(file)
        dynamic = [section for section in elf.iter_sections() if isinstance(section, DynamicSection)]
        needed = sum(tag.entry.d_tag == "DT_NEEDED" for section in dynamic for tag in section.iter_tags())
        interpreted = any(segment["p_type"] == "PT_INTERP" for segment in elf.iter_segments())
        return {
            "size_bytes": float(path.stat().st_size),
            "static": float(not needed and not interpreted),
            "needed": float(needed),
            "symtab": float(elf.get_section_by_name(".symtab") is not None),
            "dwarf": float(any(section.name.startswith((".debug_", ".zdebug_")) for section in elf.iter_sections())),
        }


@pytest.mark.parametrize(
    ("version", "arch", "pie"),
    [("1.21.13", "amd64", False), ("1.27.3", "amd64", True), ("1.24.11", "arm64", False), ("1.27.3", "loong64", False)],
)
def test_facts_agree_with_other_readers(tmp_path: Path, version: str, arch: str, pie: bool) -> None:
    plain = build(version, tmp_path / "p", arch=arch, pie=pie)
    bare = build(version, tmp_path / "p", arch=arch, pie=pie, flags="-s -w")
    for path in (plain, bare):
        found = binaryfacts.facts(path)
        assert not found.why
        assert {name: value for name, value in found.values.items() if name != "functions"} == by_elftools(path)
    names = binaryfacts.functions(plain)
    assert binaryfacts.facts(plain).values["functions"] == len(names)
    assert {"main.kept", "main.(*holder).method", "main.main", "runtime.mallocgc"} <= set(names)
    assert binaryfacts.functions(bare) == names, "-s -w leave the table: the runtime needs it"
    by_nm = functions_by_nm(version, plain)
    of_main = {name for name in by_nm if name.startswith("main.")}
    assert of_main and of_main <= set(names)
    packages = {name for name in names if name.startswith(("main.", "runtime."))}
    assert len(packages - by_nm) <= len(packages) // 50, sorted(packages - by_nm)[:20]


def test_a_file_that_is_no_elf_gives_its_size_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "module.wasm"
    path.write_bytes(b"\0asm" + bytes(100))
    found = binaryfacts.facts(path)
    assert found.values == {"size_bytes": 104.0} and "not an ELF file" in found.why
    assert binaryfacts.functions(path) == ()


def test_a_cut_off_file_is_told(tmp_path: Path) -> None:
    whole = build("1.27.3", tmp_path / "p")
    (tmp_path / "cut").write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    found = binaryfacts.facts(tmp_path / "cut")
    assert "functions" not in found.values and found.why
