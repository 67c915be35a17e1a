"""The model of Go's maps, allocator and collector for the interfaces: predict, layout, model gc."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.model.predict import predict
    from goxray.model.typelayouts import layout

__all__ = ["layout", "predict"]

_LAZY = {"layout": "goxray.model.typelayouts", "predict": "goxray.model.predict"}


def __getattr__(name: str) -> object:
    """Import each part of the model when it is asked for: a prediction needs no compiler, a simulation does."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
