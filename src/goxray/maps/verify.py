"""placeholder"""
from __future__ import annotations


def verify_maps(runtime, findings): return [], 0
