"""What a Go executable is, from its file alone: nothing is run, and what the file says of itself is not trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from goxray.audit.binaries import buildinfo
from goxray.audit.binaries.content import Content, opened
from goxray.audit.binaries.crypto import linked_crypto
from goxray.audit.binaries.elf import read_elf
from goxray.audit.binaries.functions import Functions, functions
from goxray.audit.binaries.image import Image
from goxray.audit.binaries.macho import read_macho
from goxray.audit.binaries.pe import read_pe
from goxray.audit.binaries.platforms import fits
from goxray.audit.binaries.setstrings import set_strings
from goxray.audit.binaries.versions import numbers
from goxray.audit.facts import BinaryUnit
from goxray.audit.secrets import is_secret, masked
from goxray.core.audit_result import BinaryFacts
from goxray.core.errors import BadBinary, NotAGoProgram

_ELF = b"\x7fELF"
_MACHO = (b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf")
_UNIVERSAL = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_MOST_ARCHES = 64  # a Java class file begins like a universal file; its version number is larger
_LARGEST = 4 << 30
_BUILD_ID = re.compile(rb'\xff Go build ID: "((?:[^"\\\n]|\\.)*)"\n \xff')
_BUILD_ID_WITHIN = 64 << 10
_GLIBC = re.compile(r":GLIBC_(\d+(?:\.\d+)+)$")


def looks_executable(head: bytes) -> bool:
    """Whether the first bytes of a file (64 are enough) are those of an ELF, PE or Mach-O file."""
    if head.startswith(_ELF):
        return True
    if head.startswith(b"MZ"):
        return len(head) >= 64
    if head[:4] in _UNIVERSAL:
        return len(head) >= 8 and 0 < int.from_bytes(head[4:8], "big") <= _MOST_ARCHES
    return head[:4] in _MACHO


def read_binary(path: Path, shown: str) -> BinaryUnit:
    """Read a Go executable of any system.

    Args:
        path: the file.
        shown: the name for messages and for the facts' ``path``.

    Raises:
        NotAGoProgram: it is no executable, or not one of Go; the message says what it is.
        BadBinary: it is damaged.
        TargetError: it cannot be read.
    """
    with opened(path, shown) as content:
        image = _image(content)
        info = buildinfo.build_info(image)
        table = functions(image)
        if info is None and not _of_go(table):
            if image.notes and image.format == "elf":
                raise BadBinary(f"{shown} is {image.notes[0]}")
            raise NotAGoProgram(
                f"{shown} is not a Go program: it holds no Go build information and no Go runtime{_packed(content)}"
            )
        return _unit(image, info or buildinfo.BuildInfo("", (), "", (), {}), table)


def _image(content: Content) -> Image:
    head = content.at(0, 64)
    if not looks_executable(head):
        raise NotAGoProgram(f"{content.shown} is not a Go program: it is {_describe(head)}")
    if content.size > _LARGEST:
        raise BadBinary(f"{content.shown} has {content.size >> 30} GiB: no Go program is as large")
    if head.startswith(_ELF):
        return read_elf(content)
    return read_pe(content) if head.startswith(b"MZ") else read_macho(content)


def _describe(head: bytes) -> str:
    if not head:
        return "an empty file"
    if head.startswith(b"#!"):
        return "a script"
    if head.startswith(b"!<arch>"):
        return "an archive of object files"
    if head.startswith((b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh")):
        return "an archive or compressed file"
    return "neither an ELF, a PE nor a Mach-O file"


def _packed(content: Content) -> str:
    return "; it is packed by UPX: unpack it first" if content.find(b"UPX!", 0, 4096) >= 0 else ""


def _of_go(table: Functions) -> bool:
    return "runtime.main" in table.names or "runtime.goexit" in table.names


def _unit(image: Image, info: buildinfo.BuildInfo, table: Functions) -> BinaryUnit:
    cgo = _cgo(info, table)
    strings = set_strings(image, info.settings)
    linkage = image.linkage
    facts = BinaryFacts(
        path=image.content.shown,
        format=image.format,
        arch=_arch(image, info),
        os=info.settings.get("GOOS", image.os),
        go_version=info.go_version,
        main_path=info.main_path,
        modules=info.modules,
        settings=_shown(info.settings, strings),
        experiments=info.experiments,
        cgo=cgo,
        static=linkage.static,
        interpreter=linkage.interpreter,
        libraries=linkage.libraries,
        glibc=newest_glibc(linkage.needs),
        pie=linkage.pie,
        relro=linkage.relro,
        nx=linkage.nx,
        symtab=image.symtab,
        dwarf=image.dwarf,
        build_id=image.go_build_id or _build_id(image),
        functions=table.count,
        crypto=linked_crypto(image, table.names, foreign=cgo is not False),
        size=image.content.size,
        sha256=image.content.sha256(),
        notes=_notes(image, info, table),
        needs=linkage.needs,
        gnu_build_id=image.gnu_build_id,
    )
    return BinaryUnit(facts.path, replace(facts, platforms=fits(facts)), table.names, strings)


def _shown(settings: Mapping[str, str], strings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings without the secrets that ``-ldflags -X`` puts into a program."""
    secrets = sorted((text for name, text in strings.items() if is_secret(name, text)), key=len, reverse=True)
    found = dict(sorted(settings.items()))
    for key in ("-ldflags", "-gcflags", "-asmflags", "CGO_LDFLAGS", "CGO_CFLAGS"):
        for text in secrets:
            if text in found.get(key, ""):
                found[key] = found[key].replace(text, masked(text))
    return found


def _arch(image: Image, info: buildinfo.BuildInfo) -> str:
    """The header tells the machine; GOARCH only tells apart what it leaves open."""
    return image.arch if not image.arch.startswith("machine ") else info.settings.get("GOARCH", image.arch)


def _cgo(info: buildinfo.BuildInfo, table: Functions) -> bool | None:
    """Whether C code is called: CGO_ENABLED alone says that it might have been."""
    if table.count:
        return any(name.startswith(("runtime/cgo.", "_cgo_", "x_cgo_")) for name in table.names)
    told = info.settings.get("CGO_ENABLED")
    return None if told is None else told == "1"


def newest_glibc(needs: tuple[str, ...]) -> str:
    """Return the newest of the GLIBC versions among needs (``libc.so.6:GLIBC_2.34``), empty where there is none."""
    found = [match[1] for each in needs if (match := _GLIBC.search(each))]
    return max(found, key=numbers, default="")


def _build_id(image: Image) -> str:
    """Where notes are not, the linker writes it at the begin of the code (cmd/internal/buildid)."""
    for region in image.regions:
        match = _BUILD_ID.search(image.content.at(region.offset, min(region.size, _BUILD_ID_WITHIN)))
        if match:
            return match[1].decode("utf-8", "replace").replace("\\", "")
    return ""


def _notes(image: Image, info: buildinfo.BuildInfo, table: Functions) -> tuple[str, ...]:
    notes = list(image.notes)
    if not info.go_version:
        notes.append("the build information was cut out: version, modules and settings are unknown")
    if not table.count:
        notes.append("the table of functions was not found: functions and linked packages are unknown")
    return tuple(notes)
