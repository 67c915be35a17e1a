"""What a frame's function is to the collector, as flags (runtime/traceback.go, runtime/mgcmark.go)."""

VALID = 1
"""A Go function whose frame size is known."""
TOP = 2
"""The outermost of its stack (abi.FuncFlagTopFrame)."""
SP_WRITE = 4
"""Writes SP in a way that the tables do not tell (abi.FuncFlagSPWrite)."""
INJECTED = 8
"""Called by a signal handler in the name of its caller: sigpanic, asyncPreempt, debugCall."""
ASYNC = 16
"""asyncPreempt or debugCall: it and its caller are searched word by word."""
SIGPANIC = 32
"""sigpanic: its caller goes on at its deferreturn or never."""
REFLECT = 64
"""A stub of reflect's, whose arguments only the call itself describes."""
NO_MAP = 128
"""Has no pointer map where it needs one."""
UNSAFE = 256
"""Stopped where the compiler says that pointer maps do not hold (PCDATA_UnsafePoint)."""

CONSERVATIVE = 1
"""Mode of a frame: searched word by word."""
INNERMOST = 2
"""Mode of a frame: the innermost of its stack."""
