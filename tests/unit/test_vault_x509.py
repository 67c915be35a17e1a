"""Certificates with SM2 keys, made by the openssl command: what is read of them, which chains are believed."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from goxray.core.errors import BadCertificate, BadEncoding, BadKey
from goxray.vault import der, sm2, x509
from goxray.vault.x509 import Certificate, chain, read

AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
SIGNER = "keyUsage=critical,digitalSignature"


def _openssl(*arguments: str | Path) -> bytes:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Makers:
    """Makes certificates, each once; one is named by its file."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "empty.cnf").write_text("[req]\ndistinguished_name=dn\n[dn]\n")

    def make(
        self,
        name: str,
        issuer: str,
        more: str,
        *,
        distid: str = "1234567812345678",
        days: int = 30,
        subject: str | None = None,
        digest: str = "sm3",
        curve: str = "SM2",
    ) -> Certificate:
        key, asked, out = (self.place / f"{name}.{end}" for end in ("key", "csr", "pem"))
        extensions = self.place / f"{name}.ext"
        extensions.write_text(more)
        _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", key)
        words = ["req", "-new", "-utf8", "-key", key, "-subj", subject or f"/C=CN/O=银行/CN={name}"]
        own = ["-sm3", "-sigopt", f"distid:{distid}"] if curve == "SM2" else ["-sha256"]
        _openssl(*words, "-config", self.place / "empty.cnf", "-out", asked, *own)
        signing = ["x509", "-req", "-in", asked, "-days", str(days), "-out", out, "-extfile", extensions]
        signing += [f"-{digest}"]
        signing += ["-sigopt", f"distid:{distid}"] if digest == "sm3" else []
        signing += ["-vfyopt", f"distid:{distid}"] if curve == "SM2" else []
        if issuer == name:
            signing += ["-signkey", key]
        else:
            signing += ["-CA", self.place / f"{issuer}.pem", "-CAkey", self.place / f"{issuer}.key"]
        _openssl(*signing)
        return read(out.read_bytes())[0]


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    return Makers(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def root(makers: Makers) -> Certificate:
    return makers.make("root", "root", AUTHORITY)


@pytest.fixture(scope="module")
def middle(makers: Makers, root: Certificate) -> Certificate:
    return makers.make("middle", "root", AUTHORITY.replace("TRUE", "TRUE,pathlen:0"))


@pytest.fixture(scope="module")
def leaf(makers: Makers, middle: Certificate) -> Certificate:
    return makers.make("leaf", "middle", SIGNER)


def _now() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


def test_what_is_read_of_a_certificate(makers: Makers, leaf: Certificate, middle: Certificate) -> None:
    """Each against what openssl prints of it."""
    path = makers.place / "leaf.pem"
    told = _openssl("x509", "-in", path, "-noout", "-serial", "-subject", "-issuer", "-nameopt", "RFC2253,-esc_msb")
    assert told.decode().splitlines() == [
        f"serial={leaf.serial:X}".replace("=", "=0" if len(f"{leaf.serial:X}") % 2 else "="),
        "subject=CN=leaf,O=银行,C=CN",
        "issuer=CN=middle,O=银行,C=CN",
    ]
    assert (leaf.subject, leaf.issuer) == ("CN=leaf,O=银行,C=CN", "CN=middle,O=银行,C=CN")
    assert leaf.public.pem().encode() == _openssl("x509", "-in", path, "-noout", "-pubkey")
    dates = _openssl("x509", "-in", path, "-noout", "-dates").decode().splitlines()
    for line, moment in zip(dates, (leaf.begins, leaf.ends), strict=True):
        assert datetime.strptime(line.split("=")[1], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC) == moment
    assert leaf.fingerprint == _openssl("dgst", "-sm3", "-r", _der(makers, "leaf")).decode().split()[0]
    assert (leaf.authority, leaf.depth, leaf.usages) == (False, None, frozenset({"digital_signature"}))
    assert (middle.authority, middle.depth) == (True, 0)
    assert middle.usages == {"key_cert_sign", "crl_sign"} and not middle.unknown
    assert leaf.issuer_name == middle.subject_name and leaf.algorithm == x509.SM2_WITH_SM3


def _der(makers: Makers, name: str) -> Path:
    path = makers.place / f"{name}.der"
    _openssl("x509", "-in", makers.place / f"{name}.pem", "-outform", "DER", "-out", path)
    return path


def test_pem_der_and_several_at_once(makers: Makers, root: Certificate, leaf: Certificate) -> None:
    assert read(_der(makers, "leaf").read_bytes()) == [leaf]
    assert read(f"words\n{leaf.pem()}{root.pem()}".encode()) == [leaf, root]


def test_a_chain_is_found_and_openssl_believes_it_too(
    makers: Makers, root: Certificate, middle: Certificate, leaf: Certificate
) -> None:
    assert chain(leaf, [root], [middle], at=_now()) == [leaf, middle, root]
    assert chain(leaf, [root], [root, leaf, middle, middle], at=_now()) == [leaf, middle, root]
    assert chain(leaf, [middle], at=_now()) == [leaf, middle]
    assert chain(leaf, [leaf], at=_now()) == [leaf]
    for name, above in (("leaf", "middle"), ("middle", "root")):  # openssl verify gives the ID to the first one alone
        trusted, asked = makers.place / f"{above}.pem", makers.place / f"{name}.pem"
        words = ["verify", "-partial_chain", "-vfyopt", "distid:1234567812345678", "-trusted", trusted, asked]
        assert _openssl(*words).strip().endswith(b"OK")


def test_a_chain_that_leads_nowhere(makers: Makers, root: Certificate, middle: Certificate, leaf: Certificate) -> None:
    with pytest.raises(BadCertificate, match=r"no certificate at hand signed that of CN=leaf.*issuer is CN=middle"):
        chain(leaf, [root], at=_now())
    with pytest.raises(BadCertificate, match="no certificate at hand signed that of CN=root"):
        chain(leaf, [], [middle, root], at=_now())


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (lambda one: one.begins - timedelta(seconds=1), "not valid yet"),
        (lambda one: one.begins, ""),
        (lambda one: one.ends, ""),
        (lambda one: one.ends + timedelta(seconds=1), "no longer valid"),
    ],
    ids=["before", "first", "last", "after"],
)
def test_the_times_of_the_leaf(root: Certificate, moment: object, why: str) -> None:
    assert callable(moment)
    at = moment(root)
    if not why:
        assert chain(root, [root], at=at, usage="key_cert_sign") == [root]
        return
    with pytest.raises(BadCertificate, match=f"the certificate of CN=root,.* is {why}: it .* UTC$"):
        chain(root, [root], at=at, usage="key_cert_sign")


def test_the_times_of_an_authority(root: Certificate, middle: Certificate, leaf: Certificate) -> None:
    short = replace(middle, ends=middle.begins)
    with pytest.raises(BadCertificate, match="the authority of CN=middle.* is no longer valid"):
        chain(leaf, [root], [short], at=_now())


def test_what_a_key_is_for(makers: Makers, root: Certificate, middle: Certificate, leaf: Certificate) -> None:
    with pytest.raises(BadCertificate, match="of CN=leaf.* does not allow its key to be used for key_encipherment"):
        chain(leaf, [root], [middle], at=_now(), usage=x509.WRAPS)
    wraps = makers.make("wraps", "middle", "keyUsage=critical,keyEncipherment,dataEncipherment,keyAgreement")
    assert chain(wraps, [root], [middle], at=_now(), usage=x509.WRAPS)
    with pytest.raises(BadCertificate, match="used for digital_signature"):
        chain(wraps, [root], [middle], at=_now())
    silent = makers.make("silent", "middle", "subjectAltName=DNS:a.example")
    assert silent.usages is None and chain(silent, [root], [middle], at=_now())


def test_who_is_no_authority_signs_nothing(makers: Makers, root: Certificate, leaf: Certificate) -> None:
    below = makers.make("below", "leaf", SIGNER)
    with pytest.raises(BadCertificate, match=r"^CN=leaf.* may not sign certificates, and signed that of CN=below"):
        chain(below, [leaf], at=_now())
    crl = makers.make("crl", "root", AUTHORITY.replace("keyCertSign,", ""))
    other = makers.make("other", "crl", SIGNER)
    with pytest.raises(BadCertificate, match=r"^CN=crl.* may not sign certificates"):
        chain(other, [root], [crl], at=_now())


def test_the_depth_that_an_authority_allows(makers: Makers, root: Certificate, middle: Certificate) -> None:
    makers.make("deep", "middle", AUTHORITY)
    deep = read((makers.place / "deep.pem").read_bytes())[0]
    last = makers.make("last", "deep", SIGNER)
    with pytest.raises(BadCertificate, match=r"^CN=middle.* allows 0 authorities below it, and 1 are there"):
        chain(last, [root], [middle, deep], at=_now())
    assert chain(last, [deep], at=_now()) == [last, deep]


def test_a_signature_of_another(makers: Makers, root: Certificate, middle: Certificate, leaf: Certificate) -> None:
    """An authority with the same name and another key, and a certificate whose bytes were changed."""
    twin = makers.make("twin", "root", AUTHORITY, subject="/C=CN/O=银行/CN=middle")
    assert twin.subject_name == middle.subject_name
    with pytest.raises(BadCertificate, match="signature on the certificate of CN=leaf.* is not that of CN=middle"):
        chain(leaf, [root], [twin], at=_now())
    assert chain(leaf, [root], [twin, middle], at=_now()) == [leaf, middle, root]
    data = bytearray(leaf.data)
    at = data.index(b"leaf")
    data[at : at + 4] = b"lead"
    changed = read(bytes(data))[0]
    with pytest.raises(BadCertificate, match="signature on the certificate of CN=lead"):
        chain(changed, [root], [middle], at=_now())


def test_the_id_of_the_authority(makers: Makers, root: Certificate) -> None:
    makers.make("named", "named", AUTHORITY, distid="authority@bank")
    named = read((makers.place / "named.pem").read_bytes())[0]
    below = makers.make("below-named", "named", SIGNER, distid="authority@bank")
    assert chain(below, [named], at=_now(), signer_id=b"authority@bank") == [below, named]
    with pytest.raises(BadCertificate, match="signature on the certificate of CN=below-named"):
        chain(below, [named], at=_now())


def test_an_unknown_critical_extension(makers: Makers, root: Certificate) -> None:
    odd = makers.make("odd", "root", f"{SIGNER}\n1.2.3.4=critical,DER:0500")
    with pytest.raises(BadCertificate, match=r"a critical extension that is not known here: 1\.2\.3\.4"):
        chain(odd, [root], at=_now())
    plain = makers.make("plain", "root", f"{SIGNER}\n1.2.3.4=DER:0500")
    assert chain(plain, [root], at=_now())
    server = makers.make("server", "root", f"{SIGNER}\nextendedKeyUsage=critical,serverAuth")
    with pytest.raises(BadCertificate, match=r"critical extension that is not known here: 2\.5\.29\.37"):
        chain(server, [root], at=_now())
    narrow = makers.make("narrow", "root", f"{AUTHORITY}\nnameConstraints=critical,permitted;DNS:example")
    below = makers.make("below-narrow", "narrow", SIGNER)
    with pytest.raises(BadCertificate, match=r"critical extension that is not known here: 2\.5\.29\.30"):
        chain(below, [root], [narrow], at=_now())


def test_other_algorithms(makers: Makers, root: Certificate) -> None:
    with pytest.raises(BadEncoding, match="no SubjectPublicKeyInfo of a key on the curve sm2p256v1"):
        makers.make("nist", "nist", AUTHORITY, digest="sha256", curve="P-256")
    mixed = makers.make("mixed", "nist", SIGNER, digest="sha256")
    impostor = replace(root, subject_name=mixed.issuer_name)
    with pytest.raises(BadCertificate, match="is signed by 1.2.840.10045.4.3.2, not by SM2 with SM3"):
        chain(mixed, [impostor], at=_now())


def test_a_chain_of_any_length_ends() -> None:
    """Certificates with one name that all sign one another: a search without a limit would take years."""
    key = sm2.generate()
    ring = [_forged(key, number) for number in range(12)]
    with pytest.raises(BadCertificate, match="more than (8 certificates|200 signatures)"):
        chain(ring[0], [], ring, at=_now(), usage="key_cert_sign")


def _forged(key: sm2.Private, serial: int) -> Certificate:
    """A self-issued authority's certificate, written by hand (RFC 5280, 4.1)."""
    seq, oid = der.SEQUENCE, der.value(der.OID, bytes.fromhex("2a811ccf55018375"))
    part = der.value(seq, der.value(der.OID, bytes.fromhex("550403")), der.value(der.UTF8, b"\x1b[2J\nring"))
    name, algorithm = der.value(seq, der.value(der.SET, part)), der.value(seq, oid)
    times = der.value(seq, der.value(0x17, b"200101000000Z"), der.value(0x17, b"491231235959Z"))
    limits = der.value(seq, der.value(der.BOOLEAN, b"\xff"))
    known = der.value(der.OID, bytes.fromhex("551d13"))
    extension = der.value(seq, known, der.value(der.BOOLEAN, b"\xff"), der.value(der.OCTETS, limits))
    version, more = der.value(0xA0, der.integer(2)), der.value(0xA3, der.value(seq, extension))
    number = der.integer(serial + 1)
    signed = der.value(seq, version, number, algorithm, name, times, name, key.public.spki(), more)
    return read(der.value(seq, signed, algorithm, der.value(der.BITS, b"\0", key.sign(signed))))[0]


def test_names_cannot_move_the_cursor() -> None:
    with sm2.generate() as key:
        assert _forged(key, 1).subject == "CN=\\x1b[2J\\x0aring"


@cache
def _sample() -> bytes:
    with sm2.generate() as key:
        return _forged(key, 7).data


@pytest.mark.parametrize("flip", [0x01, 0x02, 0x20, 0x80, 0xFF])
def test_no_changed_byte_is_believed(flip: int) -> None:
    """A changed certificate is refused as damaged, or its signature no longer fits."""
    whole = _sample()
    public = read(whole)[0].public
    for at in range(len(whole)):
        changed = whole[:at] + bytes((whole[at] ^ flip,)) + whole[at + 1 :]
        for broken in (changed, whole[:at]):
            try:
                one = read(broken)[0]
            except BadKey:
                continue
            assert not one.signed_by(public)
    with pytest.raises(BadEncoding, match="1 bytes follow the end"):
        read(whole + b"\0")


def test_versions_that_say_nothing_of_use() -> None:
    whole = _sample()
    at = whole.index(bytes.fromhex("a003020102"))
    for number in (0, 1, 3):
        with pytest.raises(BadKey, match=f"is of version {number + 1}: only version 3"):
            read(whole[: at + 4] + bytes((number,)) + whole[at + 5 :])


def test_a_certificate_without_measure() -> None:
    with pytest.raises(BadEncoding, match="has 70004 bytes, more than 65536"):
        read(der.value(der.SEQUENCE, bytes(69_999))[:70_004])


@pytest.mark.parametrize("noise", [b"", b"\x30", b"\xff\xfe", b"words", b"\x30\x00", bytes(50)])
def test_what_is_no_certificate_is_refused(noise: bytes) -> None:
    with pytest.raises(BadEncoding, match="the certificate"):
        read(noise)
