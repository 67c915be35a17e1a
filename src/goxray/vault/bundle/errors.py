"""What can be wrong with a bundle besides its keys, tags and signatures, which core/errors.py names."""

from __future__ import annotations

from goxray.core.errors import GoxrayError


class BadBundle(GoxrayError):
    """The bytes are no sealed bundle, break a rule of its format, or end early; the message says where."""


class KeyDestroyed(GoxrayError):
    """The bundle's data key was destroyed on purpose: nobody can open it any more, and verifying it still works."""
