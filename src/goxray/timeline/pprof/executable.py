"""The executable that a profile was taken of: the one that is named, or the file that the profile names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from goxray.core.errors import GoxrayError, WrongExecutable
from goxray.target.binary import Binary

if TYPE_CHECKING:
    from goxray.timeline.pprof.profile import Mapping, Profile


class Executable(NamedTuple):
    """What was found. ``doubt`` says what a reader should know: the file has been built anew, or cannot be compared.

    The caller closes ``binary``; it is None where there is none. ``path`` is the file that was looked at.
    """

    binary: Binary | None
    path: str = ""
    doubt: Literal["", "rebuilt", "no build id"] = ""


def main_mapping(profile: Profile) -> Mapping | None:
    """Return the mapping of the program itself: the first one of a file."""
    return next((mapping for mapping in profile.mappings if mapping.filename.startswith("/")), None)


def open_executable(profile: Profile, exe: str | None, pid: int | None = None) -> Executable:
    """Open the executable of a profile: the one named, else the file that the profile names if it is the same build.

    Where that file is out of reach, that of the process ``pid`` is taken if its build id is the profile's.

    Raises:
        GoxrayError: the file named is no Go program, or another one than the profile's.
    """
    main = main_mapping(profile)
    if exe is None and (main is None or not Path(main.filename).is_file()):
        return Executable(None) if pid is None or main is None or not main.build_id else _of_process(main, pid)
    try:
        binary = Binary(exe or (main.filename if main else ""))
    except GoxrayError:
        if exe is not None:
            raise
        return Executable(None)
    wanted = main.build_id if main is not None else ""
    if wanted and wanted not in (binary.gnu_build_id, binary.go_build_id):
        path = binary.path
        binary.close()
        if exe is not None:
            raise WrongExecutable(f"{exe} is not what the profile was taken of: their build ids differ")
        return Executable(None, path, "rebuilt")
    return Executable(binary, binary.path, "no build id" if exe is None and not wanted else "")


def _of_process(main: Mapping, pid: int) -> Executable:
    """Open a process's executable, whatever its name and its mount namespace, if it is the profile's build."""
    path = f"/proc/{pid}/exe"
    try:
        binary = Binary(path)
    except GoxrayError:
        return Executable(None)
    if main.build_id in (binary.gnu_build_id, binary.go_build_id):
        return Executable(binary, path)
    binary.close()
    return Executable(None)
