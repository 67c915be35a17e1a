"""From the shape of a key to the steps that hash it, as the compiler or the runtime would take them.

Four dialects exist, and they give different hashes for the same struct:

``typehash``
    The runtime walks the type field by field (runtime/alg.go, typehash). Used for what an interface holds, and for the
    keys of maps whose type reflect.MapOf made.
``runs``
    The compiler writes one function per type; neighbouring memory fields of one struct are hashed together
    (cmd/compile/internal/reflectdata/alg.go, genhash; cmd/compile/internal/compare, Memrun).
``aligned runs``
    The same where the machine is not trusted with unaligned loads (cmd/internal/sys, Arch.Alignment above 1: loong64 up
    to Go 1.26): a run is no longer than what its start is aligned to.
``signature``
    The compiler flattens the type to a signature first, so that memory runs reach across nested structs and array
    elems, and partly unrolls arrays (reflectdata/alg.go, eqSignature). Newer compilers.

Which of them a build's compiler speaks is a fact of the layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from goxray.goruntime.hashes.shapes import (
    Array,
    Complex,
    Float,
    Interface,
    KeyShape,
    Memory,
    String,
    Struct,
    alignment,
    is_padded,
    is_regular,
)

Dialect = Literal["typehash", "runs", "aligned runs", "signature"]

_UNROLLED_BYTES = 32  # eqSigBuilder.build repeats the elem until a loop's body covers about this many bytes
_WORD_SIZES = (4, 8)  # sizes with a function of their own: memhash32, memhash64


@dataclass(frozen=True)
class MemStep:
    """Hash ``size`` bytes at ``offset``; ``word`` picks memhash32 or memhash64 instead of memhash."""

    offset: int
    size: int
    word: bool


@dataclass(frozen=True)
class FloatStep:
    """Hash the float of ``size`` bytes at ``offset`` (f32hash, f64hash)."""

    offset: int
    size: Literal[4, 8]


@dataclass(frozen=True)
class StringStep:
    """Hash the bytes of the string whose header is at ``offset`` (strhash)."""

    offset: int


@dataclass(frozen=True)
class InterfaceStep:
    """Hash what the interface at ``offset`` holds (nilinterhash when ``empty``, interhash otherwise)."""

    offset: int
    empty: bool


@dataclass(frozen=True)
class RepeatStep:
    """Take ``steps`` ``count`` times, ``stride`` bytes further each time; their offsets count from ``offset``."""

    offset: int
    count: int
    stride: int
    steps: tuple[Step, ...]


Step: TypeAlias = MemStep | FloatStep | StringStep | InterfaceStep | RepeatStep


@dataclass(frozen=True)
class HashPlan:
    """The steps that hash a key of ``size`` bytes; each takes the hash so far as its seed."""

    size: int
    steps: tuple[Step, ...]


@cache
def plan_hash(shape: KeyShape, dialect: Dialect) -> HashPlan:
    """The steps that hash a value of this shape, laid out from offset 0.

    Args:
        shape: the key's shape, or the shape of what an interface holds.
        dialect: whose way of hashing to follow; see the module's text.
    """
    if dialect == "typehash":
        steps = _by_fields(shape, 0)
    elif dialect == "signature":
        steps = _by_signature(shape)
    else:
        steps = _compiled(shape, dialect == "aligned runs")
    return HashPlan(shape.size, tuple(steps))


def _leaf(shape: KeyShape, offset: int) -> list[Step]:
    match shape:
        case Float():
            return [FloatStep(offset, shape.size)]
        case Complex():
            half: Literal[4, 8] = 4 if shape.size == 8 else 8
            return [FloatStep(offset, half), FloatStep(offset + half, half)]
        case String():
            return [StringStep(offset)]
        case Interface():
            return [InterfaceStep(offset, shape.empty)]
    raise TypeError(f"{shape} is no leaf")


def _repeat(offset: int, count: int, stride: int, steps: list[Step]) -> list[Step]:
    return [RepeatStep(offset, count, stride, tuple(steps))] if steps and count else []


# ---- typehash


def _by_fields(shape: KeyShape, offset: int) -> list[Step]:
    if is_regular(shape):
        return [MemStep(offset, shape.size, word=shape.size in _WORD_SIZES)]
    if isinstance(shape, Array):
        return _repeat(offset, shape.count, shape.elem.size, _by_fields(shape.elem, 0))
    if isinstance(shape, Struct):
        return [
            step for field in shape.fields if not field.blank for step in _by_fields(field.shape, offset + field.offset)
        ]
    return _leaf(shape, offset)


# ---- runs


def _compiled(shape: KeyShape, aligned: bool) -> list[Step]:
    if not is_regular(shape):
        return _by_runs(shape, 0, aligned)
    # memhash0 hands the seed back; an empty memory field inside a struct goes through memhash instead.
    return [MemStep(0, shape.size, word=shape.size in _WORD_SIZES)] if shape.size else []


def _by_runs(shape: KeyShape, offset: int, aligned: bool) -> list[Step]:
    if isinstance(shape, Array):
        return _repeat(offset, shape.count, shape.elem.size, _by_runs(shape.elem, 0, aligned))
    if not isinstance(shape, Struct):
        return _leaf(shape, offset)
    steps: list[Step] = []
    index = 0
    while index < len(shape.fields):
        field = shape.fields[index]
        start = offset + field.offset
        if field.blank:
            index += 1
        elif is_regular(field.shape):
            size, index = _memory_run(shape, index, aligned)
            steps.append(MemStep(start, size, word=False))
        else:
            steps += _by_runs(field.shape, start, aligned)
            index += 1
    return steps


def _memory_run(shape: Struct, first: int, aligned: bool) -> tuple[int, int]:
    """Bytes of the memory run that starts at a field, and the index of the field after it."""
    begin = shape.fields[first].offset
    most = shape.size
    if aligned:  # no longer than what the run's start is aligned to, so that it could be loaded at once
        whole = alignment(shape)
        most = min(whole, begin & -begin) if begin else whole
    after = first + 1
    while after < len(shape.fields) and not is_padded(shape, after - 1):
        field = shape.fields[after]
        if field.blank or not is_regular(field.shape) or field.offset + field.shape.size - begin > most:
            break
        after += 1
    last = shape.fields[after - 1]
    return last.offset + last.shape.size - begin, after


# ---- signature


class _Signature:
    """Builds the flat list of steps; memory waits in ``_memory`` until something else follows it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._offset = 0
        self._memory = 0

    def flush(self) -> None:
        """Write out the memory run that is waiting."""
        if self._memory:
            start = self._offset - self._memory
            self.steps.append(MemStep(start, self._memory, word=self._memory in _WORD_SIZES))
            self._memory = 0

    def memory(self, size: int) -> None:
        """Take ``size`` bytes into the waiting run."""
        self._memory += size
        self._offset += size

    def skip(self, size: int) -> None:
        """Leave ``size`` bytes out."""
        if size:
            self.flush()
            self._offset += size

    def add(self, shape: KeyShape) -> None:
        """Append a value of this shape at the current offset."""
        if isinstance(shape, Memory):
            self.memory(shape.size)
        elif isinstance(shape, Struct):
            self._struct(shape)
        elif isinstance(shape, Array):
            self._array(shape)
        else:
            self.flush()
            self.steps += _leaf(shape, self._offset)
            self._offset += shape.size

    def _struct(self, shape: Struct) -> None:
        at = 0
        for field in shape.fields:
            if not field.blank:
                self.skip(field.offset - at)
                self.add(field.shape)
                at = field.offset + field.shape.size
        self.skip(shape.size - at)

    def _array(self, shape: Array) -> None:
        if is_regular(shape):
            self.memory(shape.size)
            return
        if shape.count == 1:
            self.add(shape.elem)
            return
        if not shape.size:
            return
        unroll = max(1, _UNROLLED_BYTES // shape.elem.size)
        loops, single = divmod(shape.count, unroll)
        if loops == 1:
            loops, single = 0, shape.count
        for _ in range(single):
            self.add(shape.elem)
        if loops:
            self.flush()
            body = _Signature()
            for _ in range(unroll):
                body.add(shape.elem)
            body.flush()
            stride = unroll * shape.elem.size
            self.steps += _repeat(self._offset, loops, stride, body.steps)
            self._offset += loops * stride


def _by_signature(shape: KeyShape) -> list[Step]:
    signature = _Signature()
    signature.add(shape)
    signature.flush()
    return signature.steps
