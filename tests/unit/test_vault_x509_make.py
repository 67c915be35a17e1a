"""Certificates that goxray makes: what they say, who may make them, and what the openssl command thinks of them."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509 as parsing

from goxray.core.errors import BadCertificate, BadKey, UsageError
from goxray.vault import sm2, x509, x509_make
from goxray.vault.x509 import Certificate

NOW = datetime(2026, 11, 22, 4, 0, 0, tzinfo=UTC)
HOSTS = ("localhost", "127.0.0.1", "::1", "Host.Example")


@pytest.fixture(scope="module")
def key() -> sm2.Private:
    return sm2.generate()


@pytest.fixture(scope="module")
def root(key: sm2.Private) -> Certificate:
    return x509_make.authority(key, "某银行 根", begins=NOW)


@pytest.fixture(scope="module")
def page(key: sm2.Private, root: Certificate) -> Certificate:
    with sm2.generate() as own:
        return x509_make.leaf(own.public, "page", HOSTS, issuer=root, issuer_key=key, begins=NOW)


def test_an_authority_signs_itself_and_nothing_below_leaves(key: sm2.Private, root: Certificate) -> None:
    assert (root.subject, root.issuer) == ("CN=某银行 根", "CN=某银行 根")
    assert root.public == key.public
    assert root.signed_by(key.public)
    assert (root.authority, root.depth, root.usages) == (True, 0, frozenset({"key_cert_sign", "crl_sign"}))
    assert (root.begins, root.ends) == (NOW, NOW + timedelta(days=3650))
    assert root.unknown == ()


def test_a_leaf_says_for_which_hosts_and_for_what_it_is(root: Certificate, page: Certificate) -> None:
    assert (page.subject, page.issuer_name) == ("CN=page", root.subject_name)
    assert (page.authority, page.usages) == (False, frozenset({"digital_signature"}))
    assert page.unknown == ()
    extensions = parsing.load_der_x509_certificate(page.data).extensions
    named = extensions.get_extension_for_class(parsing.SubjectAlternativeName).value
    assert named.get_values_for_type(parsing.DNSName) == ["localhost", "host.example"]
    assert [str(one) for one in named.get_values_for_type(parsing.IPAddress)] == ["127.0.0.1", "::1"]
    purposes = extensions.get_extension_for_class(parsing.ExtendedKeyUsage).value
    assert [one.dotted_string for one in purposes] == ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]
    above = parsing.load_der_x509_certificate(root.data).extensions
    identifier = above.get_extension_for_class(parsing.SubjectKeyIdentifier).value.digest
    assert extensions.get_extension_for_class(parsing.AuthorityKeyIdentifier).value.key_identifier == identifier
    assert x509.chain(page, [root], at=NOW) == [page, root]


def test_a_client_alone_has_no_host_and_is_no_server(key: sm2.Private, root: Certificate) -> None:
    made = x509_make.leaf(key.public, "visitor", (), issuer=root, issuer_key=key, begins=NOW)
    extensions = parsing.load_der_x509_certificate(made.data).extensions
    assert [one.dotted_string for one in extensions.get_extension_for_class(parsing.ExtendedKeyUsage).value] == [
        "1.3.6.1.5.5.7.3.2"
    ]
    with pytest.raises(parsing.ExtensionNotFound):
        extensions.get_extension_for_class(parsing.SubjectAlternativeName)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["-verify_hostname", "host.example", "-purpose", "sslserver"], "OK"),
        (["-verify_ip", "127.0.0.1", "-purpose", "sslclient"], "OK"),
        (["-verify_hostname", "other.example"], "hostname mismatch"),
    ],
)
def test_openssl_verifies_them_strictly(
    tmp_path: Path, root: Certificate, page: Certificate, more: list[str], says: str
) -> None:
    for name, one in (("root", root), ("page", page)):
        (tmp_path / name).write_text(one.pem())
    asked = ["openssl", "verify", "-x509_strict", "-attime", str(int(NOW.timestamp()) + 60), *more]
    asked += ["-vfyopt", "distid:1234567812345678", "-CAfile", str(tmp_path / "root"), str(tmp_path / "page")]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    assert says in done.stdout + done.stderr
    assert (done.returncode == 0) == (says == "OK")


def test_each_has_a_number_of_its_own(key: sm2.Private, root: Certificate) -> None:
    """RFC 5280, 4.1.2.2: positive, up to 20 bytes, and no number twice."""
    made = [x509_make.leaf(key.public, "one", (), issuer=root, issuer_key=key, begins=NOW) for _ in range(8)]
    assert len({one.serial for one in made}) == 8
    assert all(0 < one.serial < 1 << 159 for one in made)


def test_years_from_2050_on_have_four_digits(key: sm2.Private) -> None:
    made = x509_make.authority(key, "long", begins=NOW, days=36_500)
    assert b"\x18\x0f" + b"2126" in made.signed
    assert b"\x17\x0d261122040000Z" in made.signed
    assert made.ends == NOW + timedelta(days=36_500)


def test_a_leaf_ends_with_its_authority(key: sm2.Private, root: Certificate) -> None:
    late = NOW + timedelta(days=3600)
    made = x509_make.leaf(key.public, "late", (), issuer=root, issuer_key=key, begins=late)
    assert made.ends == root.ends


def test_a_time_with_another_zone_is_the_same_moment(key: sm2.Private) -> None:
    from datetime import timezone

    there = NOW.astimezone(timezone(timedelta(hours=8)))
    assert x509_make.authority(key, "east", begins=there).begins == NOW


@pytest.mark.parametrize(
    "host", ["", "a b", "-a.example", "a-.example", "a..b", "*.example", "名.example", "1.2.3", "a" * 64, "x\n"]
)
def test_what_is_no_host_is_refused(key: sm2.Private, root: Certificate, host: str) -> None:
    with pytest.raises(UsageError, match="neither a host's name"):
        x509_make.leaf(key.public, "one", [host], issuer=root, issuer_key=key, begins=NOW)


@pytest.mark.parametrize("name", ["", "n" * 65, "line\nline"])
def test_what_is_no_name_is_refused(key: sm2.Private, name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a certificate"):
        x509_make.authority(key, name, begins=NOW)


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_days_have_a_limit(key: sm2.Private, days: int) -> None:
    with pytest.raises(UsageError, match="1 to 36500 days"):
        x509_make.authority(key, "one", begins=NOW, days=days)


def test_only_an_authority_with_its_key_and_in_its_time_signs(
    key: sm2.Private, root: Certificate, page: Certificate
) -> None:
    with sm2.generate() as other, pytest.raises(BadKey, match="is not that of the certificate"):
        x509_make.leaf(other.public, "one", (), issuer=root, issuer_key=other, begins=NOW)
    below = x509_make.leaf(key.public, "below", (), issuer=root, issuer_key=key, begins=NOW)
    with pytest.raises(BadCertificate, match="CN=below may not sign certificates"):
        x509_make.leaf(key.public, "one", (), issuer=below, issuer_key=key, begins=NOW)
    with pytest.raises(BadCertificate, match="is not valid on 2026-11-21"):
        x509_make.leaf(key.public, "one", (), issuer=root, issuer_key=key, begins=NOW - timedelta(days=1))
