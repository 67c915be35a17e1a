"""The platform matrix, cryptography by package, and what counts as a secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from goxray.audit.binaries.content import opened
from goxray.audit.binaries.crypto import linked_crypto, package_of, packages
from goxray.audit.binaries.image import Image, Linkage, Region
from goxray.audit.binaries.platforms import fits, least_kernel, matrix, world
from goxray.audit.binaries.versions import numbers
from goxray.audit.secrets import is_secret, masked, names_secret
from goxray.core.audit_result import BinaryFacts, PlatformFit
from tests.harness.binary_samples import unit_of

NEW_LOADER, OLD_LOADER = "/lib64/ld-linux-loongarch-lp64d.so.1", "/lib64/ld.so.1"


def facts(**given: Any) -> BinaryFacts:
    return unit_of(given).facts


def on(platform: str, **given: Any) -> PlatformFit:
    (found,) = fits(facts(**given), [platform])
    return found


def test_the_matrix_names_its_sources_and_what_they_confirm() -> None:
    platforms = matrix().platforms
    assert len({each.id for each in platforms}) == len(platforms) >= 9
    wanted = {"kylin-v10-sp1", "kylin-v10-sp2", "kylin-v10-sp3", "uos-20", "anolis-8"}
    assert wanted | {"openeuler-20.03", "openeuler-22.03", "openeuler-24.03"} <= {each.id for each in platforms}
    for each in platforms:
        assert {"amd64", "arm64"} <= set(each.arches)
        assert re.fullmatch(r"2\.\d+", each.glibc) and re.fullmatch(r"\d\.\d+", each.kernel)
        assert set(each.checked) <= {"glibc", "kernel"}
        assert each.source and re.fullmatch(r"20\d\d-\d\d-\d\d", each.date)
        assert bool(each.checked) == (each.source != "none found")
        assert (each.world in ("old", "new")) == ("loong64" in each.arches)
        assert each.name.en and each.name.zh


def test_the_new_world_begins_with_its_kernel_and_its_c_library() -> None:
    told = matrix().loong64
    for each in matrix().platforms:
        if each.world:
            new = numbers(each.glibc) >= numbers(told["glibc"]) and numbers(each.kernel) >= numbers(told["kernel"])
            assert new == (each.world == "new"), each.id


@pytest.mark.parametrize(
    ("release", "arch", "kernel"),
    [
        ("go1.17.5", "amd64", "2.6.23"),
        ("go1.18.10", "arm64", "2.6.23"),
        ("go1.19", "amd64", "2.6.32"),
        ("go1.23.12", "amd64", "2.6.32"),
        ("go1.24rc1", "amd64", "3.2"),
        ("go1.27.3", "riscv64", "3.2"),
        ("go1.21.0", "loong64", "5.19"),
        ("go1.27.3", "loong64", "5.19"),
        ("", "amd64", ""),
    ],
)
def test_the_least_kernel_of_a_release(release: str, arch: str, kernel: str) -> None:
    """The figures are those of go.dev/wiki/Linux."""
    assert least_kernel(release, arch) == kernel


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "new"),
        ({"interpreter": NEW_LOADER, "libraries": ["libc.so.6"], "glibc": "2.36"}, "new"),
        ({"interpreter": OLD_LOADER, "libraries": ["libc.so.6"], "glibc": "2.28"}, "old"),
        ({"interpreter": OLD_LOADER}, "old"),
        ({"libraries": ["libc.so.6"], "glibc": "2.27"}, "old"),
    ],
)
def test_the_world_of_a_loongarch_program(given: dict[str, Any], expected: str) -> None:
    assert world(facts(arch="loong64", **given)) == expected


def test_reasons_are_told_in_both_languages() -> None:
    for given in (
        {"static": True},
        {"static": False, "libraries": ["libc.so.6"], "glibc": "2.99"},
        {"arch": "loong64", "static": True},
        {"arch": "s390x", "static": True},
        {"os": "windows", "format": "pe"},
        {"static": False, "libraries": ["libz.so.1"]},
    ):
        for each in fits(facts(**given)):
            assert each.why.en and re.search("[一-龥]", each.why.zh) and not re.search("[一-龥]", each.why.en)


def test_what_is_not_verified_is_said_so() -> None:
    unverified = next(each for each in matrix().platforms if "glibc" not in each.checked)
    verified = next(each for each in matrix().platforms if "glibc" in each.checked)
    given: dict[str, Any] = {"static": False, "libraries": ["libc.so.6"], "glibc": "2.17"}
    assert "(unverified)" in on(unverified.id, **given).why.en
    assert "unverified" not in on(verified.id, **given).why.en


def test_old_go_runs_and_a_newer_kernel_is_asked_for_where_there_is_none() -> None:
    assert on("kylin-v10-sp3", static=True, go_version="go1.12").fits
    assert on("kylin-v10-sp3", static=True, go_version="").fits
    mended = on("openeuler-24.03", arch="loong64", static=True)
    assert mended.fits and "static" in mended.why.en


def test_libraries_to_install_are_a_condition() -> None:
    found = on("kylin-v10-sp3", static=False, libraries=["libsqlite3.so.0", "libm.so.6", "libc.so.6"], glibc="2.17")
    assert found.fits and found.why.en == "if libsqlite3.so.0 is installed there"


# ---- cryptography


@pytest.mark.parametrize(
    ("function", "package"),
    [
        ("main.main", "main"),
        ("crypto/md5.Sum", "crypto/md5"),
        ("net/http.(*Client).Do", "net/http"),
        ("gopkg.in/yaml%2ev3.Marshal", "gopkg.in/yaml.v3"),
        ("example.com/a.b/c.F[go.shape.int]", "example.com/a.b/c"),
        ("example.com/x.F[example.com/y.T]", "example.com/x"),
        ("github.com/x/y/v2.(*T[...]).M.func1", "github.com/x/y/v2"),
        ("runtime.goexit", "runtime"),
    ],
)
def test_the_package_of_a_function(function: str, package: str) -> None:
    assert package_of(function) == package


def test_names_of_the_compilers_own_making_have_no_package() -> None:
    names = ["type:.eq.main.T", "go:buildid", "go:struct{}.x", "main.main"]
    assert packages(names) == {"main"}


def linked(tmp_path: Path, names: list[str], *, data: bytes = b"", foreign: bool = False, **linkage: Any) -> set[str]:
    path = tmp_path / "data"
    path.write_bytes(data)
    with opened(path, "data") as content:
        region = Region(0, 0, len(data), len(data))
        image = Image(content, "elf", "amd64", "linux", "<", 8, (region,), {}, Linkage(**linkage))
        return set(linked_crypto(image, frozenset(names), foreign=foreign))


def test_algorithms_by_package(tmp_path: Path) -> None:
    names = [
        "crypto/md5.block",
        "crypto/internal/fips140/aes.encryptBlock",
        "crypto/internal/fips140/sha256.New",
        "vendor/golang.org/x/crypto/chacha20poly1305.New",
        "example.com/svc/vendor/golang.org/x/crypto/scrypt.Key",
        "github.com/emmansun/gmsm/sm2.SignASN1",
        "github.com/tjfoc/gmsm/sm4.NewCipher",
        "example.com/md5.Sum",
        "main.sm3",
    ]
    assert linked(tmp_path, names) == {"MD5", "AES", "SHA-256", "ChaCha20-Poly1305", "scrypt", "SM2", "SM4"}
    assert linked(tmp_path, []) == set()


def test_boringcrypto_is_named_where_its_c_code_is_called(tmp_path: Path) -> None:
    assert linked(tmp_path, ["crypto/internal/boring.Unreachable"]) == set()
    assert linked(tmp_path, ["crypto/internal/boring._Cfunc__goboringcrypto_SHA256_Init"]) == {"BoringCrypto"}


def test_openssl_as_a_library(tmp_path: Path) -> None:
    needs = ("libcrypto.so.3:OPENSSL_3.0.0", "libcrypto.so.3:OPENSSL_3.2.0", "libc.so.6:GLIBC_2.34")
    found = linked(tmp_path, [], libraries=("libssl.so.3", "libcrypto.so.3", "libc.so.6"), needs=needs)
    assert found == {"OpenSSL (libssl.so.3)", "OpenSSL >= 3.2.0 (libcrypto.so.3)"}
    assert linked(tmp_path, [], libraries=("libcrypto.so.1.1",)) == {"OpenSSL (libcrypto.so.1.1)"}
    assert linked(tmp_path, [], libraries=("libcryptography.so", "libsslold.so")) == set()


def test_openssl_linked_statically_is_told_by_its_own_text(tmp_path: Path) -> None:
    data = bytes((1 << 20) - 10) + b"OpenSSL 3.2.1 30 Jan 2024\0"
    assert linked(tmp_path, [], data=data, foreign=True) == {"OpenSSL 3.2.1 (static)"}
    assert linked(tmp_path, [], data=data, foreign=False) == set(), "Go alone holds no C library"
    assert linked(tmp_path, [], data=b"needs OpenSSL 3.2.1 or newer\0", foreign=True) == set()
    assert linked(tmp_path, [], data=b"OpenSSL 1.1.1f  31 Mar 2020\0", foreign=True) == {"OpenSSL 1.1.1f (static)"}


def test_openssl_that_nobody_asks_for_its_version(tmp_path: Path) -> None:
    """Its texts as libcrypto 3.0.19 has them: the provider's name, and the version alone, far from each other."""
    provider = b"\0OpenSSL Default Provider\0"
    for data, expected in (
        (b"\0003.0.19\0" + bytes(1 << 20) + provider, "OpenSSL 3.0.19 (static)"),
        (provider, "OpenSSL (static)"),
        (provider + b"\0003.0.19\0003.4.1\0", "OpenSSL (static)"),
        (b"SHA1 for x86_64, CRYPTOGAMS by <appro@openssl.org>\0", "OpenSSL or a fork of it (static)"),
    ):
        assert linked(tmp_path, [], data=data, foreign=True) == {expected}
    assert linked(tmp_path, [], data=b"\0003.0.19\0", foreign=True) == set()
    boring = ["crypto/internal/boring._Cfunc__goboringcrypto_SHA256_Init"]
    assert linked(tmp_path, boring, data=b"CRYPTOGAMS by <appro@openssl.org>", foreign=True) == {"BoringCrypto"}


# ---- secrets


@pytest.mark.parametrize("name", ["main.apiKey", "main.DBPassword", "a.b/c.Token", "main.jwt_secret", "main.AES_KEY"])
def test_names_of_secrets(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize(
    "name", ["main.version", "main.keyPath", "main.passwordFile", "main.tokenURL", "main.monkey", "main.publicKey"]
)
def test_names_about_secrets(name: str) -> None:
    assert not names_secret(name)


def test_a_mask_shows_two_characters_at_most() -> None:
    assert masked("0123456789abcdef") == "01***"
    assert masked("short") == masked("") == "***"
    assert masked("\n\nvery long secret") == "***"


def test_a_name_alone_makes_no_secret_of_a_placeholder() -> None:
    assert is_secret("main.apiKey", "k3yOfTheDoor")
    assert not is_secret("main.apiKey", "<your key>")
    assert not is_secret("main.version", "v1.2.3-20250101-abcdef012345")
