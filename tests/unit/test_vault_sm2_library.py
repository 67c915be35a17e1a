"""Which libcrypto is used, and what is said where none will do."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from goxray.core.errors import BadKey, GoxrayError, NotOffered
from goxray.vault import libcrypto, sm2
from goxray.vault.secrets import Secret, wipe

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "gm-vectors.json").read_text())
SIGN = VECTORS["sm2_sign"][0]


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is found, whatever the environment names."""
    monkeypatch.delenv(libcrypto.PLACE, raising=False)


def test_the_library_of_this_machine() -> None:
    library = libcrypto.load()
    assert library is libcrypto.load() and library.version >= (3, 0, 0)
    told = subprocess.run(["openssl", "version"], capture_output=True, text=True, timeout=30).stdout
    linked = told.split("Library: OpenSSL ")[-1].split()[0] if "Library" in told else told.split()[1]
    assert ".".join(map(str, library.version)) == linked


def test_random_bytes_are_the_librarys(monkeypatch: pytest.MonkeyPatch) -> None:
    library = libcrypto.load()
    one, two = library.random(32), library.random(32)
    assert len(one) == len(two) == 32 and one != two and library.random(0) == b""
    monkeypatch.setattr(library._calls, "RAND_priv_bytes", lambda *_: 0)
    with pytest.raises(GoxrayError, match="libcrypto: no random numbers: it gives no reason"):
        library.random(32)


@pytest.mark.parametrize(
    ("place", "why"),
    [("/nowhere/libcrypto.so.3", "cannot be loaded as libcrypto"), ("libc.so.6", "cannot be loaded as libcrypto")],
    ids=["absent", "another library"],
)
def test_a_place_that_holds_none(monkeypatch: pytest.MonkeyPatch, place: str, why: str) -> None:
    """The one that is named is used or refused; no other is taken in its stead. What needs none goes on."""
    monkeypatch.setenv(libcrypto.PLACE, place)
    point = sm2.Public(int(SIGN["px"], 16), int(SIGN["py"], 16))
    for act in (libcrypto.load, sm2.generate, lambda: point.encrypt(b"x")):
        with pytest.raises(NotOffered, match=why) as told:
            act()
        assert "\n" not in str(told.value) and str(told.value).startswith(place)
        assert "install OpenSSL 3.0 or later" in told.value.hint and libcrypto.PLACE in told.value.hint
    signature = sm2.signature_from_raw(bytes.fromhex(SIGN["r"] + SIGN["s"]))
    assert point.verify(SIGN["msg"].encode(), signature, SIGN["id"].encode())
    assert not point.verify(b"another", signature, SIGN["id"].encode())
    assert not point.verify(SIGN["msg"].encode(), signature, b"another")
    assert not point.verify(SIGN["msg"].encode(), signature[:-1], SIGN["id"].encode())


def test_an_old_one_and_one_without_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    name = libcrypto.load().path
    with monkeypatch.context() as patch:
        patch.setattr(libcrypto, "_OLDEST", 99 << 28)
        with pytest.raises(NotOffered, match=rf"^{name} is \w+ \d+\.\d+\.\d+.*: SM2 is used of OpenSSL 3\.0"):
            libcrypto.Library(name)
        patch.setattr(libcrypto, "NAMES", (name, "libnothing.so.9"))
        libcrypto._loaded.cache_clear()
        with pytest.raises(NotOffered, match=rf"^{name} is \w+ \d"):
            libcrypto.load()
        patch.setattr(libcrypto, "NAMES", ("libnothing.so.9",))
        with pytest.raises(NotOffered, match="no libcrypto is installed here") as told:
            libcrypto.load()
        assert "install OpenSSL" in told.value.hint
    monkeypatch.setattr(libcrypto, "_FUNCTIONS", (("EVP_nothing", None, ()),))
    with pytest.raises(NotOffered, match="lacks the function EVP_nothing"):
        libcrypto.Library(name)
    libcrypto._loaded.cache_clear()


def test_one_whose_sm2_is_switched_off(tmp_path: Path) -> None:
    """OpenSSL's own configuration asks for algorithms that no provider has: SM2 is absent, as in builds without it."""
    config = tmp_path / "openssl.cnf"
    config.write_text(
        "openssl_conf = start\n[start]\nalg_section = algorithms\n[algorithms]\ndefault_properties = fips=yes\n"
    )
    name = libcrypto.load().path
    program = (
        "from goxray.core.errors import NotOffered\nfrom goxray.vault import libcrypto\n"
        f"try:\n    libcrypto.Library({name!r})\nexcept NotOffered as error:\n    print(error)"
    )
    environment = {**os.environ, "OPENSSL_CONF": str(config)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == f"{name} was built without SM2 or its provider is switched off\n"


def test_a_key_is_freed_once_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed, or no longer held by anyone: the library is told, and told once."""
    freed: list[int] = []
    library = libcrypto.load()
    really = library.free

    def free(pointer: int) -> None:
        freed.append(pointer)
        really(pointer)

    monkeypatch.setattr(library, "free", free)
    key = library.generate()
    pointer = key.held()
    key.close()
    key.close()
    with pytest.raises(BadKey, match="was closed"):
        key.held()
    assert freed == [pointer]
    key = library.generate()
    pointer, gone = key.held(), weakref.ref(key)
    del key
    gc.collect()
    assert gone() is None and freed[1:] == [pointer]


def test_what_the_library_wrote_of_a_private_key_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    library, written = libcrypto.load(), []
    really = library.private_der

    def watched(key: libcrypto.Key) -> bytearray:
        written.append(really(key))
        assert any(written[-1])
        return written[-1]

    monkeypatch.setattr(library, "private_der", watched)
    with sm2.generate() as key:
        held = key.pkcs8()
    assert len(written) == 1 and not any(written[0])
    assert any(held)
    wipe(held)
    assert not any(held) and len(held) == 138


def test_a_secret_is_moved_and_wiped() -> None:
    data = bytearray(b"secret")
    with Secret.of(data) as held:
        assert not any(data) and held.view == b"secret" and len(held.view) == 6
        assert "secret" not in repr(held).replace("Secret", "")
        place = ctypes.addressof(ctypes.c_char.from_buffer(held.view))
        assert ctypes.string_at(place, 6) == b"secret"
        wipe(held.view)
        assert ctypes.string_at(place, 6) == bytes(6)
    held.wipe()
    with pytest.raises(ValueError):
        bytes(held.view)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells of the pages")
def test_a_secret_stays_out_of_swap_and_core_files() -> None:
    with Secret(5000) as held:
        place = ctypes.addressof(ctypes.c_char.from_buffer(held.view))
        flags, inside = "", False
        for line in Path("/proc/self/smaps").read_text().splitlines():
            first = line.split()[0]
            if "-" in first and not first.endswith(":"):
                start, end = (int(part, 16) for part in first.split("-"))
                inside = start <= place < end
            elif inside and first == "VmFlags:":
                flags = line
        assert " dd" in flags
        assert (" lo" in flags) == held.locked
