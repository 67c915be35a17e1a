"""Dumps of runtime/metrics, of expvar's /debug/vars and of Prometheus' text format: what they tell of memory and GC."""

from goxray.timeline.metrics.build import read
from goxray.timeline.metrics.parse import BadMetrics, is_dump

__all__ = ["BadMetrics", "is_dump", "read"]
