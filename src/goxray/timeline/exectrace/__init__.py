"""Execution traces of Go 1.22 and later: what they tell of the collector and the heap."""

from goxray.timeline.exectrace.build import read
from goxray.timeline.exectrace.wire import BadTrace, is_trace

__all__ = ["BadTrace", "is_trace", "read"]
