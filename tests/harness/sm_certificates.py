"""Authorities and certificates for tests of GM TLS, as files: of goxray, and of the openssl command for odd ones."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from goxray.vault import der, sm2, x509, x509_make

HOSTS = ("localhost", "127.0.0.1")
_DISTID = "distid:1234567812345678"


@dataclass(frozen=True)
class Shown:
    """A certificate and its key.

    Attributes:
        path: The certificate, PEM.
        key_path: The key, PKCS #8 in PEM.
    """

    path: Path
    key_path: Path

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.path.read_bytes()

    @property
    def key(self) -> bytes:
        """The key."""
        return self.key_path.read_bytes()


@dataclass(frozen=True)
class Authority:
    """An authority of goxray's making.

    Attributes:
        place: Where its files are.
        shown: Its certificate and key.
    """

    place: Path
    shown: Shown

    @classmethod
    def make(cls, place: Path, name: str = "authority", *, subject: str = "测试根") -> Authority:
        """Make one whose files bear a name."""
        with sm2.generate() as key:
            began = datetime.now(UTC) - timedelta(days=900)
            made = x509_make.authority(key, subject, begins=began)
            return cls(place, _write(place, name, made, key))

    @classmethod
    def odd(cls, place: Path, extensions: str) -> Authority:
        """Let the openssl command make one with these extensions, that signs itself."""
        key, made, config = place / "odd.key", place / "odd.pem", place / "odd.cnf"
        config.write_text(f"[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n{extensions}\n")
        run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", key)
        asked = ("req", "-x509", "-new", "-key", key, "-subj", "/CN=odd", "-config", config, "-days", "30")
        run(*asked, "-out", made, "-sm3", "-sigopt", _DISTID)
        return cls(place, Shown(made, key))

    def leaf(self, name: str, hosts: Sequence[str] = HOSTS, *, begins_days: float = -1, days: int = 30) -> Shown:
        """Make a certificate that begins so many days from now."""
        issuer = x509.read(self.shown.pem)[0]
        held = bytearray(der.from_pem(self.shown.key.decode(), "PRIVATE KEY", "the key")[0])
        with sm2.generate() as key, sm2.Private.from_pkcs8(held) as own:
            begins = datetime.now(UTC) + timedelta(days=begins_days)
            made = x509_make.leaf(key.public, name, hosts, issuer=issuer, issuer_key=own, begins=begins, days=days)
            return _write(self.place, name, made, key)

    def foreign(
        self,
        name: str,
        extensions: str,
        *,
        above: Shown | None = None,
        curve: str = "SM2",
        distid: str = _DISTID,
    ) -> Shown:
        """Let the openssl command make a certificate with these extensions, signed by the authority or one below it."""
        place, signer = self.place, above or self.shown
        key, request, made, file = (place / f"{name}.{end}" for end in ("key", "csr", "pem", "ext"))
        file.write_text(extensions)
        (place / "empty.cnf").write_text("[req]\ndistinguished_name=dn\n[dn]\n")
        run("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", key)
        of_sm2 = ["-sm3", "-sigopt", _DISTID] if curve == "SM2" else ["-sha256"]
        run(
            "req", "-new", "-key", key, "-subj", f"/CN={name}", "-config", place / "empty.cnf", "-out", request, *of_sm2
        )
        asked: list[str | Path] = ["x509", "-req", "-in", request, "-days", "30", "-extfile", file, "-out", made]
        asked += ["-CA", signer.path, "-CAkey", signer.key_path]
        asked += ["-vfyopt", _DISTID] if curve == "SM2" else []
        by_sm2 = curve_of(signer) == "SM2"
        run(*asked, *(["-sm3", "-sigopt", distid] if by_sm2 else ["-sha256"]))
        return Shown(made, key)


def curve_of(shown: Shown) -> str:
    """Return the name of a key's curve."""
    words = run("pkey", "-in", shown.key_path, "-noout", "-text").decode()
    return words.split("ASN1 OID:")[1].split()[0]


def run(*arguments: str | Path) -> bytes:
    """Run the openssl command; return what it prints."""
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _write(place: Path, name: str, made: x509.Certificate, key: sm2.Private) -> Shown:
    shown = Shown(place / f"{name}.pem", place / f"{name}.key")
    shown.path.write_text(made.pem())
    shown.key_path.write_text(der.pem("PRIVATE KEY", bytes(key.pkcs8())))
    return shown
