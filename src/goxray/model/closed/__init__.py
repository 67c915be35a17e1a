"""Closed forms: what a map costs after so many inserts, computed without making one. numpy only.

:class:`goxray.model.closed.life.ClosedForms` answers for a map type and a build; the other modules are its parts:
``chances`` (distributions over a figure), ``overflow``, ``dependent``, ``evacuation`` and ``classic`` for classic
maps, ``splits`` and ``swiss`` for Swiss ones, ``rebuilt`` for the bytes of a map that was copied.
"""
