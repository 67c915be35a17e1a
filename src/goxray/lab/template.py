"""``goxray lab new``: an experiment to start from. It parses, builds, runs and gets a verdict as it is."""

from __future__ import annotations

import re
from pathlib import Path

from goxray.core.errors import UsageError
from goxray.lab.reading import NAME, read

_OWN = re.compile(r'^id = "X(\d{3})-\d{2}"', re.MULTILINE)

_TOML = """\
# An experiment: what is claimed, what the program measures, and which figures would prove the claim wrong.
# No verdict stands here; the predicates say what the CLAIM says, and the judge compares that with what was measured.
# Every key: docs/lab.md.

id = "{id}"
topic = "map-growth"
title.en = "What append allocates when a slice grows"
title.zh = "append 让 slice 增长时分配了多少"
about.en = "Appends 1,000 ints to an empty slice, and to one with the capacity for them; counts allocated bytes."
about.zh = "分别向空 slice 和容量足够的 slice 追加 1000 个 int，统计分配的字节数。"

[run]
arms = ["grown", "sized"]
# Figures that are the same in every right run need two trials; all others are taken as noisy and get an interval.
exact = ["bytes"]

[[claim]]
id = "{claim}"
section = "1"
text.en = "A slice that grows by append allocates at least twice the bytes of one that is given its capacity."
text.zh = "靠 append 增长的 slice，分配的字节数至少是事先给足容量的两倍。"
refuted_by.en = "The bytes that the growing slice allocates are less than twice those of the other."
refuted_by.zh = "增长的 slice 分配的字节数不到另一个的两倍。"

[[claim.predicate]]
kind = "ratio_at_least"
measure = "bytes"
arm = "grown"
over = {{ measure = "bytes", arm = "sized" }}
value = 2

# The experiment's check on itself: if the slice with its capacity allocates anything but its array of 8,000 bytes
# (8,192 as the allocator rounds it), the figures prove nothing and the claim is INCONCLUSIVE.
[[claim.check]]
kind = "between"
measure = "bytes"
arm = "sized"
low = 8000
high = 8192
"""

_GO = """\
// What append allocates when a slice grows, beside a slice that is given its capacity.
package main

import "runtime"

const elems = 1000

// kept makes the slices escape to the heap; a sink that the compiler cannot see through.
var kept []int

// allocated returns the bytes that f allocates, as the runtime counts them.
func allocated(f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

func fill(slice []int) {
	for at := 0; at < elems; at++ {
		slice = append(slice, at)
	}
	kept = slice
}

func grown() { emit("", "bytes", allocated(func() { fill(nil) }), "bytes") }

func sized() { emit("", "bytes", allocated(func() { fill(make([]int, 0, elems)) }), "bytes") }

// lab and emit come from a file that goxray compiles into every experiment.
func main() { lab(map[string]func(){"grown": grown, "sized": sized}) }
"""


def write_template(name: str, where: Path) -> Path:
    """Write ``claim.toml`` and ``main.go`` into the new folder ``where/name`` and return it.

    Raises:
        UsageError: the name is no experiment's, the folder is there already, or it cannot be made.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be an experiment's name", hint="words in small letters with dashes between: map-clear"
        )
    folder = where / name
    files = {"claim.toml": _TOML.format(id=name, claim=_free_claim(where)), "main.go": _GO}
    try:
        where.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text, "utf-8")
    except FileExistsError as error:
        raise UsageError(f"{folder} is there already", hint="choose another name, or remove it") from error
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from error
    read(folder)
    return folder


def _free_claim(where: Path) -> str:
    """Return an id for a claim that no other experiment beside this one has: X001-01 and on."""
    taken: set[int] = set()
    for path in where.glob("*/claim.toml"):
        try:
            taken.update(int(number) for number in _OWN.findall(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError):
            continue
    free = next(number for number in range(1, 1000) if number not in taken)
    return f"X{free:03}-01"
