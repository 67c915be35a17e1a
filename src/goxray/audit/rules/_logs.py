"""The calls that write logs: the standard library's, zap, logrus, zerolog, glog and klog."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.audit.facts import Call

_PLAIN = tuple(f"{verb}{end}" for verb in ("Print", "Fatal", "Panic") for end in ("", "f", "ln"))
_LEVELS = ("Debug", "Info", "Warn", "Error")
_SLOG = tuple(f"{level}{end}" for level in _LEVELS for end in ("", "Context")) + ("Log", "LogAttrs")
_MANY = tuple(
    f"{level}{end}"
    for level in (*_LEVELS, "Trace", "Warning", "Fatal", "Panic", "Print")
    for end in ("", "f", "ln", "w")
)
_ZAP, _LOGRUS, _ZERO = "go.uber.org/zap", "github.com/sirupsen/logrus", "github.com/rs/zerolog"


def _of(holders: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{holder}.{name}" for holder in holders for name in names)


PRINTING = _of(("log", "(log.Logger)"), _PLAIN)
"""Calls of package log: text only."""

PAIRS = _of(("log/slog", "(log/slog.Logger)"), _SLOG) + _of(
    (f"({_ZAP}.SugaredLogger)",), ("Debugw", "Infow", "Warnw", "Errorw", "Fatalw", "Panicw")
)
"""Calls that take a message, then names and values in turn, or attributes made by ``slog.String`` and the like."""

FIELDS = _of((_LOGRUS, f"({_LOGRUS}.Logger)", f"({_LOGRUS}.Entry)"), ("WithField", "WithFields")) + _of(
    (f"({_ZAP}.Logger)", f"({_ZAP}.SugaredLogger)", "log/slog", "(log/slog.Logger)"), ("With",)
)
"""Calls that give a logger names and values."""

OTHERS = _of(
    (_LOGRUS, f"({_LOGRUS}.Logger)", f"({_LOGRUS}.Entry)", f"({_ZAP}.Logger)", f"({_ZAP}.SugaredLogger)")
    + ("github.com/golang/glog", "k8s.io/klog", "k8s.io/klog/v2"),
    _MANY,
)
EVENTS = _of(
    (f"({_ZERO}.Event)", f"({_ZERO}.Context)"),
    ("Str", "Strs", "Interface", "Any", "Stringer", "Bytes", "Msg", "Msgf"),
)

LOGGING = tuple(dict.fromkeys(PRINTING + PAIRS + FIELDS + OTHERS + EVENTS))
"""All of them."""

TRIGGERS = (b'"log"', b'"log/slog"', _ZAP.encode(), _LOGRUS.encode(), _ZERO.encode(), b"glog", b"klog")

ATTRIBUTES = _of(
    ("log/slog", _ZAP), ("String", "Any", "Strings", "Stringer", "ByteString", "Reflect", "Binary", "Group")
)
"""Functions that make one attribute of a name and a value."""


def short(call: Call) -> str:
    """Return a callee as people write it: ``slog.Info``, ``(Logger).Printf``."""
    name = call.callee
    holder, _, last = name.rpartition(".")
    return f"({holder[1:-1].rpartition('.')[2]}).{last}" if holder.startswith("(") else name.rpartition("/")[2]
