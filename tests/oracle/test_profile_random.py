"""Made-up profiles of every oddity that the format allows: ``go tool pprof`` adds them up to the same rows."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from goxray import api_profile
from goxray.core.profile_proto import message_class
from goxray.core.profile_result import TopRow
from tests.harness.pprof_tool import top

NAMES = (
    "main.f", "main.(*T).Get", "main.Map[...]", "main.(*List[...]).Push", "main.g[...].func1", "runtime.mallocgc",
    "std::vector<int>::push_back(int const&)", "operator()", "a::(anonymous namespace)::f(int)::g", "java.List.<init>",
    "f(int", "g>h<i", "std::map<a, b<c>>::operator[](a)", "x", ".ppc", "foo(bar)", "main.σ",
)  # fmt: skip
SYSTEM = ("_same_", "", "other")
FILES = ("", "/src/a.go", "/src//b/../c.go", "rel.go")
MAPPINGS = ("", "/srv/gone/app", "/lib/libx.so")


class Maker:
    """Makes one profile after another, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.texts = [""]

    def text(self, word: str) -> int:
        if word not in self.texts:
            self.texts.append(word)
        return self.texts.index(word)

    def profile(self, *, drop: str = "", keep: str = "", at: int = 0) -> Any:
        """A profile; ``at`` is how far the files are moved, as address space randomisation does."""
        pick, self.texts = self.random, [""]
        made = message_class("Profile")()
        for kind, unit in (("objects", "count"), ("space", "bytes")):
            made.sample_type.add(type=self.text(kind), unit=self.text(unit))
        for number, file in enumerate(MAPPINGS):
            start = 0x10000 * (number + 1) + at
            made.mapping.add(id=number + 1, memory_start=start, memory_limit=start + 0x8000, filename=self.text(file))
            made.mapping[number].has_functions = True
        for number in range(18):
            name = pick.choice(NAMES)
            system = pick.choice(SYSTEM)
            made.function.add(
                id=number + 1,
                name=self.text(name if pick.random() < 0.9 else ""),
                system_name=self.text(name if system == "_same_" else system),
                filename=self.text(pick.choice(FILES)),
                start_line=pick.choice((0, 7)),
            )
        for number in range(30):
            mapping = pick.randrange(4)
            where = made.location.add(
                id=3 * number + 1, mapping_id=mapping, address=0x10000 * mapping + 16 * number + at
            )
            for _ in range(pick.choice((0, 1, 1, 1, 2, 3))):
                where.line.add(function_id=pick.randint(1, 18), line=pick.choice((0, 12, 13)))
        for _ in range(60):
            stack = [3 * pick.randrange(30) + 1 for _ in range(pick.randrange(9))]
            sample = made.sample.add(location_id=stack, value=[pick.choice((0, 1, 3, -2)), pick.randint(-500, 2000)])
            if pick.random() < 0.4:
                sample.label.add(key=self.text("tenant"), str=self.text(pick.choice("ab")))
            if pick.random() < 0.4:
                sample.label.add(key=self.text("bytes"), num=pick.choice((8, 16)), num_unit=self.text("bytes"))
        made.drop_frames, made.keep_frames = self.text(drop), self.text(keep)
        made.period_type.type, made.period_type.unit, made.period = self.text("space"), self.text("bytes"), 512
        made.string_table.extend(self.texts)
        return made


def shown(row: TopRow) -> str:
    """A row's name as the tool prints it: function, file and line; what has no name is called by the rest alone."""
    where = f"{row.file}:{row.line}" if row.line else row.file
    return row.function if row.function.endswith(where) else f"{row.function} {where}"


def compare(directory: Path, files: tuple[Path, ...], sample: str, *, lines: bool) -> None:
    base = str(files[1]) if len(files) > 1 else None
    found = api_profile.profile(str(files[0]), base=base, sample=sample, lines=lines)
    options = [*(("-base", str(files[1])) if base else ()), *(("-lines",) if lines else ()), str(files[0])]
    said = top(directory, sample, found.shown.unit, *options)
    ours = [(shown(row), row.flats[found.column], row.cums[found.column]) for row in found.top]
    assert sorted(ours) == sorted(said.rows)
    assert [abs(flat) for _, flat, _ in ours] == [abs(flat) for _, flat, _ in said.rows]
    assert found.shown.total == said.total


@pytest.mark.parametrize("seed", range(12))
def test_any_profile(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "p.pb"
    path.write_bytes(Maker(seed).profile().SerializeToString())
    compare(tmp_path, (path,), ("objects", "space")[seed % 2], lines=seed >= 4)


@pytest.mark.parametrize("seed", range(8))
def test_frames_that_the_profile_says_to_drop(seed: int, tmp_path: Path) -> None:
    drop, keep = [
        (r"main\..*", ""),
        (r"main\..*|operator\(\)", r"main\.f"),
        (r"runtime\..*|std::.*", "std::map.*"),
        ("x|foo", ""),
    ][seed % 4]
    path = tmp_path / "p.pb"
    path.write_bytes(Maker(100 + seed).profile(drop=drop, keep=keep).SerializeToString())
    compare(tmp_path, (path,), "space", lines=False)


@pytest.mark.parametrize("seed", range(8))
def test_one_less_the_other_wherever_they_were_mapped(seed: int, tmp_path: Path) -> None:
    paths = (tmp_path / "after.pb", tmp_path / "before.pb")
    for path, moved in zip(paths, (0, 0x400000), strict=True):
        maker = Maker(200 + seed)
        made = maker.profile(at=moved)
        for sample in made.sample[:: 2 + seed]:
            sample.value[1] += moved // 1000
        path.write_bytes(made.SerializeToString())
    compare(tmp_path, paths, "space", lines=bool(seed % 2))
