"""The lab for the interfaces: the catalogue, runs, what earlier runs found, toolchains."""

from __future__ import annotations

__all__: list[str] = []
