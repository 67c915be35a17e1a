"""An executable model of Go's maps, allocator and garbage collector: what the runtime would do, without running it.

It shares the layout data and the hash functions with the parts that look at real programs, and nothing else: what is
predicted here and what is observed there can be held against each other.
"""
