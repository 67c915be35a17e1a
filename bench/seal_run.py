"""``make bench``: how fast content is sealed and opened, beside the library's own SM4-GCM, and in how much memory.

Run as ``python -m bench.seal_run [--quick] [--big]``. The baseline is SM4-GCM of ``cryptography`` over pieces of 1 MiB,
in memory, by one thread: what the library gives to whoever calls it. Sealing reads a file, encrypts it, takes the SM3
of every sealed byte (so that it verifies without a secret), writes a file and waits until the disk has it; a row above
says what that takes without the disk. Each way runs in a process of its own: its peak memory is printed, and it must
not grow with the content. ``--big`` adds 4 GB. Speed is printed, never asserted; ends with 1 only where an opened file
is not what was sealed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Cost, run

MIB = 1 << 20
QUICK, USUAL, BIG = (8, 32), (64, 256, 1024), 4096
RUNS = 3
WANTED = 0.8

LIBRARY = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
piece = bytes(range(256)) * 4096
def one(number):
    encryptor = Cipher(SM4(bytes(16)), modes.GCM(number.to_bytes(12, "big"))).encryptor()
    encryptor.update(piece)
    encryptor.finalize()
count, threads = int(sys.argv[1]), int(sys.argv[2])
one(0)
began = time.monotonic()
with ThreadPoolExecutor(threads) as pool:
    for _ in pool.map(one, range(count)):
        pass
print(json.dumps(time.monotonic() - began))
"""

SEAL = """
import json, sys, time
from pathlib import Path
from goxray.vault import sm2
from goxray.vault.bundle.format import Content
from goxray.vault.bundle.seal import How, seal, seal_file
source, target, keys = map(Path, sys.argv[1:4])
with sm2.generate() as private:
    keys.write_bytes(bytes(private.pkcs8()))
    how = How([private.public], private)
    began = time.monotonic()
    if target.name == "null":
        with open(source, "rb", buffering=0) as content, open("/dev/null", "wb", buffering=0) as sink:
            seal(content, sink, Content(source.name), how)
    else:
        seal_file(source, target, Content(source.name), how)
    print(json.dumps(time.monotonic() - began))
"""

OPEN = """
import json, sys, time
from pathlib import Path
from goxray.vault import sm2
from goxray.vault.bundle.open import open_file
bundle, directory, keys = map(Path, sys.argv[1:4])
with sm2.Private.from_pkcs8(bytearray(keys.read_bytes())) as private:
    began = time.monotonic()
    open_file(bundle, directory, private, {private.public.key_id: private.public}, "opened")
    print(json.dumps(time.monotonic() - began))
"""

VERIFY = """
import json, sys, time
from pathlib import Path
from goxray.vault import sm2
from goxray.vault.bundle.verify import verify_file
bundle, keys = map(Path, sys.argv[1:3])
with sm2.Private.from_pkcs8(bytearray(keys.read_bytes())) as private:
    began = time.monotonic()
    verify_file(bundle, {private.public.key_id: private.public})
    print(json.dumps(time.monotonic() - began))
"""


@dataclass(frozen=True)
class Done:
    """One way over some content: its size in MiB, the seconds without Python's start, and what the process cost."""

    way: str
    mib: int
    seconds: float
    cost: Cost

    @property
    def rate(self) -> float:
        """MB a second."""
        return self.mib * MIB / 1e6 / self.seconds


def measure(way: str, mib: int, program: str, *words: str, runs: int = RUNS, fresh: Path | None = None) -> Done:
    """Run one way several times and return the quickest; ``fresh`` is what each run writes anew."""
    best: Done | None = None
    for _ in range(runs):
        if fresh is not None:
            fresh.unlink(missing_ok=True)
        cost, told = run([sys.executable, "-c", program, *words])
        done = Done(way, mib, float(json.loads(told)), cost)
        if best is None or done.seconds < best.seconds:
            best = done
    assert best is not None
    return best


def shown(done: Done, library: Done) -> str:
    """Return a line of the table."""
    return (
        f"{done.way:<28} {done.mib:>6,} {done.rate:>8,.0f} {done.rate / library.rate:>8.0%} {done.cost.cpu:>8.2f} "
        f"{done.cost.peak_rss / MIB:>8.0f}"
    )


def one_size(directory: Path, mib: int, library: Done, runs: int) -> tuple[list[Done], bool]:
    """Seal, verify and open content of one size; say whether what came out is what went in."""
    source, bundle, opened, keys = (directory / name for name in ("content", "content.goxs", "opened", "key"))
    digest = write_random(source, mib)
    from_file, to_file = (str(source), str(bundle), str(keys)), (str(bundle), str(directory), str(keys))
    done = [
        measure("seal, nothing written", mib, SEAL, str(source), "null", str(keys), runs=runs),
        measure("seal, file to file, synced", mib, SEAL, *from_file, runs=runs, fresh=bundle),
        measure("verify without a secret", mib, VERIFY, str(bundle), str(keys), runs=runs),
    ]
    source.unlink()  # three copies of the largest would not fit everywhere
    done.append(measure("open, file to file, synced", mib, OPEN, *to_file, runs=runs, fresh=opened))
    for each in done:
        print(shown(each, library), flush=True)
    with open(opened, "rb") as file:
        same = hashlib.file_digest(file, "sha256").digest() == digest
    opened.unlink()
    bundle.unlink()
    return done, same


def write_random(path: Path, mib: int) -> bytes:
    """Write so many MiB that nothing can compress, and return their digest."""
    digest = hashlib.sha256()
    with open(path, "wb") as out:
        for _ in range(mib):
            piece = os.urandom(MIB)
            digest.update(piece)
            out.write(piece)
    return digest.digest()


def verdict(least: float) -> str:
    """Say whether the rate that is wanted was reached at every size."""
    word = "reached" if least >= WANTED else "missed"
    return f"sealing, file to file: at least {least:.0%} of the library's rate (wanted {WANTED:.0%}: {word})"


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small files: whether it works, not how fast")
    parser.add_argument("--big", action="store_true", help="4 GB as well (needs 9 GB of disk)")
    asked = parser.parse_args()
    sizes, runs = (QUICK, 1) if asked.quick else (USUAL, RUNS)
    count = sizes[-1]
    threads = len(os.sched_getaffinity(0))
    library = measure("SM4-GCM, 1 thread", count, LIBRARY, str(count), "1", runs=runs)
    every = measure(f"SM4-GCM, {threads} threads", count, LIBRARY, str(count), str(threads), runs=runs)
    print(f"{'way':<28} {'MiB':>6} {'MB/s':>8} {'library':>8} {'CPU s':>8} {'peak MiB':>8}")
    print(shown(library, library), shown(every, library), sep="\n", flush=True)
    wrong, least = 0, 1e9
    with tempfile.TemporaryDirectory() as place:
        for mib in (*sizes, BIG) if asked.big else sizes:
            done, same = one_size(Path(place), mib, library, 1 if mib == BIG else runs)
            wrong += not same
            least = min(least, done[1].rate / library.rate)
    print(verdict(least))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
