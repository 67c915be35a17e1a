"""``goxray`` as a shell runs it, without the second that each start takes: a fork of one process that has loaded it.

:func:`server` starts that process once for each process of tests. A run has its own directory, environment, arguments
and file descriptors. What a start itself does (imports, the entry point) is not tested so: for that a test starts
``python -m goxray``. Run as ``python -m tests.harness.served SOCKET``, or by the script of :func:`write_command`.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

REPO = Path(__file__).parents[2]
_LARGEST = 1 << 20

_COMMAND = """#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({place!r})
request = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(server, [len(request).to_bytes(8, "little")], [0, 1, 2])
server.sendall(request)
sys.exit(int(server.recv(16) or b"1"))
"""


@cache
def server() -> Path:
    """Start the process that forks, if it has not been; return the path of its socket. It ends with this process."""
    directory = tempfile.TemporaryDirectory(prefix="goxray-served-")
    place = Path(directory.name) / "socket"
    command = [sys.executable, "-m", "tests.harness.served", str(place)]
    # What forks must have no threads that it could lose; its streams are those of the runs.
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPO, env=alone)
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == b"ready\n", f"it ended with status {process.wait(10)}"

    def end() -> None:
        process.communicate()
        directory.cleanup()

    atexit.register(end)
    return place


def write_command(path: Path) -> None:
    """Make an executable that takes the place of ``goxray``."""
    path.write_text(_COMMAND.format(python=sys.executable, place=str(server())))
    path.chmod(0o755)


def run(
    arguments: Sequence[str], environment: Mapping[str, str], seconds: float, directory: Path | None = None
) -> tuple[int, str, str]:
    """Run goxray here or in a directory with these arguments; return its exit status and both outputs.

    Raises:
        TimeoutError: it takes longer than ``seconds``.
    """
    request = json.dumps([list(arguments), str(directory or os.getcwd()), dict(environment)]).encode()
    with (
        socket.socket(socket.AF_UNIX) as asked,
        open(os.devnull, "rb") as nothing,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        asked.settimeout(seconds)
        asked.connect(str(server()))
        descriptors = [each.fileno() for each in (nothing, out, err)]
        socket.send_fds(asked, [len(request).to_bytes(8, "little")], descriptors)
        asked.sendall(request)
        status = int(asked.recv(16) or b"1")
        out.seek(0)
        err.seek(0)
        return status, out.read().decode(), err.read().decode()


def _serve(place: str) -> None:
    """Answer until standard input ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            readable, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in readable:
                return
            asked, _ = listener.accept()
            if not os.fork():
                _answer(asked, listener)
            asked.close()
            _reap()


def _reap() -> None:
    """Take note of the ends of what was forked; the last ones end with this process."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _answer(asked: socket.socket, listener: socket.socket) -> None:
    """Run what is asked for in a process of its own, tell how it ended, and end."""
    try:
        listener.close()
        head, descriptors, _, _ = socket.recv_fds(asked, 8, 3)
        size = int.from_bytes(head, "little")
        request = b""
        while len(request) < size:
            request += asked.recv(min(_LARGEST, size - len(request))) or b"\0"
        pid = os.fork()
        if not pid:
            asked.close()
            _become(descriptors, *json.loads(request))
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        asked.sendall(str(code if code >= 0 else 128 - code).encode())
    finally:
        os._exit(0)


def _become(descriptors: Sequence[int], arguments: list[str], directory: str, environment: dict[str, str]) -> None:
    """Be goxray from here on."""
    status = 1
    try:
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["goxray", *arguments]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from goxray.ui.cli.main import main

        main(arguments, prog_name="goxray")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _load() -> None:
    """Import what commands import, and the kernels; nothing may run in a thread when it forks."""
    from goxray.heap.warm import warm_up
    from goxray.ui.cli.main import COMMANDS

    package = REPO / "src" / "goxray"
    entries = [f"goxray.{path.stem}" for path in package.glob("api*.py")]
    pages = [f"goxray.render.{path.stem}" for path in (package / "render").glob("*.py") if path.stem != "__init__"]
    for name in (
        "duckdb",
        "pyarrow.parquet",
        *entries,
        *pages,
        *(where.split(":")[0] for where, _ in COMMANDS.values()),
    ):
        import_module(name)
    warm_up(contents=True)


if __name__ == "__main__":
    _load()
    _serve(sys.argv[1])
