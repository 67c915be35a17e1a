"""What became of a file, told in the reader's language by every report that people read."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from audit_samples import clean

from goxray.audit.config import reading
from goxray.audit.source.files import load
from goxray.core.audit_result import FileHealth
from goxray.render import write
from goxray.render.audit_health import health_detail
from goxray.render.options import RenderOptions

_BAD = {
    "broken.go": b"package a\n\nfunc f( {\n",
    "latin.go": b"package a\n\nvar x = `\xe9`\n",
    "zeros.go": b"package a\0",
    "deep.go": b"package a\nvar x = " + b"(" * 9000 + b"1" + b")" * 9000,
    "gone.go": None,
    "zeros.yaml": b"a: \0",
    "deep.json": b"[" * 90_000,
}


def _health(path: Path) -> FileHealth:
    if path.suffix != ".go":
        found = reading.load(path, path.name)
        assert isinstance(found, FileHealth)
        return found
    loaded = load(path, path.name)
    return loaded if isinstance(loaded, FileHealth) else loaded.health


@pytest.mark.parametrize("name", _BAD)
def test_what_readers_say_of_files_has_a_chinese_text(tmp_path: Path, name: str) -> None:
    text = _BAD[name]
    if text is not None:
        (tmp_path / name).write_bytes(text)
    detail = _health(tmp_path / name).detail
    told = health_detail(detail, "zh")
    assert detail and not re.search(r"[a-z]{3}", told.replace("Go ", "")), told
    assert health_detail(detail, "en") == detail


def test_words_of_others_stay_as_they_are() -> None:
    assert health_detail("mapping values are not allowed here {0}", "zh") == "mapping values are not allowed here {0}"
    assert health_detail("MOD005 failed here and found nothing: KeyError: {x}", "zh").endswith("KeyError: {x}")


@pytest.mark.parametrize("fmt", ["table", "md", "html"])
def test_reports_tell_it_in_their_language(fmt: str) -> None:
    bad = FileHealth("a.go", "source", "partial", "line 3: not understood; the rest was looked at")
    out = io.BytesIO()
    write(replace(clean(), unhealthy=(bad,)), fmt, out, RenderOptions(lang="zh", width=120), "audit")
    assert "第 3 行无法解析；其余部分已检查" in out.getvalue().decode()
