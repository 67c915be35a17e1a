"""Go's map hash functions over arrays of keys, to check where a map has put them.

A key's shape and the build's dialect make a plan (:func:`plan_hash`); the plan, rows of key bytes, the map's seed and
the process's random words make the hashes (:func:`hash_keys`).
"""

from goxray.goruntime.hashes.fetch import Held, KeyReader, MemoryKeyReader
from goxray.goruntime.hashes.keys import AES_MACHINES, HashKeys
from goxray.goruntime.hashes.plan import Dialect, HashPlan, plan_hash
from goxray.goruntime.hashes.run import hash_keys
from goxray.goruntime.hashes.shapes import (
    Array,
    Complex,
    Field,
    Float,
    Interface,
    KeyShape,
    Memory,
    String,
    Struct,
    is_regular,
)

__all__ = [
    "AES_MACHINES",
    "Array",
    "Complex",
    "Dialect",
    "Field",
    "Float",
    "HashKeys",
    "HashPlan",
    "Held",
    "Interface",
    "KeyReader",
    "KeyShape",
    "Memory",
    "MemoryKeyReader",
    "String",
    "Struct",
    "hash_keys",
    "is_regular",
    "plan_hash",
]
