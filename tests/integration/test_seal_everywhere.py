"""``--seal VAULT`` for real: what opens again is what is written without it, and no end leaves half of anything."""

from __future__ import annotations

import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from goxray import api_vault
from goxray.core.vault_result import BundleRow, LogEntry, VaultKey
from tests.harness import cores, served
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.steady import until
from tests.harness.variants import SWISS

pytestmark = pytest.mark.xdist_group("seal-everywhere")

CORPUS = Path(__file__).parents[1] / "corpus"
LOG = str(CORPUS / "joined" / "gc.log")
PASSPHRASE = b"correct horse battery"
GOXRAY = [sys.executable, "-m", "goxray"]
STARTED = 120.0


def ask(_key: VaultKey) -> bytearray:
    return bytearray(PASSPHRASE)


@dataclass(frozen=True)
class Place:
    """A vault, its passphrase as a file, and an empty directory to run commands in."""

    vault: Path
    secret: Path
    here: Path

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
        scratch = self.here.parent / "scratch"
        scratch.mkdir(exist_ok=True)
        return {**kept, "GOXRAY_PASSPHRASE_FILE": str(self.secret), "TMPDIR": str(scratch)}

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run goxray here, in a fork of a process that has loaded it: status, standard output, standard error."""
        return served.run(arguments, self.environment(), STARTED, self.here)

    def start(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
        """Start goxray here as a shell does."""
        return subprocess.run(
            [*GOXRAY, *arguments],
            env=self.environment(),
            cwd=self.here,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=STARTED,
            **{"stdout": subprocess.PIPE, **more},
        )

    def rows(self) -> tuple[BundleRow, ...]:
        return api_vault.list_(self.vault).bundles

    def log(self) -> tuple[LogEntry, ...]:
        return api_vault.log_show(self.vault).entries

    def opened(self, row: BundleRow, directory: Path) -> bytes:
        directory.mkdir()
        return Path(api_vault.open_(self.vault, row.id, directory, ask=ask).file).read_bytes()

    def left(self) -> list[str]:
        """Return all that is in the vault's directory but what it always has."""
        return sorted(path.name for path in (self.vault / "bundles").iterdir())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new vault, of which each test has a copy: a key costs many rounds of its passphrase."""
    vault = tmp_path_factory.mktemp("made") / "vault"
    api_vault.init(vault, ask=ask)
    return vault


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Place:
    vault, secret, here = tmp_path / "vault", tmp_path / "secret", tmp_path / "here"
    here.mkdir()
    secret.touch(0o600)
    secret.write_bytes(PASSPHRASE + b"\n")
    shutil.copytree(made, vault)
    return Place(vault, secret, here)


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("core")
    with speaking(build("personal", Build(SWISS))) as program:
        whole = cores.gcore(program.pid, directory)
    parts = cores.segments(whole)
    yield cores.write(whole, cores.without(parts, cores.reservations(parts)), directory / "small")
    shutil.rmtree(directory)


# --- what opens again -------------------------------------------------------------------------------------------------


def tables(content: bytes) -> dict[str, bytes]:
    """Return a snapshot's tables; its manifest tells when it was taken."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist() if name.endswith(".parquet")}


def test_what_opens_again_is_what_is_written_without_a_vault(place: Place, core: Path, tmp_path: Path) -> None:
    module = tmp_path / "module"
    shutil.copytree(CORPUS / "audit" / "CRY004", module)
    runs: list[tuple[tuple[str, ...], str, Callable[[bytes], Any]]] = [
        (("maps", str(core), "--format", "json"), "maps.json", json.loads),
        (("heap", str(core), "-o", "monday.html"), "monday.html", bytes),
        (("snapshot", str(core)), "snapshot.gox", tables),
        (("audit", str(module), "--no-cache", "--format", "sarif"), "audit.sarif", json.loads),
        (("gc", "read", LOG, "--format", "parquet"), "gc-read.parquet", bytes),
        (("lab", "show", "map-never-shrinks"), "lab-show.txt", bytes),
    ]
    plain: dict[str, Any] = {}
    for arguments, name, read in runs:
        status, out, err = place.run(*arguments, "--seal", str(place.vault))
        assert (status, out) == (0, ""), err
        assert os.listdir(place.here) == [], "nothing stands beside the vault"
        asked = arguments if "-o" in arguments else (*arguments, "-o", name)
        status, out, err = place.run(*asked)
        assert (status, out) == (0, ""), err
        plain[name] = read((place.here / name).read_bytes())
        (place.here / name).unlink()
    rows = {row.name: row for row in place.rows()}
    assert set(rows) == {name for _, name, _ in runs}
    assert [rows[name].kind for _, name, _ in runs] == ["maps", "heap", "snapshot", "audit", "gc-read", "lab-show"]
    for number, (_, name, read) in enumerate(runs):
        assert read(place.opened(rows[name], tmp_path / f"opened-{number}")) == plain[name], name
    assert api_vault.verify(place.vault).good
    (tmp_path / "back.gox").write_bytes((tmp_path / "opened-2" / "snapshot.gox").read_bytes())
    _, out, _ = place.run("maps", str(tmp_path / "back.gox"), "--format", "json")
    assert json.loads(out)["maps"] == plain["maps.json"]["maps"]


def test_the_command_that_is_run_keeps_its_output_and_its_report_is_sealed(place: Place, tmp_path: Path) -> None:
    done = place.start("gc", "run", "--seal", str(place.vault), "--", "sh", "-c", "echo its own; exit 3")
    assert (done.returncode, done.stdout) == (3, b"its own\n"), done.stderr.decode()
    [row] = place.rows()
    assert b"goxray gc" in place.opened(row, tmp_path / "opened")


WATCHED = """
import json, os, sys
from goxray.ui.cli.main import main
seen = []
runs = json.loads(sys.argv[1])
def hook(event, given):
    if event == "open" and given[2] is not None and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        path = given[0]
        seen.append(os.path.realpath(path) if isinstance(path, str) and path != "." else str(path))
sys.addaudithook(hook)
told = []
for arguments in runs:
    seen.clear()
    try:
        main(arguments, prog_name="goxray")
    except SystemExit as end:
        told.append([end.code or 0, list(seen)])
sys.stdout.flush()
print(json.dumps(told))
"""


def opened_by(place: Place, runs: Sequence[Sequence[str]]) -> list[list[str]]:
    """Run goxray several times in one process; return what each run opened for writing."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(runs)],
        env=place.environment(),
        cwd=place.here,
        capture_output=True,
        text=True,
        timeout=STARTED,
    )
    assert done.returncode == 0, done.stderr
    told: list[tuple[int, list[str]]] = json.loads(done.stdout.splitlines()[-1])
    assert [status for status, _ in told] == [0] * len(runs), done.stderr
    files = [[path for path in seen if not path.isdigit()] for _, seen in told]
    return [
        [path for path in seen if not path.startswith(("/dev/", "/proc/")) and "__pycache__" not in path]
        for seen in files
    ]


def test_no_file_is_opened_for_writing_outside_of_the_vault(place: Place, core: Path, tmp_path: Path) -> None:
    commands = (("snapshot", str(core)), ("heap", str(core), "--format", "parquet", "--table", "owners"))
    sealed = [(*arguments, "--seal", str(place.vault)) for arguments in commands]
    plain = [(*arguments, "-o", "plain.out") for arguments in commands]
    opened = opened_by(place, [*sealed, *plain])
    for inside in opened[:2]:
        # A bundle has no name while it is written (O_TMPFILE): what is opened then is the directory itself, ".".
        assert "." in inside and {path for path in inside if not path.startswith(str(place.vault.resolve()))} == {"."}
    for outside in opened[2:]:
        assert any("plain.out" in path for path in outside), "the hook sees what is written"
    assert os.listdir(tmp_path / "scratch") == []


# --- whatever ends it -------------------------------------------------------------------------------------------------

HALFWAY = """
import sys, time
import goxray.ui.cli.gc_read as command
from goxray.ui.cli.main import main
def half(result, fmt, out, *more):
    for _ in range(6):
        out.write(bytes(1 << 20))
    sys.stderr.write("half is written\\n")
    sys.stderr.flush()
    while True:  # a signal just before a long sleep would be heard behind it
        time.sleep(0.05)
command.write = half
main(sys.argv[1:], prog_name="goxray")
"""


@pytest.mark.parametrize(
    ("end", "status", "told"),
    [(signal.SIGTERM, 143, True), (signal.SIGINT, 130, True), (signal.SIGKILL, -9, False)],
    ids=["term", "int", "kill"],
)
def test_a_run_that_is_ended_halfway_leaves_nothing(place: Place, end: signal.Signals, status: int, told: bool) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", HALFWAY, "gc", "read", LOG, "--seal", str(place.vault)],
        env=place.environment(),
        cwd=place.here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert running.stderr is not None and running.stderr.readline() == b"half is written\n"
        before = len(place.log())
        running.send_signal(end)
        out, err = running.communicate(timeout=STARTED)
    finally:
        running.kill()
    assert (running.returncode, out) == (status, b""), err.decode()
    assert place.left() == [] and place.rows() == ()
    assert os.listdir(place.here) == []
    if told:
        assert len(place.log()) > before
        assert place.log()[-1].what == "seal" and place.log()[-1].result != "done"
    assert api_vault.verify(place.vault).good
    assert place.run("gc", "read", LOG, "--seal", str(place.vault))[0] == 0 and [row.state for row in place.rows()] == [
        "kept"
    ]
    assert api_vault.verify(place.vault).good


def test_a_command_that_fails_seals_nothing_and_the_log_says_so(place: Place) -> None:
    status, _, err = place.run("gc", "read", "no-such.log", "--seal", str(place.vault))
    assert status in (2, 3) and "no-such.log" in err and "sealed" not in err
    assert place.left() == []
    last = place.log()[-1]
    assert last.what == "seal" and last.result != "done"


def test_a_disk_that_is_full_seals_nothing(place: Place) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 15, 1 << 15))

    done = place.start("gc", "read", LOG, "--format", "html", "--seal", str(place.vault), preexec_fn=little_room)
    assert done.returncode == 3, done.stderr.decode()
    assert b"File too large" in done.stderr and b"a bug in goxray" not in done.stderr
    assert place.left() == []


def test_a_reader_of_standard_output_that_is_gone_does_not_matter(place: Place) -> None:
    hear, say = os.pipe()
    os.close(hear)
    try:
        done = place.start("gc", "read", LOG, "--seal", str(place.vault), stdout=say)
    finally:
        os.close(say)
    assert done.returncode == 0, done.stderr.decode()
    assert [row.kind for row in place.rows()] == ["gc-read"]


def test_a_wrong_passphrase_costs_no_look(place: Place) -> None:
    place.secret.write_bytes(b"something else entirely\n")
    status, _, err = place.run("maps", "no-such-target", "--seal", str(place.vault))
    assert status == 3 and "no-such-target" not in err, err
    assert "passphrase" in err and place.left() == []


def test_no_vault_costs_no_look(place: Place) -> None:
    status, _, err = place.run("maps", "no-such-target", "--seal", str(place.here))
    assert status == 3 and "no-such-target" not in err and "vault" in err
    assert os.listdir(place.here) == []


def test_several_at_once_all_come_in(place: Place) -> None:
    def sealed(number: int) -> tuple[int, str, str]:
        return place.run("gc", "read", LOG, "-o", f"{number}.json", "--seal", str(place.vault))

    served.server()
    with ThreadPoolExecutor(4) as together:
        for status, _, err in together.map(sealed, range(4)):
            assert status == 0, err
    assert sorted(row.name for row in place.rows()) == [f"{number}.json" for number in range(4)]
    assert until(lambda: api_vault.verify(place.vault).good)
