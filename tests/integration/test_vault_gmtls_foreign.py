"""GM TLS (RFC 8998) with a foreign implementation, BabaSSL, on either side; and with peers that have none of it."""

from __future__ import annotations

import secrets
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from goxray.core.errors import BadCertificate, GoxrayError
from goxray.vault import gmtls
from goxray.vault.gmtls import Context
from goxray.vault.gmtls_channel import Channel
from goxray.vault.gmtls_words import BadPeer
from tests.harness.babassl import P256, TLS12, Peer, PeerFailed, Stream
from tests.harness.sm_certificates import Authority, Shown, run

LARGE = 10_000_000
WAIT_S = 60
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign"
SIGNER = "keyUsage=critical,digitalSignature\nsubjectAltName=DNS:localhost"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("trusted"))


@pytest.fixture(scope="module")
def page(authority: Authority) -> Shown:
    return authority.leaf("page")


@pytest.fixture(scope="module")
def visitor(authority: Authority) -> Shown:
    return authority.leaf("visitor", ())


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority with the name of the trusted one."""
    return Authority.make(tmp_path_factory.mktemp("stranger"))


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a connection over the loopback interface."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        near = socket.create_connection(listening.getsockname(), timeout=WAIT_S)
        far, _ = listening.accept()
    return near, far


def beside(work: Callable[[], object]) -> Future[object]:
    """Do this in another thread."""
    pool = ThreadPoolExecutor(1)
    started = pool.submit(work)
    pool.shutdown(wait=False)
    return started


def met(ours: Context, peer: Peer, host: str = "localhost") -> tuple[Channel | GoxrayError, Stream | PeerFailed]:
    """Let both sides shake hands; return what each came to."""
    near, far = pair()

    def theirs() -> Stream | PeerFailed:
        try:
            return peer.shake(far)
        except PeerFailed as error:
            far.close()
            return error

    other = beside(theirs)
    try:
        mine: Channel | GoxrayError = ours.wrap(near, host="" if ours.serving else host, handshake_s=WAIT_S)
    except GoxrayError as error:
        assert near.fileno() == -1, "a socket whose handshake failed is closed"
        mine = error
    found = other.result(WAIT_S)
    assert isinstance(found, Stream | PeerFailed)
    return mine, found


def talk(mine: Channel | GoxrayError, theirs: Stream | PeerFailed) -> None:
    """Send a large text each way, both at once, and see that all of it arrives."""
    assert isinstance(mine, Channel), mine
    assert isinstance(theirs, Stream), theirs
    up, down = secrets.token_bytes(LARGE), secrets.token_bytes(LARGE)

    def answers() -> bytes:
        got = theirs.read(LARGE + 1)  # up to the end that we declare
        theirs.send(down)
        theirs.close()
        return got

    far = beside(answers)
    mine.sendall(up)
    mine.shutdown()
    with mine.makefile("rb") as stream:
        assert stream.read() == down
    mine.close()
    assert far.result(WAIT_S) == up


def ended(*found: Channel | GoxrayError | Stream | PeerFailed) -> None:
    """Close the sides that got through."""
    for side in found:
        if isinstance(side, Channel | Stream):
            side.close()


@pytest.mark.parametrize("ccm", [False, True], ids=["gcm", "ccm"])
def test_a_foreign_client_and_our_server(authority: Authority, page: Shown, ccm: bool) -> None:
    suite = "TLS_SM4_CCM_SM3" if ccm else "TLS_SM4_GCM_SM3"
    ours = gmtls.server(page.pem, page.key, ccm=ccm)
    mine, theirs = met(ours, Peer(False, trusted=authority.shown.path, host="localhost", suites=suite))
    assert isinstance(mine, Channel), mine
    assert isinstance(theirs, Stream), theirs
    assert (theirs.version, theirs.suite) == ("TLSv1.3", suite)
    agreed = mine.negotiated
    assert (agreed.version, agreed.suite, agreed.group, agreed.peer) == ("TLSv1.3", suite, "curveSM2", None)
    talk(mine, theirs)


@pytest.mark.parametrize("ccm", [False, True], ids=["gcm", "ccm"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_our_client_and_a_foreign_server(authority: Authority, page: Shown, ccm: bool, host: str) -> None:
    suite = "TLS_SM4_CCM_SM3" if ccm else "TLS_SM4_GCM_SM3"
    ours = gmtls.client(authority.shown.pem, ccm=ccm)
    mine, theirs = met(ours, Peer(True, page.path, page.key_path, suites=suite), host)
    assert isinstance(mine, Channel), mine
    agreed = mine.negotiated
    assert (agreed.version, agreed.suite, agreed.group) == ("TLSv1.3", suite, "curveSM2")
    assert agreed.peer is not None
    assert agreed.peer.pem().encode() == page.pem
    talk(mine, theirs)


def test_both_sides_show_certificates(authority: Authority, page: Shown, visitor: Shown) -> None:
    ours = gmtls.server(page.pem, page.key, clients=authority.shown.pem)
    mine, theirs = met(ours, Peer(False, visitor.path, visitor.key_path, authority.shown.path, "localhost"))
    assert isinstance(mine, Channel), mine
    assert mine.negotiated.peer is not None
    assert mine.negotiated.peer.subject == "CN=visitor"
    talk(mine, theirs)
    ours = gmtls.client(authority.shown.pem, certificate=visitor.pem, key=visitor.key)
    talk(*met(ours, Peer(True, page.path, page.key_path, authority.shown.path)))


def test_our_server_refuses_clients_that_show_none_or_a_wrong_one(
    authority: Authority, stranger: Authority, page: Shown
) -> None:
    ours = gmtls.server(page.pem, page.key, clients=authority.shown.pem)
    shown = {
        "none": (None, "the peer has shown no certificate, and one is asked for here"),
        "stranger": (stranger.leaf("visitor", ()), "authority"),
        "old": (authority.leaf("old", (), begins_days=-40), "the certificate of CN=old is no longer valid"),
        "server": (authority.foreign("one-way", f"{SIGNER}\nextendedKeyUsage=serverAuth"), "for another purpose"),
    }
    for found, why in shown.values():
        path, key = (found.path, found.key_path) if found else (None, None)
        mine, theirs = met(ours, Peer(False, path, key, authority.shown.path))
        assert isinstance(mine, BadPeer if found is None else BadCertificate)
        assert why in str(mine)
        ended(theirs)


def test_our_client_learns_that_it_should_have_shown_a_certificate(authority: Authority, page: Shown) -> None:
    """In TLS 1.3 a client is done before the server has looked at what it shows: it hears of it when it reads."""
    ours = gmtls.client(authority.shown.pem)
    mine, theirs = met(ours, Peer(True, page.path, page.key_path, authority.shown.path))
    assert isinstance(theirs, PeerFailed)
    assert isinstance(mine, Channel)
    with pytest.raises(BadPeer, match="wants a certificate of ours, and none was shown"):
        mine.recv(1)
    mine.close()


def test_our_client_refuses_certificates_that_do_not_hold(authority: Authority, stranger: Authority) -> None:
    ours = gmtls.client(authority.shown.pem)
    cases = [
        (stranger.leaf("elsewhere"), "CN=elsewhere"),
        (authority.leaf("old", begins_days=-40), "CN=old is no longer valid"),
        (authority.leaf("early", begins_days=1), "CN=early is not valid yet"),
        (authority.leaf("other", ["other.example"]), "CN=other is not for the host localhost"),
        (authority.leaf("localhost", ["127.0.0.1"]), "CN=localhost is not for the host localhost"),
        (authority.foreign("odd-id", SIGNER, distid="distid:somebody else"), "has a signature that is not"),
        (authority.foreign("guest", f"{SIGNER}\nextendedKeyUsage=clientAuth"), "is for another purpose"),
    ]
    for shown, why in cases:
        mine, theirs = met(ours, Peer(True, shown.path, shown.key_path))
        assert isinstance(mine, BadCertificate), (why, mine)
        assert why in str(mine)
        assert "\n" not in str(mine)
        ended(theirs)


def test_no_other_signature_stands_between_an_sm2_root_and_an_sm2_key(tmp_path: Path) -> None:
    """OpenSSL alone would believe this chain: its middle has a key on P-256."""
    root = Authority.odd(tmp_path, AUTHORITY)
    for curve, name in (("SM2", "middle"), ("P-256", "weak")):
        middle = root.foreign(name, AUTHORITY, curve=curve)
        below = root.foreign(f"below-{name}", SIGNER, above=middle)
        below.path.write_bytes(below.pem + middle.pem)
        mine, theirs = met(gmtls.client(root.shown.pem), Peer(True, below.path, below.key_path))
        if curve == "SM2":
            assert isinstance(mine, Channel), mine
        else:
            assert isinstance(mine, BadCertificate), mine
            assert "not one of SM2" in str(mine)
        ended(theirs, mine)


def test_a_foreign_client_does_not_believe_us_where_it_should_not(authority: Authority, stranger: Authority) -> None:
    for shown, trusted, why in [
        (authority.leaf("wrong"), stranger.shown.path, "the peer does not believe our certificate"),
        (authority.leaf("named", ["other.example"]), authority.shown.path, "the peer does not believe our certificate"),
    ]:
        ours = gmtls.server(shown.pem, shown.key)
        mine, theirs = met(ours, Peer(False, trusted=trusted, host="localhost"))
        assert isinstance(theirs, PeerFailed)
        assert "certificate verify failed" in str(theirs)
        assert isinstance(mine, BadPeer)
        assert why in str(mine)


@pytest.mark.parametrize(
    ("peer", "told"),
    [
        pytest.param(Peer(False, suites="TLS_AES_128_GCM_SHA256"), "offers no cipher suite of SM", id="aes"),
        pytest.param(Peer(False, suites="TLS_SM4_CCM_SM3"), "offers no cipher suite of SM", id="ccm"),
        pytest.param(Peer(False, curve=P256), "does not offer the group curveSM2", id="p256"),
        pytest.param(Peer(False, version=TLS12), "speaks an older TLS", id="tls12"),
    ],
)
def test_our_server_refuses_clients_without_it(page: Shown, peer: Peer, told: str) -> None:
    mine, theirs = met(gmtls.server(page.pem, page.key), peer)
    assert isinstance(theirs, PeerFailed)
    assert isinstance(mine, BadPeer)
    assert told in str(mine)
    assert "TLS_SM4_GCM_SM3" in str(mine)
    assert "Tongsuo" in mine.hint


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(Peer(True, suites="TLS_AES_128_GCM_SHA256"), id="aes"),
        pytest.param(Peer(True, curve=P256), id="p256"),
        pytest.param(Peer(True, version=TLS12), id="tls12"),
    ],
)
def test_our_client_refuses_servers_without_it(authority: Authority, page: Shown, peer: Peer) -> None:
    shows = replace(peer, certificate=page.path, key=page.key_path)
    mine, theirs = met(gmtls.client(authority.shown.pem), shows)
    assert isinstance(theirs, PeerFailed)
    assert isinstance(mine, BadPeer)
    assert "TLS_SM4_GCM_SM3" in str(mine)


def test_the_openssl_command_without_sm_suites_is_refused(page: Shown) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        asked = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3"]
        with subprocess.Popen(
            asked, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as command:
            sock, _ = listening.accept()
            with pytest.raises(BadPeer, match="the peer offers no cipher suite of SM"):
                gmtls.server(page.pem, page.key).wrap(sock, handshake_s=WAIT_S)
            said = command.communicate(timeout=WAIT_S)[0].decode()
    assert command.returncode == 1
    assert "handshake failure" in said


def test_a_server_of_python_without_sm_suites_is_refused(tmp_path: Path, authority: Authority) -> None:
    certificate, key = tmp_path / "p256.pem", tmp_path / "p256.key"
    (tmp_path / "empty.cnf").write_text("[req]\ndistinguished_name=dn\n[dn]\n")
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    run(*words, "-subj", "/CN=localhost", "-config", tmp_path / "empty.cnf", "-keyout", key, "-out", certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    near, far = pair()

    def serves() -> str:
        far.settimeout(WAIT_S)
        try:
            context.wrap_socket(far, server_side=True).close()
        except ssl.SSLError as error:
            return str(error)
        return ""

    other = beside(serves)
    with pytest.raises(BadPeer, match="broke the handshake off: it has not, or does not want, TLS 1.3 with TLS_SM4"):
        gmtls.client(authority.shown.pem).wrap(near, host="localhost", handshake_s=WAIT_S)
    assert other.result(WAIT_S)
    far.close()


def test_many_at_once_do_not_mix_up_their_verdicts(authority: Authority, page: Shown) -> None:
    """One context serves all threads: each connection has its own reason."""
    ours = gmtls.client(authority.shown.pem)
    good = Peer(True, page.path, page.key_path)
    old = authority.leaf("old-again", begins_days=-40)
    bad = Peer(True, old.path, old.key_path)
    barrier = threading.Barrier(8)

    def one(number: int) -> str:
        barrier.wait(WAIT_S)
        mine, theirs = met(ours, bad if number % 2 else good)
        ended(theirs, mine)
        return "" if isinstance(mine, Channel) else str(mine)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(8)))
    assert [bool(why) for why in found] == [False, True] * 4
    assert {why for why in found if why} == {"the certificate of CN=old-again is no longer valid: it has expired"}
