"""What rules see: facts of a source package, a module, a binary, a configuration file. The protocols are the contract.

Names of Go things are qualified by import path: ``net/http.Get``, ``net/http.Client`` (a type), method calls
``(net/http.Client).Do`` whatever the receiver's pointers. A name of the package itself is ``.name``, of its types
``.Type``, of its methods ``(.Type).Method``. What could not be resolved is ``?.Name``. Aliases, dot imports and
shadowing are resolved before a rule sees a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from goxray.core.audit_result import BinaryFacts, Module, Place

ValueKind = Literal[
    "constant",  # folded: literals, constants, concatenations, conversions of them, iota
    "nil",
    "literal",  # a composite literal; ``literal`` is set
    "call",  # the result of a call; ``call`` is set
    "parameter",  # of the function around
    "variable",  # package-level, or local without a single known value
    "function",  # a function literal or a function's name
    "unknown",
]


@dataclass(frozen=True)
class Value:
    """An expression, followed inside its function (and through package constants and simple helpers) to its origin.

    ``text`` is the expression as written. ``type`` is the qualified type where the source says it, else empty.
    ``constant`` is its value where ``kind`` is constant (str, bytes are str too; int; float; bool). ``names`` are the
    identifiers and field names that its text and its origins mention, for rules that go by names. ``origins`` are the
    places it came through, nearest first.
    """

    kind: ValueKind
    text: str
    place: Place
    type: str = ""
    constant: str | int | float | bool | None = None
    literal: Composite | None = None
    call: Call | None = None
    names: frozenset[str] = frozenset()
    origins: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Composite:
    """A composite literal of a named type. ``fields`` by name (positional ones of known types too).

    ``later`` are fields assigned afterwards to the variable it was assigned to (``c.Timeout = t``), in the same
    function or, for a package variable, anywhere in the package.
    """

    type: str
    place: Place
    fields: Mapping[str, Value] = field(default_factory=dict)
    elements: tuple[Value, ...] = ()
    later: Mapping[str, Value] = field(default_factory=dict)
    variable: str = ""

    def field(self, name: str) -> Value | None:
        """Return the field's value, the one set later first."""
        return self.later.get(name) or self.fields.get(name)


@dataclass(frozen=True)
class Call:
    """A call: ``callee`` is the qualified name, ``receiver`` the value before the dot of a method call.

    ``function`` is the name of the function around it; ``loop`` is true inside a for statement of that function;
    ``deferred`` and ``go`` tell defer and go statements; ``results_used`` is false where the results are dropped.
    """

    callee: str
    place: Place
    args: tuple[Value, ...] = ()
    receiver: Value | None = None
    function: str = ""
    loop: bool = False
    deferred: bool = False
    go: bool = False
    results_used: bool = True


@dataclass(frozen=True)
class Field:
    """A struct field: type as qualified text, tag as written between the quotes."""

    name: str
    type: str
    tag: str
    place: Place


@dataclass(frozen=True)
class Struct:
    """A struct type of the package, with the names of the methods declared on it."""

    name: str
    place: Place
    fields: tuple[Field, ...]
    methods: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Assignment:
    """``target`` (as text, its root's qualified type in ``type``) is given ``value``; ``index`` for ``m[k] = v``.

    ``kind`` is ``define`` (:=, var), ``set`` (=) or the operator (``+=``). ``loop`` and ``function`` as for calls;
    ``go`` is true in a function literal that a go statement starts; ``locked`` where a Lock() of a sync mutex was
    called before in the same function and not unlocked.

    ``many`` is true where a loop starts that goroutine; ``loops`` are the lines of the loops around in its function,
    outermost first; ``literal`` is the line of the function literal that it stands in, 0 for none. Told of
    ``m[k] = v`` alone: ``shared`` is true where the target's root is declared at package
    level, or outside the goroutine's literal that it stands in (a Group's ``Go(func() ...)`` counts too); ``over`` is
    what the innermost loop runs over where its length is known before it begins (``len(x)``, a slice, an array, a map,
    a number), else empty; ``guarded`` where a branch, or a continue, break or return before, may skip it in that loop.
    """

    target: str
    kind: str
    value: Value
    place: Place
    type: str = ""
    index: Value | None = None
    function: str = ""
    loop: bool = False
    go: bool = False
    locked: bool = False
    through_pointer: bool = False
    shared: bool = False
    many: bool = False
    loops: tuple[int, ...] = ()
    over: str = ""
    guarded: bool = False
    literal: int = 0


@dataclass(frozen=True)
class Comparison:
    """``left op right`` with op ``==`` or ``!=``."""

    op: str
    left: Value
    right: Value
    place: Place
    function: str = ""


@dataclass(frozen=True)
class Import:
    """An import: ``name`` is empty for a plain one, ``_`` or ``.`` as written."""

    path: str
    name: str
    place: Place


@dataclass(frozen=True)
class Function:
    """A function or method of the package: parameters and results as (name, qualified type), its text and place."""

    name: str
    receiver: str
    place: Place
    params: tuple[tuple[str, str], ...]
    results: tuple[tuple[str, str], ...]
    text: str
    exported: bool
    directives: tuple[str, ...] = ()


class SourceUnit(Protocol):
    """One Go package (a directory and its tests), facts made when they are asked for.

    Patterns may end with ``*``: ``crypto/md5.*``. Places carry the function around as ``symbol``. Generated files
    (``// Code generated ... DO NOT EDIT.``) and tests are among them unless the run excludes them; ``is_test(place)``.
    """

    @property
    def path(self) -> str:
        """The package's directory relative to the root."""

    @property
    def import_path(self) -> str:
        """The package's import path where a go.mod tells it, else empty."""

    @property
    def go_line(self) -> str:
        """The ``go`` line of the module around, else empty."""

    def imports(self) -> Iterator[Import]:
        """Give every import of every file."""

    def calls(self, *patterns: str, go: bool = False) -> Iterator[Call]:
        """Give the calls whose callee matches a pattern; ``go`` those of go statements alone."""

    def references(self, *patterns: str) -> Iterator[Value]:
        """Give mentions of qualified names (``crypto/tls.VersionTLS10``), calls excluded."""

    def literals(self, *patterns: str) -> Iterator[Composite]:
        """Give the composite literals whose type matches a pattern."""

    def strings(self, *parts: str) -> Iterator[Value]:
        """Give every string constant with its folded value (each whole concatenation once).

        ``parts`` asks for those that may hold one of some texts: most others are then left out, and cost nothing.
        """

    def structs(self) -> Iterator[Struct]:
        """Give the package's struct types."""

    def assignments(
        self, *, indexed: bool = False, names: frozenset[str] | None = None, field: str = ""
    ) -> Iterator[Assignment]:
        """Give every assignment and definition; ``indexed`` those of ``m[k]`` alone, ``names`` those to these targets.

        ``field`` asks for those to a field of that name (``c.Timeout = t``), whatever it is a field of.
        Ask for few: the values of a whole package are dear.
        """

    def constants(self) -> Iterator[Assignment]:
        """Give every constant that is given a value where it is declared, as a definition."""

    def comparisons(self) -> Iterator[Comparison]:
        """Give every == and !=."""

    def functions(self) -> Iterator[Function]:
        """Give the package's functions and methods."""

    def is_test(self, place: Place) -> bool:
        """Whether a place is in a _test.go file or below testdata."""


@dataclass(frozen=True)
class SumLine:
    """A line of go.sum; ``of_mod`` where it is that of the go.mod file."""

    path: str
    version: str
    hash: str
    of_mod: bool
    line: int


@dataclass(frozen=True)
class Replace:
    """A replace directive; ``local`` where the new path is a directory."""

    path: str
    version: str
    new_path: str
    new_version: str
    local: bool
    line: int


@dataclass(frozen=True)
class Advisory:
    """A known vulnerability that concerns a module of the build: OSV id, aliases, fixed version, symbols concerned.

    ``reached`` is None where nobody looked or nobody can tell, true where a symbol concerned is called in source or
    linked in a binary; ``by`` is that symbol. A symbol is ``path.Func`` or ``path.Type.Method``; ``path.*`` stands for
    a whole package. ``goos`` are the operating systems concerned, empty for all. ``assumed`` is true where the version
    is the least that go.mod allows, not one that was built.
    """

    id: str
    aliases: tuple[str, ...]
    summary: str
    module: str
    version: str
    fixed: str
    symbols: tuple[str, ...]
    severity: str
    reached: bool | None = None
    by: str = ""
    goos: tuple[str, ...] = ()
    assumed: bool = False


@dataclass(frozen=True)
class VendorDifference:
    """A module of which vendor/modules.txt says something else than go.mod: what stands in each, empty for nothing."""

    module: str
    gomod: str
    vendor: str


@dataclass(frozen=True)
class ModuleUnit:
    """A module or workspace: what go.mod, go.sum, go.work and vendor say, and the build list they lead to.

    ``selected`` is the result of minimal version selection as far as it can be worked out offline (from go.mod alone
    since the listed requirements are complete from go 1.17 on). ``lines`` finds the line of a module in go.mod, and of
    the words ``go`` and ``toolchain``.
    ``revision`` is the commit that is checked out where the module lies in a git repository, else empty.
    """

    path: str
    module: str
    go_line: str
    toolchain_line: str
    selected: tuple[Module, ...]
    required: Mapping[str, str]
    replaces: tuple[Replace, ...]
    excludes: tuple[tuple[str, str], ...]
    retracts: tuple[str, ...]
    sums: tuple[SumLine, ...] | None
    vendored: tuple[Module, ...] | None
    advisories: tuple[Advisory, ...]
    lines: Mapping[str, int]
    workspace: tuple[str, ...] = ()
    imports_crypto: frozenset[str] = frozenset()
    vendor_differs: tuple[VendorDifference, ...] = ()
    revision: str = ""


@dataclass(frozen=True)
class BinaryUnit:
    """An executable: its facts, its functions' names (pclntab), and, where given, the module it should come from.

    ``strings`` gives values set by ``-ldflags -X`` and the like by symbol.
    """

    path: str
    facts: BinaryFacts
    functions: frozenset[str]
    strings: Mapping[str, str]
    advisories: tuple[Advisory, ...] = ()
    source: ModuleUnit | None = None


@dataclass(frozen=True)
class ConfigUnit:
    """A file that builds, configures or runs the service; ``kind`` tells the parser.

    ``values`` are its settings flattened: ``jobs.build.env.GOSUMDB`` -> (text, line). ``commands`` are shell commands
    in it with their lines (CI steps, Dockerfile RUN, Makefile recipes, scripts).
    """

    path: str
    kind: Literal["yaml", "dockerfile", "makefile", "shell", "logrotate", "toml", "json", "env", "ini"]
    text: str
    values: Mapping[str, tuple[str, int]]
    commands: tuple[tuple[str, int], ...]
    environment: Mapping[str, tuple[str, int]]
