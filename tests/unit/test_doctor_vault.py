"""What ``goxray doctor`` says of the vault's algorithms, where they are and where they are not."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from goxray.core.errors import NotOffered
from goxray.ui.cli import machine_vault
from goxray.ui.cli.main import main
from goxray.vault import gmtls, libcrypto, sm2, sm3, sm4

INFINITE = resource.RLIM_INFINITY


@pytest.fixture
def no_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The libraries that are looked for, and no memory of an earlier look, before and behind."""
    monkeypatch.delenv(libcrypto.PLACE, raising=False)
    libcrypto._loaded.cache_clear()
    yield
    libcrypto._loaded.cache_clear()


def test_the_report_holds_the_rows_of_the_vault() -> None:
    report = json.loads(CliRunner().invoke(main, ["doctor", "--format", "json"]).stdout)
    rows = {row["name"]: row for row in report["checks"]}
    for name in ("sm3_sm4", "sm2", "gm_tls", "memory_lock"):
        assert rows[name]["status"] in ("ok", "warn") and rows[name]["needed_for"]
        assert rows[name]["status"] == "ok" or rows[name]["mend"]


def test_the_file_that_does_sm2_is_named(no_place: None) -> None:
    check = machine_vault.sm2_check()
    assert check.status == "ok", check.found
    path = check.found.removeprefix("SM2 of ").split(",")[0]
    assert Path(path).is_file() and Path(path).name in libcrypto.NAMES
    major = check.found.rpartition("OpenSSL ")[2].split(".")[0]
    assert int(major) >= 3
    assert any(path in line for line in Path("/proc/self/maps").read_text().splitlines())


def test_a_libcrypto_that_is_named_and_does_not_load(no_place: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(libcrypto.PLACE, "/nowhere/libcrypto.so.3")
    check = machine_vault.sm2_check()
    assert (check.status, check.mend) == ("warn", f"unset {libcrypto.PLACE}")
    assert "/nowhere/libcrypto.so.3" in check.found and "install OpenSSL 3.0 or later" in check.found


def test_no_libcrypto_at_all(no_place: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libcrypto, "NAMES", ("libnothing.so.9",))
    check = machine_vault.sm2_check()
    assert (check.status, check.mend) == ("warn", "apt-get install openssl")
    assert check.found.startswith("no libcrypto is installed here") and "vault" in check.needed_for


def test_a_library_that_does_not_verify_its_own_signature_is_not_called_good(
    no_place: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sm2.Public, "verify", lambda *_: False)
    check = machine_vault.sm2_check()
    assert check.status == "warn" and "does not verify" in check.found and check.mend


def test_sm3_and_sm4_gcm_are_named_with_their_library() -> None:
    from cryptography import __version__

    check = machine_vault.sm4_check()
    assert check.status == "ok", check.found
    assert check.found.startswith(f"cryptography {__version__} with OpenSSL ")
    assert check.found.endswith(": SM3, SM4-GCM")


def test_without_gcm_the_other_suite_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm4, "offered", lambda suite: suite is sm4.Suite.CTR_HMAC)
    check = machine_vault.sm4_check()
    assert check.status == "warn" and "SM4-CTR with HMAC-SM3" in check.found
    assert check.mend == f"{sys.executable} -m pip install --upgrade cryptography"


def test_without_any_sm4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm4, "offered", lambda _suite: False)
    check = machine_vault.sm4_check()
    with pytest.raises(NotOffered) as told:
        sm4.best()
    assert check.status == "warn" and str(told.value) in check.found and check.mend


def test_without_sm3(monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm

    def refuse(*_parts: bytes) -> bytes:
        raise UnsupportedAlgorithm("sm3 is not supported")

    monkeypatch.setattr(sm3, "digest", refuse)
    check = machine_vault.sm4_check()
    assert check.status == "warn" and "sm3 is not supported" in check.found


def test_without_cryptography(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    check = machine_vault.sm4_check()
    assert check.status == "warn" and "cannot be imported" in check.found and "pip install" in check.mend


def test_gm_tls_is_named_with_its_suite_and_library() -> None:
    check = machine_vault.gm_tls_check()
    assert check.status == "ok", check.found
    assert "TLS_SM4_GCM_SM3" in check.found and "OpenSSL 4." in check.found


def test_without_gm_tls_the_line_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NotOffered("GM TLS (RFC 8998) is not offered by OpenSSL 3.5.0: it lacks the suite TLS_SM4_GCM_SM3")

    monkeypatch.setattr(gmtls, "_library", refuse)
    check = machine_vault.gm_tls_check()
    assert check.status == "warn" and "lacks the suite TLS_SM4_GCM_SM3" in check.found
    assert check.mend.endswith("-m pip install --upgrade cryptography pyOpenSSL")


@pytest.mark.parametrize(
    ("locks", "limits", "status", "mend"),
    [
        (True, (0, 0), "ok", ""),
        (False, (0, INFINITE), "warn", "ulimit -l 64"),
        (False, (0, 1 << 16), "warn", "ulimit -l 64"),
        (False, (0, (1 << 16) - 1), "warn", "sudo prlimit --pid $$ --memlock=65536"),
    ],
)
def test_locking_of_memory(locks: bool, limits: tuple[int, int], status: str, mend: str) -> None:
    check = machine_vault.memory_lock_check(locks, limits)
    assert (check.status, check.mend) == (status, mend)
