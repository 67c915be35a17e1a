"""What ``goxray doctor`` finds out about a machine: plain values, from the probes to the renderers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "missing"]

DOCTOR_SCHEMA_ID = "goxray.doctor/1"


@dataclass(frozen=True)
class Check:
    """One thing that goxray needs or can use.

    ``name`` is stable (scripts select by it), ``found`` says what is there, ``needed_for`` what stops working without
    it, and ``mend`` is the exact command that mends it (empty when nothing needs mending).
    """

    name: str
    status: Status
    found: str
    needed_for: str
    mend: str = ""
