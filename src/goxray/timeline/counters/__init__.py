"""The runtime's own counters of a live process, read at an interval: no instrumentation, no stop."""
