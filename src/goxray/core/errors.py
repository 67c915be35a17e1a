"""One tree of errors: each says what went wrong, where, and what to do about it.

The CLI prints ``str(error)`` and ``hint`` on one line each and ends with ``exit_code``:
2 usage, 3 failure, 4 partial result, 1 findings over a threshold.
"""

from __future__ import annotations


class GoxrayError(Exception):
    """Base of every error that goxray raises on purpose.

    ``hint`` is the one thing the reader can do next; empty when there is none.
    """

    exit_code: int = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(GoxrayError):
    """The command line or an API argument does not make sense."""

    exit_code = 2


class TargetError(GoxrayError):
    """The target cannot be opened or read."""


class NoSuchProcess(TargetError):
    """The pid names no process."""


class ProcessGone(TargetError):
    """The process ended while it was being read."""


class PermissionRefused(TargetError):
    """The kernel refuses to let this user read that process."""


class NotAGoProgram(TargetError):
    """The executable holds no Go build information and no Go runtime."""


class WrongExecutable(TargetError):
    """The file given with ``--exe`` is not what the process or core was made from."""


class StrippedBinary(TargetError):
    """The executable lacks the symbol table or DWARF that this command needs."""


class UnsupportedArch(TargetError):
    """The target runs on an architecture whose layout is not known."""


class UnsupportedGo(TargetError):
    """The target's Go version is too old, or nobody has verified it yet."""


class BadCore(TargetError):
    """The core file is not an ELF core, or too damaged to be read."""


class BadBinary(TargetError):
    """The executable is cut off or damaged, or claims what no executable has."""


class LayoutMismatch(TargetError):
    """DWARF and the layout data disagree on a struct's field; the message names both."""


class LayoutUnknown(TargetError):
    """The layout data has no such struct, field or constant for this build."""


class MemoryFault(GoxrayError):
    """An address range of the target cannot be read.

    ``addr`` and ``size`` are the range asked for, in bytes.
    """

    def __init__(self, addr: int, size: int) -> None:
        super().__init__(f"cannot read {size} bytes of the target at {addr:#x}")
        self.addr = addr
        self.size = size


class CorruptMemory(GoxrayError):
    """A structure of the runtime breaks an invariant that Go itself relies on."""


class BadSnapshot(TargetError):
    """The file is no snapshot, is damaged, or was written by a newer goxray."""


class BadQuery(UsageError):
    """The SQL of ``goxray query`` does not make sense, or asks for what is not allowed there."""


class NotInstalled(GoxrayError):
    """A package that only this command needs is not installed."""


class ToolchainError(GoxrayError):
    """A Go toolchain is missing or cannot be fetched or run."""


class BadModuleFile(GoxrayError):
    """A go.mod, go.sum, go.work or vendor/modules.txt is not understood; the message names file and line."""


class NotOffered(GoxrayError):
    """No library on this machine offers an algorithm that the vault needs; the hint says which one would."""


class NotAuthentic(GoxrayError):
    """A tag, a signature or a wrapped key does not fit: the bytes are not those that were sealed, or the key is not."""


class BadKey(GoxrayError):
    """A key or a certificate is damaged, of another kind, or not to be used for this."""


class BadEncoding(BadKey):
    """A key, a signature or a certificate breaks the rules of DER, or of the structure that it claims to be."""


class BadCertificate(BadKey):
    """A certificate is not to be believed for this: its time, its use, its chain or a signature in it does not fit."""


class WrongPassphrase(BadKey):
    """The passphrase does not open the private key."""


class BadBundle(GoxrayError):
    """The bytes are no sealed bundle, break a rule of its format, or end early; the message says where."""


class KeyDestroyed(GoxrayError):
    """The bundle's data key was destroyed on purpose: nobody can open it any more, and verifying it still works."""


class BadVault(GoxrayError):
    """The directory is no vault, cannot be used, or is open to others than its owner."""


class BadLog(GoxrayError):
    """The vault's log was changed, or something was done that it cannot take; the message says where."""


class ClockStepped(GoxrayError):
    """The clock of this machine cannot be trusted with what is asked: it stepped, and nobody accepted the step."""
