"""GM TLS without a foreign peer: what is offered on the wire, what is refused, how a stream ends, who may be server."""

from __future__ import annotations

import http.client
import http.server
import re
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from goxray.core.errors import BadCertificate, BadEncoding, BadKey, GoxrayError, NotOffered, UsageError
from goxray.vault import gmtls, keys, sm2, x509_make
from goxray.vault.gmtls import Context
from goxray.vault.gmtls_channel import Channel
from goxray.vault.gmtls_words import BadPeer
from tests.harness.sm_certificates import Authority, Shown, run

WAIT_S = 60
T = TypeVar("T")
NEEDED = "TLS 1.3 with TLS_SM4_GCM_SM3, curveSM2 and sm2sig_sm3 (RFC 8998)"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("gmtls"))


@pytest.fixture(scope="module")
def page(authority: Authority) -> Shown:
    return authority.leaf("page")


@pytest.fixture(scope="module")
def ours(page: Shown) -> Context:
    return gmtls.server(page.pem, page.key)


@pytest.fixture(scope="module")
def visitor(authority: Authority) -> Context:
    return gmtls.client(authority.shown.pem)


def pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        near = socket.create_connection(listening.getsockname(), timeout=WAIT_S)
        far, _ = listening.accept()
    far.settimeout(WAIT_S)
    return near, far


def beside(work: Callable[[], T]) -> Future[T]:
    pool = ThreadPoolExecutor(1)
    started = pool.submit(work)
    pool.shutdown(wait=False)
    return started


@contextmanager
def joined(ours: Context, visitor: Context, **more: float) -> Iterator[tuple[Channel, Channel]]:
    near, far = pair()
    serving = beside(lambda: ours.wrap(far, handshake_s=WAIT_S))
    with visitor.wrap(near, host="localhost", handshake_s=WAIT_S, **more) as client, serving.result(WAIT_S) as server:
        yield client, server


def first_flight(context: Context, host: str) -> bytes:
    """The body of the first handshake message that a client sends (RFC 8446: record, handshake header, body)."""
    near, far = pair()
    asking = beside(lambda: context.wrap(near, host=host, handshake_s=WAIT_S))
    head = far.recv(5, socket.MSG_WAITALL)
    assert head[0] == 22
    record = far.recv(int.from_bytes(head[3:5], "big"), socket.MSG_WAITALL)
    far.close()
    with pytest.raises(BadPeer):
        asking.result(WAIT_S)
    assert record[0] == 1
    return record[4 : 4 + int.from_bytes(record[1:4], "big")]


def hello(body: bytes) -> tuple[list[int], dict[int, bytes]]:
    """Take a ClientHello apart (RFC 8446, 4.1.2): its cipher suites and its extensions."""
    at = 2 + 32
    at += 1 + body[at]
    length = int.from_bytes(body[at : at + 2], "big")
    suites = numbers(body[at + 2 : at + 2 + length])
    at += 2 + length
    at += 1 + body[at] + 2
    extensions = {}
    while at < len(body):
        kind, length = int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 4], "big")
        extensions[kind] = body[at + 4 : at + 4 + length]
        at += 4 + length
    return suites, extensions


def numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def test_a_client_offers_rfc_8998_and_nothing_else(authority: Authority, visitor: Context) -> None:
    """Numbers of RFC 8998, chapter 2 and 3.2: the suites 00C6 and 00C7, the signature 0708, the group 41."""
    suites, extensions = hello(first_flight(visitor, "localhost"))
    assert suites == [0x00C6]
    assert numbers(extensions[43][1:]) == [0x0304]  # supported_versions
    assert numbers(extensions[10][2:]) == [41]  # supported_groups
    assert numbers(extensions[13][2:]) == [0x0708]  # signature_algorithms
    assert numbers(extensions[51][2:4]) == [41]  # key_share: the first entry's group
    assert int.from_bytes(extensions[51][:2], "big") == 4 + 65  # and there is no second
    assert extensions[0] == b"\0\x0c\0\0\x09localhost"  # server_name
    assert 41 not in extensions  # pre_shared_key
    with_ccm, _ = hello(first_flight(gmtls.client(authority.shown.pem, ccm=True), "127.0.0.1"))
    assert with_ccm == [0x00C6, 0x00C7]


def test_no_server_name_is_sent_for_an_address(visitor: Context) -> None:
    """RFC 6066, chapter 3: literal addresses are not permitted there."""
    assert 0 not in hello(first_flight(visitor, "127.0.0.1"))[1]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "it is a request of plain HTTP", id="http"),
        pytest.param(bytes(range(1, 201)), "what the peer sent is no TLS", id="bytes"),
        pytest.param(b"\x16\x03\x01\xff\xff" + b"\x01" * 600, "", id="long-record"),
        pytest.param(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "", id="short-hello"),
        pytest.param(b"", "hung up during the handshake", id="nothing"),
        pytest.param(b"\x16\x03\x01", "hung up during the handshake", id="cut-off"),
    ],
)
def test_a_server_refuses_what_is_no_handshake(ours: Context, sent: bytes, told: str) -> None:
    near, far = pair()
    near.sendall(sent)
    near.shutdown(socket.SHUT_WR)
    with pytest.raises(BadPeer) as caught:
        ours.wrap(far, handshake_s=WAIT_S)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert far.fileno() == -1
    near.close()


def test_random_bytes_never_get_further_than_a_refusal(ours: Context) -> None:
    for at in range(40):
        near, far = pair()
        near.sendall(bytes((22, 3, 1)) * (at % 2) + secrets.token_bytes(300))
        near.shutdown(socket.SHUT_WR)
        with pytest.raises(BadPeer):
            ours.wrap(far, handshake_s=WAIT_S)
        near.close()


def test_a_silent_peer_is_left_after_the_time_for_a_handshake(ours: Context, visitor: Context) -> None:
    for context, host in ((ours, ""), (visitor, "localhost")):
        near, far = pair()
        with pytest.raises(BadPeer, match=re.escape("did not go on with the handshake within 0.2 seconds")):
            context.wrap(far, host=host, handshake_s=0.2)
        near.close()


def test_a_peer_that_drips_does_not_get_more_time(ours: Context) -> None:
    """The limit is for the whole handshake, not for each byte of it: this record would take 256 of them."""
    near, far = pair()
    done = threading.Event()

    def drips() -> None:
        near.sendall(b"\x16\x03\x01\x01\x00\x01")
        while not done.wait(0.02):
            near.sendall(b"\0")

    other = beside(drips)
    with pytest.raises(BadPeer, match="did not go on with the handshake"):
        ours.wrap(far, handshake_s=0.4)
    done.set()
    other.exception(WAIT_S)
    near.close()


def test_a_peer_that_sends_nothing_more_is_left(ours: Context, visitor: Context) -> None:
    told = re.escape("did not go on with the stream within 0.2 seconds")
    with joined(ours, visitor, idle_s=0.2) as (client, _), pytest.raises(BadPeer, match=told):
        client.recv(1)


def test_a_peer_that_takes_nothing_more_is_left(ours: Context, visitor: Context) -> None:
    told = re.escape("did not go on with the stream within 0.3 seconds")
    with joined(ours, visitor, idle_s=0.3) as (client, _), pytest.raises(BadPeer, match=told):
        client.sendall(bytes(1 << 26))


def test_both_directions_at_once(ours: Context, visitor: Context) -> None:
    up, down = secrets.token_bytes(3_000_000), secrets.token_bytes(3_000_000)
    with joined(ours, visitor) as (client, server):

        def sends(channel: Channel, data: bytes) -> None:
            channel.sendall(data)
            channel.shutdown()

        going = [beside(lambda: sends(client, up)), beside(lambda: sends(server, down))]
        coming = [beside(lambda: client.makefile("rb").read()), beside(lambda: server.makefile("rb").read())]
        assert [one.result(WAIT_S) for one in coming] == [down, up]
        for one in going:
            one.result(WAIT_S)
        assert client.recv(10) == b""


def test_what_was_sent_last_arrives_though_the_sender_closes_at_once(ours: Context, visitor: Context) -> None:
    """The client has unread messages of the handshake then; the kernel would throw away what it sent."""
    data = secrets.token_bytes(300_000)
    near, far = pair()
    serving = beside(lambda: ours.wrap(far, handshake_s=WAIT_S))
    client = visitor.wrap(near, host="localhost", handshake_s=WAIT_S)
    with serving.result(WAIT_S) as server:

        def sends() -> None:
            client.sendall(data)
            client.close()

        sending = beside(sends)
        assert server.makefile("rb").read() == data
        sending.result(WAIT_S)
    assert client.fileno() == -1
    with pytest.raises(BadPeer, match="the connection is closed"):
        client.recv(1)
    client.close()


class Middle:
    """Stands between both sides and passes on what a function makes of each piece."""

    def __init__(self, change: Callable[[bytes], bytes | None]) -> None:
        self.near, self._inner = pair()
        self._outer, self.far = pair()
        self._change = change
        self.flows = [
            beside(lambda: self._flow(self._inner, self._outer, counts=True)),
            beside(lambda: self._flow(self._outer, self._inner, counts=False)),
        ]

    def _flow(self, source: socket.socket, sink: socket.socket, *, counts: bool) -> None:
        while data := _received(source):
            changed = self._change(data) if counts else data
            if changed is None:
                break
            sink.sendall(changed)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Wait for both flows, whose ends the two sides have closed."""
        for flow in self.flows:
            flow.exception(WAIT_S)
        self._inner.close()
        self._outer.close()


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(1 << 16)
    except OSError:
        return b""


def through(ours: Context, visitor: Context, middle: Middle) -> tuple[Channel, Channel]:
    serving = beside(lambda: ours.wrap(middle.far, handshake_s=WAIT_S))
    client = visitor.wrap(middle.near, host="localhost", handshake_s=WAIT_S)
    return client, serving.result(WAIT_S)


def test_a_changed_record_is_not_taken(ours: Context, visitor: Context) -> None:
    armed = threading.Event()

    def flips(data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1]) if armed.is_set() else data

    middle = Middle(flips)
    client, server = through(ours, visitor, middle)
    client.sendall(b"first")
    assert server.recv(100) == b"first"
    armed.set()
    client.sendall(b"second")
    with pytest.raises(BadPeer, match="a record was changed on its way"):
        server.recv(100)
    server.close()
    client.close()
    middle.close()


def test_a_stream_that_is_cut_off_does_not_look_like_one_that_ended(ours: Context, visitor: Context) -> None:
    armed = threading.Event()
    middle = Middle(lambda data: None if armed.is_set() else data)
    client, server = through(ours, visitor, middle)
    client.sendall(b"first")
    stream = server.makefile("rb")
    assert stream.read(5) == b"first"
    armed.set()
    client.sendall(b"lost")
    with pytest.raises(BadPeer, match="ended without TLS's closing message"):
        stream.read()
    server.close()
    client.close()
    middle.close()


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"page {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


class GmServer(http.server.ThreadingHTTPServer):
    """What a web page over GM TLS takes: each connection is wrapped in its own thread."""

    context: Context

    def finish_request(self, request: Any, client_address: Any) -> None:
        with self.context.wrap(request) as channel:
            super().finish_request(channel, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


def test_a_page_is_served_over_it(ours: Context, visitor: Context) -> None:
    with GmServer(("127.0.0.1", 0), Page) as server:
        server.context = ours
        running = beside(server.serve_forever)
        host, port = server.server_address[:2]
        asking = http.client.HTTPConnection(str(host), port)
        asking.sock = visitor.wrap(socket.create_connection((str(host), port)), host="127.0.0.1")
        for path in ("/one", "/two"):
            asking.request("GET", path)
            assert asking.getresponse().read() == f"page {path}".encode()
        asking.close()
        server.shutdown()
        running.result(WAIT_S)


def test_a_file_is_binary(ours: Context, visitor: Context) -> None:
    with joined(ours, visitor) as (client, server):
        with pytest.raises(UsageError, match="rb or wb, not 'r'"):
            client.makefile()
        with client.makefile("wb") as writes:
            writes.write("行\n".encode())
        assert server.makefile("rb").readline() == "行\n".encode()
        held = bytearray(4)
        client.sendall(b"ab")
        assert (server.recv_into(held), bytes(held)) == (2, b"ab\0\0")
        assert server.recv(0) == b""


def test_a_key_of_the_vault_serves_and_stays_open(tmp_path: Path, authority: Authority) -> None:
    store = keys.KeyStore(tmp_path)
    now = datetime.now(UTC) - timedelta(minutes=1)
    passphrase = bytearray(b"correct horse battery")
    stored = store.new("web page", passphrase, now)
    with store.unlock(stored, passphrase) as private:
        root = x509_make.authority(private, "web page", begins=now)
        with sm2.generate() as own:
            made = x509_make.leaf(own.public, "page", ["localhost"], issuer=root, issuer_key=private, begins=now)
            context = gmtls.server(made.pem().encode(), own)
            assert own.public.verify(b"still open", own.sign(b"still open"))
    with joined(context, gmtls.client(root.data)) as (client, server):
        client.sendall(b"hello")
        assert server.recv(5) == b"hello"
        assert client.negotiated.peer is not None
        assert client.negotiated.peer.data == made.data


@pytest.mark.parametrize("form", ["pkcs8-der", "pkcs8-pem", "bytearray"])
def test_forms_of_a_key(authority: Authority, page: Shown, visitor: Context, form: str) -> None:
    plain = run("pkey", "-in", page.key_path, "-outform", "DER")
    forms: dict[str, bytes | bytearray] = {"pkcs8-der": plain, "pkcs8-pem": page.key, "bytearray": bytearray(plain)}
    key = forms[form]
    before = bytes(key)
    with joined(gmtls.server(page.pem, key), visitor) as (client, _):
        assert client.negotiated.suite == "TLS_SM4_GCM_SM3"
    assert bytes(key) == before


def test_keys_and_certificates_that_will_not_do(tmp_path: Path, authority: Authority, page: Shown) -> None:
    other = authority.leaf("another")
    locked = run("pkey", "-in", page.key_path, "-aes256", "-passout", "pass:secret")
    p256, wrong = tmp_path / "p256.pem", tmp_path / "p256.key"
    (tmp_path / "empty.cnf").write_text("[req]\ndistinguished_name=dn\n[dn]\n")
    words = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=p")
    run(
        *words,
        "-addext",
        "keyUsage=digitalSignature",
        "-config",
        tmp_path / "empty.cnf",
        "-keyout",
        wrong,
        "-out",
        p256,
    )
    wraps = authority.foreign("wraps", "keyUsage=critical,keyEncipherment")
    cases: list[tuple[bytes, bytes, type[GoxrayError], str]] = [
        (page.pem, other.key, BadKey, "is not that of the certificate of CN=page"),
        (page.pem, locked, BadKey, "under a passphrase of its own"),
        (page.pem, b"-----BEGIN NOTHING-----", BadEncoding, "holds no PEM block"),
        (page.pem, b"nothing", BadKey, "the private key is not read"),
        (page.pem, wrong.read_bytes(), BadKey, "none of SM2"),
        (b"nothing", page.key, BadEncoding, "holds no PEM block"),
        (p256.read_bytes(), wrong.read_bytes(), BadEncoding, "no SubjectPublicKeyInfo of a key on the curve"),
        (authority.leaf("past", begins_days=-40).pem, page.key, BadCertificate, "not now: no peer would take it"),
        (authority.leaf("future", begins_days=2).pem, page.key, BadCertificate, "not now: no peer would take it"),
        (wraps.pem, wraps.key, BadCertificate, "does not allow its key to sign"),
    ]
    for certificate, key, kind, told in cases:
        with pytest.raises(kind, match=re.escape(told)):
            gmtls.server(certificate, key)
        with pytest.raises(kind, match=re.escape(told)):
            gmtls.client(authority.shown.pem, certificate=certificate, key=key)
    with pytest.raises(BadKey):
        gmtls.client(p256.read_bytes())
    with pytest.raises(UsageError, match="or neither"):
        gmtls.client(authority.shown.pem, certificate=page.pem)
    with pytest.raises(UsageError, match="or neither"):
        gmtls.client(authority.shown.pem, key=page.key)


def test_who_names_a_host(ours: Context, visitor: Context) -> None:
    cases = ((ours, "localhost", "names no host"), (visitor, "", "names the host"), (visitor, "名", "in ASCII"))
    for context, host, told in cases:
        near, far = pair()
        with pytest.raises(UsageError, match=told):
            context.wrap(near, host=host)
        assert near.fileno() == -1
        far.close()


@pytest.mark.parametrize("host", [".", "..", ".localhost", "localhost..", "a..localhost", " "])
def test_no_name_makes_the_certificate_count_for_any_host(visitor: Context, host: str) -> None:
    """OpenSSL compares no name where it is given an empty one, and any below where it begins with a dot."""
    near, far = pair()
    with pytest.raises(UsageError, match="no host that a certificate could name"):
        visitor.wrap(near, host=host, handshake_s=0.2)
    assert near.fileno() == -1
    far.close()


def test_it_is_offered_here_and_says_by_whom() -> None:
    offered, words = gmtls.offered()
    assert offered
    assert re.fullmatch(r"TLS_SM4_GCM_SM3 with curveSM2 and sm2sig_sm3, by OpenSSL [4-9]\.\S+", words)


@pytest.fixture
def afresh() -> Iterator[None]:
    """The library is looked for anew, now and afterwards."""
    gmtls._library.cache_clear()
    yield
    gmtls._library.cache_clear()


@pytest.mark.parametrize(("name", "lacks"), [("SUITE", "suites"), ("GROUP", "group"), ("SIGNATURE", "signature")])
@pytest.mark.usefixtures("afresh")
def test_an_openssl_without_it_is_named(
    monkeypatch: pytest.MonkeyPatch, page: Shown, authority: Authority, name: str, lacks: str
) -> None:
    """To this OpenSSL the names of what no OpenSSL has are what RFC 8998 is to an older one."""
    monkeypatch.setattr(gmtls, name, "TLS_NOT_MADE")
    offered, words = gmtls.offered()
    assert not offered
    assert re.search(rf"is not offered by OpenSSL \S+: it lacks the {lacks} TLS_NOT_MADE", words)
    makes: list[Callable[[], Context]] = [
        lambda: gmtls.server(page.pem, page.key),
        lambda: gmtls.client(authority.shown.pem),
    ]
    for make in makes:
        with pytest.raises(NotOffered) as caught:
            make()
        assert str(caught.value) == words
        assert "OpenSSL is 4.0 or later" in caught.value.hint


@pytest.mark.usefixtures("afresh")
def test_without_pyopenssl_it_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "OpenSSL.SSL", None)
    offered, words = gmtls.offered()
    assert not offered
    assert "comes from pyOpenSSL, which is not usable here" in words
