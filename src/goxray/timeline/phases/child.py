"""Starting the program that is to be watched, with the environment that isolates one of the three phases."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from goxray.core.errors import UsageError

if TYPE_CHECKING:
    from goxray.core.phases_result import Only

ISOLATING: Mapping[str, Mapping[str, str]] = {
    "all": {},
    "assign": {"GOGC": "off", "GOMEMLIMIT": "off"},
    "gc": {"GODEBUG": "gcstoptheworld=2,madvdontneed=0"},
    "release": {"GODEBUG": "gcstoptheworld=2,madvdontneed=1"},
}
"""What each choice of ``--only`` sets; the same on Go 1.21 to 1.27 (runtime/extern.go, runtime1.go, mgcpacer.go).

``assign``: no cycle begins by itself, and before the second one the background scavenger has no goal
(gcPaceScavenger; where the program forces cycles it has one, GOGC=off or not). ``gc``: a cycle marks and sweeps while
the world is stopped, so that no assign falls into one, and what the scavenger gives back stays in RSS until the OS
wants it (MADV_FREE). ``release``: cycles as for gc, so that all is swept when the world runs again, and what is given
back leaves RSS at once (MADV_DONTNEED), whatever the user's own GODEBUG says.
"""


def environment(only: Only, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a phase: settings of GODEBUG stand behind the user's own, and so win."""
    made = dict(base)
    for name, value in ISOLATING[only].items():
        own = made.get(name, "")
        made[name] = f"{own},{value}" if name == "GODEBUG" and own else value
    return made


def start(command: Sequence[str], only: Only) -> subprocess.Popen[bytes]:
    """Start the command with this process's own standard streams.

    Raises:
        UsageError: there is no such program, or it cannot be run.
    """
    try:
        return subprocess.Popen(list(command), env=environment(only, os.environ))
    except OSError as error:
        raise UsageError(
            f"cannot run {command[0]}: {error.strerror}", hint="give a program and its arguments"
        ) from None


def status(code: int) -> int:
    """Return the exit status as a shell has it: 128 + n for signal n."""
    return 128 - code if code < 0 else code
