"""The heap profile that the pages on profiles show: what goxray prints of the same program now, up to figures."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.variants import SWISS
from tools.docs_examples.run import REPO, Reader
from tools.docs_examples.shape import missing


@pytest.mark.parametrize("name", ["docs/profile.md", "docs/profile.zh-CN.md"])
def test_the_page_shows_what_the_command_prints(name: str, tmp_path: Path) -> None:
    (shown,) = re.findall(r"```text\n(goxray profile .+?)```", (REPO / name).read_text(), re.DOTALL)
    service = shutil.copy(build("profiles", Build(SWISS)), tmp_path / "service")
    with speaking(Path(service), "maps", str(tmp_path / "heap.pb.gz")) as program:
        reader = Reader(tmp_path, program.pid, name)
        outcome = reader.run(f"goxray profile heap.pb.gz --pid {program.pid} --top 4")
    assert outcome.status == 0, outcome.output
    assert missing(shown.splitlines(), outcome.output) == []
