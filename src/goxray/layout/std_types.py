"""Types of the standard library that people put into structs and maps, as Go declares them in each version.

Only what decides size, alignment and pointers is kept; methods, and types that only pointers lead to, are left out.
``tests/oracle/test_go_layout.py`` compares every one of them with real programs.
"""

from __future__ import annotations

from goxray.layout.version import GoVersion

_TYPES: dict[str, str] = {
    "bufio": """
        Reader struct { buf []byte; rd io.Reader; r, w int; err error; lastByte, lastRuneSize int }
        Writer struct { err error; buf []byte; n int; wr io.Writer }""",
    "bytes": """
        Buffer struct { buf []byte; off int; lastRead int8 }
        Reader struct { s []byte; i int64; prevRune int }""",
    "container/list": """
        Element struct { next, prev *Element; list *List; Value any }
        List struct { root Element; len int }""",
    "container/ring": "Ring struct { next, prev *Ring; Value any }",
    "context": """
        CancelFunc func()
        Context interface { Done() <-chan struct{} }""",
    "database/sql": """
        NullBool struct { Bool bool; Valid bool }
        NullByte struct { Byte byte; Valid bool }
        NullFloat64 struct { Float64 float64; Valid bool }
        NullInt16 struct { Int16 int16; Valid bool }
        NullInt32 struct { Int32 int32; Valid bool }
        NullInt64 struct { Int64 int64; Valid bool }
        NullString struct { String string; Valid bool }
        NullTime struct { Time time.Time; Valid bool }""",
    "encoding/json": """
        Number string
        RawMessage []byte""",
    "fmt": "Stringer interface { String() string }",
    "github.com/google/uuid": "UUID [16]byte",
    "hash/maphash": "Seed struct { s uint64 }",
    "io": """
        Closer interface { Close() error }
        ReadCloser interface { Reader; Closer }
        ReadWriteCloser interface { Reader; Writer; Closer }
        ReadWriter interface { Reader; Writer }
        Reader interface { Read(p []byte) (int, error) }
        WriteCloser interface { Writer; Closer }
        Writer interface { Write(p []byte) (int, error) }""",
    "io/fs": """
        FileInfo interface { Name() string }
        FileMode uint32""",
    "log/slog": """
        Attr struct { Key string; Value Value }
        Level int
        Value struct { _ [0]func(); num uint64; any any }""",
    "math/big": """
        Float struct { prec uint32; mode byte; acc int8; form byte; neg bool; mant nat; exp int32 }
        Int struct { neg bool; abs nat }
        Rat struct { a, b Int }
        Word uint
        nat []Word""",
    "net": """
        Addr interface { String() string }
        Conn interface { Close() error }
        HardwareAddr []byte
        IP []byte
        IPAddr struct { IP IP; Zone string }
        IPMask []byte
        IPNet struct { IP IP; Mask IPMask }
        TCPAddr struct { IP IP; Port int; Zone string }
        UDPAddr struct { IP IP; Port int; Zone string }""",
    "net/http": """
        Handler interface { ServeHTTP(w any, r any) }
        Header map[string][]string""",
    "net/netip": """
        Addr struct { addr uint128; z *detail }
        AddrPort struct { ip Addr; port uint16 }
        Prefix struct { ip Addr; bitsPlusOne uint8 }
        uint128 struct { hi, lo uint64 }""",
    "net/url": """
        URL struct { Scheme, Opaque string; User *Userinfo; Host, Path, RawPath string; OmitHost, ForceQuery bool;
            RawQuery, Fragment, RawFragment string }
        Userinfo struct { username, password string; passwordSet bool }
        Values map[string][]string""",
    "os": """
        FileMode = fs.FileMode
        Signal interface { String() string }""",
    "reflect": """
        Kind uint
        Type interface { String() string }
        Value struct { typ_ *abiType; ptr unsafe.Pointer; flag }
        flag uintptr""",
    "strings": """
        Builder struct { addr *Builder; buf []byte }
        Reader struct { s string; i int64; prevRune int }""",
    "structs": "",
    "sync": """
        Cond struct { noCopy struct{}; L Locker; notify notifyList; checker uintptr }
        Locker interface { Lock(); Unlock() }
        Map struct { mu Mutex; read atomic.Pointer[int]; dirty map[any]*entry; misses int }
        Mutex struct { state int32; sema uint32 }
        Once struct { done uint32; m Mutex }
        Pool struct { noCopy struct{}; local unsafe.Pointer; localSize uintptr; victim unsafe.Pointer;
            victimSize uintptr; New func() any }
        RWMutex struct { w Mutex; writerSem, readerSem uint32; readerCount, readerWait atomic.Int32 }
        WaitGroup struct { noCopy struct{}; state atomic.Uint64; sema uint32 }
        hashTrieMap struct { inited atomic.Uint32; initMu Mutex; root unsafe.Pointer; keyHash, valEqual func();
            seed uintptr }
        notifyList struct { wait atomic.Uint32; notify uint32; lock uintptr; head, tail unsafe.Pointer }""",
    "sync/atomic": """
        Bool struct { _ struct{}; v uint32 }
        Int32 struct { _ struct{}; v int32 }
        Int64 struct { _, _ struct{}; v int64 }
        Pointer[T any] struct { _ [0]*T; _ struct{}; v unsafe.Pointer }
        Uint32 struct { _ struct{}; v uint32 }
        Uint64 struct { _, _ struct{}; v uint64 }
        Uintptr struct { _ struct{}; v uintptr }
        Value struct { v any }""",
    "time": """
        Duration int64
        Month int
        Ticker struct { C <-chan Time; r runtimeTimer }
        Time struct { wall uint64; ext int64; loc *Location }
        Timer struct { C <-chan Time; r runtimeTimer }
        Weekday int
        runtimeTimer struct { pp uintptr; when, period int64; f func(any, uintptr); arg any; seq uintptr;
            nextwhen int64; status uint32 }""",
    "unique": "",
    "weak": "",
}
"""By import path, what stands behind ``type``; each as in the oldest version."""

_SINCE: tuple[tuple[tuple[int, int], str, str], ...] = (
    ((1, 22), "database/sql", "Null[T any] struct { V T; Valid bool }"),
    ((1, 22), "sync", "Once struct { done atomic.Uint32; m Mutex }"),
    ((1, 23), "net/netip", "Addr struct { addr uint128; z unique.Handle[int] }"),
    ((1, 23), "structs", "HostLayout struct { _ struct{} }"),
    ((1, 23), "time", "Ticker struct { C <-chan Time; initTicker bool }"),
    ((1, 23), "time", "Timer struct { C <-chan Time; initTimer bool }"),
    ((1, 23), "unique", "Handle[T comparable] struct { value *T }"),
    ((1, 24), "sync", "Map struct { _ struct{}; m hashTrieMap }"),
    ((1, 24), "sync", "Mutex struct { _ struct{}; mu mutex }"),
    ((1, 24), "sync", "mutex struct { state int32; sema uint32 }"),
    ((1, 24), "sync", "Once struct { _ struct{}; done atomic.Uint32; m Mutex }"),
    ((1, 24), "weak", "Pointer[T any] struct { _ [0]*T; u unsafe.Pointer }"),
    ((1, 25), "sync", "Once struct { _ struct{}; done atomic.Bool; m Mutex }"),
    (
        (1, 26),
        "net/url",
        """URL struct { Scheme, Opaque string; User *Userinfo; Host, Path, Fragment, RawQuery, RawPath string;
            RawFragment string; ForceQuery, OmitHost bool }""",
    ),
)
"""What a release line declares in another way than those before it, oldest first."""

_BY_NAME = {path.rpartition("/")[2]: path for path in _TYPES} | {"unsafe": "unsafe"}


def std_path(name: str) -> str | None:
    """Return the import path of the package that is called ``name`` where no import says otherwise."""
    return _BY_NAME.get(name)


def std_source(path: str, version: GoVersion) -> str | None:
    """Return a Go file with the known types of a package, None where none are known."""
    if path not in _TYPES:
        return None
    declared = {_name(each): each for each in _split(_TYPES[path])}
    for line, where, text in _SINCE:
        if where == path and line <= version.line:
            declared[_name(text)] = text
    return "\n".join([f"package {path.rpartition('/')[2]}", *(f"type {each}" for each in declared.values())])


def std_names(version: GoVersion) -> list[str]:
    """Return every known type that a program can name, ``net/netip.Addr``; generic ones end in a bracket."""
    found = []
    for path in _TYPES:
        names = {_name(each) for each in _split(_TYPES[path])}
        names |= {_name(text) for line, where, text in _SINCE if where == path and line <= version.line}
        found += [f"{path}.{name}" for name in sorted(names) if name[0].isupper()]
    return found


def _split(text: str) -> list[str]:
    """Cut the declarations of a package apart: each begins less indented than what continues it."""
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith(" " * 12):
            found[-1] += "\n" + line
        elif line.strip():
            found.append(line.strip())
    return found


def _name(declaration: str) -> str:
    """Return the declared name, with the bracket that makes it generic."""
    head = declaration.split()[0]
    return head.partition("[")[0] + ("[" if "[" in head and not head.endswith("]") else "")
