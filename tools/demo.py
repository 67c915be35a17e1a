"""``make demo``: a real Go service under load, built with classic and with Swiss maps, and what goxray sees in it.

Builds ``examples/sessions`` with two Go versions, starts both on free loopback ports, logs users in, lets most of the
sessions expire, runs ``goxray maps`` on each while it goes on serving, and writes ``demo-report.html``. Whatever
happens, the services it started are stopped.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goxray.core.errors import GoxrayError
from goxray.core.units import format_count
from goxray.target import toolchains

if TYPE_CHECKING:
    from goxray.core.result import MapsResult

REPO = Path(__file__).resolve().parents[1]
REPORT = REPO / "demo-report.html"
VERSIONS = ("1.23.9", "1.27.3")
LOGINS, USERS = 120_000, 20_000
KEPT_EVERY = 25  # every 25th session is touched again and again and so survives
TTL_SECONDS = 8
STEP = 2_500  # logins after which the sessions to be kept are known to the traffic
BATCH = 100  # requests in flight on a connection
PATIENCE = 60.0  # seconds for any one step of the load
_OWN = re.compile(r"^main\.|: main\.")  # a global of package main, or a frame of it
_LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


class Visitor:
    """One client on one connection that sends its requests in batches, as a proxy with keep-alive does."""

    def __init__(self, port: int) -> None:
        """Connect to a service on the loopback."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._rest = b""

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def post(self, paths: Sequence[str]) -> list[tuple[int, str]]:
        """POST to each path; return status and body of each answer, in the same order."""
        answers: list[tuple[int, str]] = []
        for start in range(0, len(paths), BATCH):
            batch = paths[start : start + BATCH]
            head = "Host: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
            self._socket.sendall("".join(f"POST {path} HTTP/1.1\r\n{head}" for path in batch).encode())
            answers += [self._answer() for _ in batch]
        return answers

    def _answer(self) -> tuple[int, str]:
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            self._receive()
        head = self._rest[:end]
        length = re.search(rb"(?i)content-length: (\d+)", head)
        size = int(length[1]) if length else 0
        while len(self._rest) < end + 4 + size:
            self._receive()
        body = self._rest[end + 4 : end + 4 + size]
        self._rest = self._rest[end + 4 + size :]
        return int(head[9:12]), body.decode().strip()

    def _receive(self) -> None:
        more = self._socket.recv(1 << 16)
        if not more:
            raise DemoError("the service hung up")
        self._rest += more


@dataclass
class Service:
    """The example, built with one Go version and running."""

    version: str
    process: subprocess.Popen[str]
    port: int
    kept: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """How the demo speaks of it."""
        return f"go{self.version}, pid {self.process.pid}"

    def stats(self) -> dict[str, Any]:
        """Ask the service what it knows of itself."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=PATIENCE) as answer:
            said: dict[str, Any] = json.load(answer)
        return said

    def log_in(self) -> None:
        """Log users in, touch some of the sessions, end a few: what a busy hour does, in seconds.

        On a slow machine this takes longer than a session lives, so ``kept`` grows on the way and ``traffic``, started
        before, keeps it alive.
        """
        visitor = Visitor(self.port)
        tokens: list[str] = []
        for start in range(0, LOGINS, STEP):
            users = range(start, min(start + STEP, LOGINS))
            answers = visitor.post([f"/login?user=user{number % USERS}" for number in users])
            tokens += [body for status, body in answers if status == 200]
            self.kept = tokens[::KEPT_EVERY]
        if len(tokens) != LOGINS:
            raise DemoError(f"{LOGINS - len(tokens)} of {LOGINS} logins were refused")
        visitor.post([f"/touch?token={token}&tag=seen:{place}" for place, token in enumerate(self.kept)])
        visitor.post([f"/logout?token={token}" for token in tokens[1::KEPT_EVERY]])
        visitor.close()

    def settle(self) -> None:
        """Wait until expiry has deleted all that nobody touches."""
        deadline = time.monotonic() + PATIENCE
        while self.stats()["sessions"] > len(self.kept):
            if time.monotonic() > deadline:
                raise DemoError(f"the sessions of {self.label} do not expire")
            time.sleep(0.2)


@dataclass
class Traffic:
    """What a service answered while it was looked at."""

    answered: int = 0
    refused: int = 0
    slowest_ms: float = 0.0
    failure: BaseException | None = None


@contextmanager
def traffic(service: Service, every: float = 0.0) -> Iterator[Traffic]:
    """Keep touching the sessions that shall live, from a thread, and note how the service answers.

    Each is touched again after ``every`` seconds, or as soon as all have been.
    """
    seen, done = Traffic(), threading.Event()

    def visit() -> None:
        try:
            visitor = Visitor(service.port)
            while not done.is_set():
                next_round = time.monotonic() + every
                for start in range(0, len(service.kept), BATCH):
                    began = time.perf_counter()
                    answers = visitor.post([f"/touch?token={token}" for token in service.kept[start : start + BATCH]])
                    seen.slowest_ms = max(seen.slowest_ms, (time.perf_counter() - began) * 1000)
                    seen.answered += len(answers)
                    seen.refused += sum(status != 200 for status, _ in answers)
                    done.wait(0.01)
                done.wait(max(0.01, next_round - time.monotonic()))
            visitor.close()
        except (OSError, DemoError) as error:
            seen.failure = error

    thread = threading.Thread(target=visit, name="traffic", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join(PATIENCE)


@contextmanager
def running(version: str, place: Path, name: str = "") -> Iterator[Service]:
    """Build the example with one Go version, as ``name`` or named after the version; run it until the context ends."""
    toolchain = toolchains.install(version)
    program = toolchain.build(REPO / "examples" / "sessions", place / (name or f"sessions-go{version}"))
    process = subprocess.Popen(
        [str(program), "-port", "0", "-ttl", f"{TTL_SECONDS}s"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = _LISTENING.search(line)
        if match is None:
            raise DemoError(f"sessions built with go{version} does not start: {line.strip() or 'it said nothing'}")
        yield Service(version, process, int(match[1]))
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def in_parallel(services: Sequence[Service], step: str) -> None:
    """Run one step of every service at the same time; the first failure ends the demo."""
    failures: list[BaseException] = []

    def run(service: Service) -> None:
        try:
            getattr(service, step)()
        except (OSError, DemoError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(service,), name=step) for service in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise DemoError(str(failures[0])) from failures[0]


def look(service: Service, seen: Traffic) -> MapsResult:
    """Show ``goxray maps`` on a service that goes on serving; return the same for the report, with pictures."""
    from goxray import api

    pid = str(service.process.pid)
    before, seen.slowest_ms = seen.answered, 0.0
    print(f"\n$ goxray maps {pid} --limit 10", flush=True)
    status = subprocess.run([sys.executable, "-m", "goxray", "maps", pid, "--limit", "10"]).returncode
    if status not in (0, 4):
        raise DemoError(f"goxray maps ended with status {status}")
    result = api.maps(pid, pictures=1)
    said = service.stats()
    if seen.failure is not None or seen.refused:
        raise DemoError(f"{service.label} stopped answering: {seen.failure or f'{seen.refused} requests refused'}")
    print(
        f"\nmeanwhile the service answered {seen.answered - before:,} requests, "
        f"the slowest {BATCH} of them in {seen.slowest_ms:.0f} ms"
    )
    print("the service's own maps, by what holds them:")
    for owner, maps, entries in own_maps(result):
        words = "map " if maps == 1 else "maps", "entry" if entries == 1 else "entries"
        print(f"  {owner:44} {maps:>7,} {words[0]} {entries:>8,} {words[1]}")
    counted = entries_of(result, "byToken")
    agree = "the same" if counted == said["sessions"] else "NOT the same"
    print(
        f"its own len() says {said['sessions']:,} live sessions, {said['peak_sessions']:,} at the peak; "
        f"goxray counted {format_count(counted)}: {agree}"
    )
    return result


def own_maps(result: MapsResult) -> list[tuple[str, int, int]]:
    """Return owner, maps and entries of what the service's own code holds, whatever it wastes."""
    rows: list[dict[str, Any]] = result.table.select(["owner", "count", "entries"]).to_pylist()
    return sorted((row["owner"], row["count"], row["entries"]) for row in rows if _OWN.search(row["owner"] or ""))


def entries_of(result: MapsResult, field_name: str) -> int:
    """Return the entries of the maps whose owner ends with that field."""
    rows: list[dict[str, Any]] = result.table.select(["owner", "entries"]).to_pylist()
    return sum(row["entries"] for row in rows if str(row["owner"]).endswith(field_name))


def write_report(results: Sequence[MapsResult]) -> None:
    """Write the page with a section for each service."""
    from goxray.render.html.page import write_page
    from goxray.render.options import RenderOptions

    with open(REPORT, "wb") as out:
        write_page(results, out, RenderOptions())
    print(f"\nwrote {REPORT.name} ({REPORT.stat().st_size // 1024} KiB, opens in any browser, loads nothing)")


def demonstrate() -> None:
    """Run the demo from the toolchains to the report."""
    began = time.monotonic()
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="goxray-demo-")))
        print(f"building examples/sessions with {' and '.join(f'go{version}' for version in VERSIONS)}", flush=True)
        services = [stack.enter_context(running(version, place)) for version in VERSIONS]
        print(f"each serves {LOGINS:,} logins of {USERS:,} users over loopback", flush=True)
        visits = [stack.enter_context(traffic(service)) for service in services]
        in_parallel(services, "log_in")
        print(f"all but every {KEPT_EVERY}th session expire, {TTL_SECONDS} s after the last touch", flush=True)
        in_parallel(services, "settle")
        write_report([look(service, seen) for service, seen in zip(services, visits, strict=True)])
    print(f"stopped both services; {time.monotonic() - began:.0f} s in all")


def main() -> int:
    """Run the demo; return the exit status."""
    try:
        demonstrate()
    except (DemoError, GoxrayError) as error:
        print(f"demo: {error}", file=sys.stderr)
        hint = getattr(error, "hint", "")
        if hint:
            print(f"hint: {hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
