"""The checks of ``goxray doctor`` for the vault: what offers its algorithms, and whether keys stay in memory."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from goxray.core.checks import Check
from goxray.core.errors import GoxrayError, NotOffered

_VAULT = "goxray vault, goxray mask and --seal"
_SECRET_BYTES = 64
_LIMIT_KIB = 64
_MAPS = Path("/proc/self/maps")


def examine_vault() -> list[Check]:
    """Run the checks of the vault; none of them keeps goxray from its main job."""
    return [
        sm4_check(),
        sm2_check(),
        gm_tls_check(),
        memory_lock_check(_locks(), resource.getrlimit(resource.RLIMIT_MEMLOCK)),
    ]


def sm4_check() -> Check:
    """Ask cryptography for SM3, SM4-GCM and what stands in for it, by using them."""
    mend = f"{sys.executable} -m pip install --upgrade cryptography"
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.backends.openssl import backend

        from goxray.vault import sm3, sm4

        library = f"cryptography {metadata.version('cryptography')} with {backend.openssl_version_text()}"
    except ImportError as error:
        return Check("sm3_sm4", "warn", f"cryptography cannot be imported: {error}", _VAULT, mend)
    try:
        sm3.digest(b"")
        best = sm4.best()
    except (NotOffered, UnsupportedAlgorithm) as error:
        return Check("sm3_sm4", "warn", f"{library}: {error}", _VAULT, mend)
    if best is sm4.Suite.GCM:
        return Check("sm3_sm4", "ok", f"{library}: SM3, SM4-GCM", _VAULT)
    found = f"{library}: SM3, no SM4-GCM; SM4-CTR with HMAC-SM3 is used instead"
    return Check("sm3_sm4", "warn", found, "bundles sealed elsewhere with SM4-GCM", mend)


def sm2_check() -> Check:
    """Sign something with SM2 and verify it, and name the libcrypto that did it."""
    from goxray.vault import libcrypto

    try:
        library = libcrypto.load()
        _sign_once()
    except GoxrayError as error:
        place = os.environ.get(libcrypto.PLACE, "")
        mend = f"unset {libcrypto.PLACE}" if place else "apt-get install openssl"
        return Check("sm2", "warn", f"{error}; {error.hint}" if error.hint else str(error), _VAULT, mend)
    version = ".".join(str(number) for number in library.version)
    return Check("sm2", "ok", f"SM2 of {_where(library.path)}, OpenSSL {version}", _VAULT)


def _sign_once() -> None:
    from goxray.vault import sm2

    private = sm2.generate()
    try:
        if not private.public.verify(b"asked", private.sign(b"asked")):
            raise NotOffered("the library's SM2 does not verify what it has signed itself")
    finally:
        private.close()


def _where(name: str) -> str:
    """Return the file that was loaded under this name."""
    if "/" in name:
        return name
    with suppress(OSError):
        for line in _MAPS.read_text("utf-8", "surrogateescape").splitlines():
            path = line.partition("/")[2]
            if path and Path(path).name == name:
                return f"/{path}"
    return name


def gm_tls_check() -> Check:
    """Ask for each part of TLS 1.3 with the SM algorithms (RFC 8998)."""
    needed = "connections with TLS_SM4_GCM_SM3"
    mend = f"{sys.executable} -m pip install --upgrade cryptography pyOpenSSL"
    try:
        from goxray.vault import gmtls
    except ImportError as error:
        return Check("gm_tls", "warn", f"cryptography cannot be imported: {error}", needed, mend)
    there, found = gmtls.offered()
    return Check("gm_tls", "ok", found, needed) if there else Check("gm_tls", "warn", found, needed, mend)


def _locks() -> bool:
    from goxray.vault.secrets import Secret

    with Secret(_SECRET_BYTES) as secret:
        return secret.locked


def memory_lock_check(locks: bool, limits: tuple[int, int]) -> Check:
    """Check whether keys can be kept out of swap."""
    needed = "keys and passphrases that never reach swap"
    if locks:
        return Check("memory_lock", "ok", "keys in memory are kept out of swap", needed)
    soft, hard = limits
    wanted = _LIMIT_KIB << 10
    able = hard == resource.RLIM_INFINITY or hard >= wanted
    mend = f"ulimit -l {_LIMIT_KIB}" if able else f"sudo prlimit --pid $$ --memlock={wanted}"
    return Check("memory_lock", "warn", f"keys may reach swap: {soft:,} bytes may be locked in memory", needed, mend)
