"""Kernels as plain Python: their twins put in the place of what is compiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np
import pytest

from goxray.core.jit import twin


@contextmanager
def uncompiled(*modules: ModuleType) -> Iterator[None]:
    """Let all kernels of these modules run uncompiled, those that they call too."""
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            for name, function in list(vars(module).items()):
                if hasattr(function, "py_func"):
                    patch.setattr(module, name, twin(function))
        with np.errstate(over="ignore"):
            yield
