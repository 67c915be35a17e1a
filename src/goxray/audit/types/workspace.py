"""The go.work that holds a module, copied to where the go command may write beside it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from goxray.audit.facts import Replace
from goxray.audit.modules.gomod import read_gomod
from goxray.core.errors import BadModuleFile

_LARGEST = 1 << 20
OFF = "off"


def workspace(module_dir: Path, scratch: Path) -> str:
    """Return the GOWORK setting for a module: a copy of its workspace's go.work, or ``off`` where it is in none.

    In a workspace the go command completes go.work.sum, even where it may change no go.mod (cmd/go's
    modload.WriteGoMod); beside a copy it does that without touching the user's file. A workspace with a vendor folder
    is used as it is: nothing is summed there.
    """
    for around in (module_dir, *module_dir.parents):
        path = around / "go.work"
        if path.is_file():
            try:
                return _copied(path, module_dir, scratch)
            except (OSError, UnicodeDecodeError, BadModuleFile):
                return OFF
    return OFF


def _copied(path: Path, module_dir: Path, scratch: Path) -> str:
    if path.stat().st_size > _LARGEST:
        return OFF
    said = read_gomod(path.read_text("utf-8"), "go.work")
    uses = [Path(os.path.realpath(path.parent / each)) for each in said.uses]
    if module_dir not in uses:
        return OFF
    if (path.parent / "vendor" / "modules.txt").is_file():
        return str(path)
    lines = [f"go {said.go}"] if said.go else []
    lines += [f"godebug {key}={value}" for key, value in said.godebug.items()]
    lines += [f"use {_quoted(str(each))}" for each in uses]
    lines += [_replaced(each, path.parent) for each in said.replaces]
    made = scratch / "go.work"
    made.write_text("\n".join(lines) + "\n", "utf-8")
    with suppress(FileNotFoundError):
        shutil.copyfile(path.with_name("go.work.sum"), made.with_name("go.work.sum"))
    return str(made)


def _replaced(given: Replace, root: Path) -> str:
    new = os.path.realpath(root / given.new_path) if given.local else given.new_path
    words = ["replace", _quoted(given.path), given.version, "=>", _quoted(new), given.new_version]
    return " ".join(word for word in words if word)


def _quoted(text: str) -> str:
    """Return a word of go.work between quotes, as Go reads a string.

    Raises:
        BadModuleFile: it cannot stand there.
    """
    if any(ord(letter) < 0x20 for letter in text):
        raise BadModuleFile("go.work: a path with control characters")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
