"""The model of Go's maps, allocator and collector for the interfaces: predict, layout, model gc."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.model.gc.answer import emit_go, model_gc
    from goxray.model.predict import predict
    from goxray.model.typelayouts import layout

__all__ = ["emit_go", "layout", "model_gc", "predict"]

_LAZY = {
    "emit_go": "goxray.model.gc.answer",
    "layout": "goxray.model.typelayouts",
    "model_gc": "goxray.model.gc.answer",
    "predict": "goxray.model.predict",
}


def __getattr__(name: str) -> object:
    """Import each part of the model when it is asked for: a prediction needs no compiler, a simulation does."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
