"""Facts of Go source: names through aliases and shadowing, constants, values, literals, loops, locks."""

from __future__ import annotations

from pathlib import Path

from goxray.audit.facts import Call, SourceUnit
from goxray.audit.source.files import LARGEST, default_name, load, parsed
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.core.audit_result import FileHealth


def unit(*texts: str) -> SourceUnit:
    return Unit(Package("p", [parsed(text.encode(), f"p/f{number}.go") for number, text in enumerate(texts)]))


def body(text: str, head: str = "") -> SourceUnit:
    imports = 'import (\n\t"net/http"\n\t"crypto/tls"\n\t"sync"\n\t"time"\n\t"os"\n)\n'
    return unit(f"package p\n{imports}{head}\nfunc f(param string) {{\n{text}\n}}\n")


def callees(of: SourceUnit) -> list[str]:
    return [call.callee for call in of.calls("*")]


def only(of: SourceUnit, pattern: str) -> Call:
    (call,) = of.calls(pattern)
    return call


def test_names_go_through_aliases_dots_and_shadowing() -> None:
    seen = unit(
        """package p
import h "net/http"
import . "crypto/md5"
import _ "embed"
func f() {
	h.Get("a")
	Sum(nil)
	local()
	{
		h := other{}
		h.Get("b")
	}
	if h := 3; h > 2 {
		h.Get("c")
	}
	func(h int) { h.Get("d") }(1)
	h.Get("e")
}
func local() {}
type other struct{}
func (other) Get(string) {}
"""
    )
    assert callees(seen) == [
        "net/http.Get", "crypto/md5.Sum", ".local", "(.other).Get", "(int).Get", "(int).Get", "net/http.Get"
    ]  # fmt: skip
    assert [call.args[0].constant for call in seen.calls("net/http.Get")] == ["a", "e"]


def test_a_name_holds_from_the_end_of_its_declaration_on() -> None:
    seen = body("http.Get(param)\nhttp := http.Client{}\nhttp.Get(param)")
    assert callees(seen) == ["net/http.Get", "(net/http.Client).Get"]


def test_methods_are_told_by_their_receivers_types() -> None:
    seen = body(
        """	var c http.Client
	c.Do(nil)
	(&c).Do(nil)
	d := &http.Client{}
	d.Do(nil)
	s.client.Do(nil)
	http.DefaultClient.Do(nil)
	make2().Do(nil)
	for _, each := range list { each.Do(nil) }
	param.Do(nil)
	unknown.Do(nil)""",
        """type server struct { client *http.Client }
var s server
var list []*http.Client
func make2() *http.Client { return nil }""",
    )
    names = [name for name in callees(seen) if name.endswith("Do")]
    assert names == ["(net/http.Client).Do"] * 7 + ["(string).Do", "?.Do"]


def test_constants_are_folded_over_files_iota_and_concatenation() -> None:
    seen = unit(
        """package p
const base = "http://" + host + ":" + port
const ( _ = iota; kb = 1 << (10 * iota); mb )
const minus, hex, oct, old, rune_ = -1, 0xff, 0o17, 017, 'x'
func f() { g(base, kb, mb, minus, hex, oct, old, rune_, 7 / 2, -7 / 2, -7 % 2, 1.5 * 2, !true, "a\\x62\\u0063" + `d`) }
""",
        'package p\nconst host, port = "h", "80"\nfunc g(...any) {}\n',
    )
    values = [arg.constant for arg in only(seen, ".g").args]
    assert values == ["http://h:80", 1 << 10, 1 << 20, -1, 255, 15, 15, "x", 3, -3, -1, 3.0, None, "abcd"][:12] + [
        values[12],
        "abcd",
    ]
    assert values[12] is False


def test_what_is_too_large_or_goes_in_circles_is_not_worked_out() -> None:
    seen = unit(
        "package p\nconst a, b = b, a\nvar c = d\nvar d = c\n"
        "func f() { g(a, 1 << 100000, c, 1/0) }\nfunc g(...any) {}\n"
    )
    assert [arg.constant for arg in only(seen, ".g").args] == [None, None, None, None]


def test_values_are_followed_to_their_one_origin() -> None:
    seen = body(
        """	key := []byte("0123")
	other := key
	use(other)
	changed := "a"
	changed = "b"
	use(changed)
	pointed := "a"
	mend(&pointed)
	use(pointed)
	use(helper())
	use(param)
	value, err := os.ReadFile("x")
	use(value)
	use(err)""",
        'func use(any) {}\nfunc mend(*string) {}\nfunc helper() string { return "from the helper" }',
    )
    args = [call.args[0] for call in seen.calls(".use")]
    assert [(arg.kind, arg.constant) for arg in args] == [
        ("constant", "0123"),
        ("variable", None),
        ("variable", None),
        ("constant", "from the helper"),
        ("parameter", None),
        ("call", None),
        ("call", None),
    ]
    assert args[0].origins == () or args[0].names >= {"other"}
    assert args[5].call is not None and args[5].call.callee == "os.ReadFile"
    assert (args[5].type, args[6].type) == ("[]byte", "error")


def test_fields_of_literals_are_those_set_later_too() -> None:
    seen = body(
        """	a := &http.Client{Timeout: 3}
	var b http.Client
	b.Timeout = 5 * time.Second
	c := new(http.Client)
	if c.Timeout == 0 { c.Timeout = 7 }
	d := http.Client{}
	use(a, b, c, d)
	_ = []*http.Client{{Timeout: 1}}""",
        "var global = &http.Client{}\nfunc init() { global.Timeout = 9 }\nfunc use(...any) {}",
    )
    found = {each.variable: each for each in seen.literals("net/http.Client")}
    assert set(found) == {"a", "b", "c", "d", "global", ""}
    assert {name: each.field("Timeout") is not None for name, each in found.items()} == {
        "a": True, "b": True, "c": True, "d": False, "global": True, "": True
    }  # fmt: skip


def test_calls_in_loops_are_those_that_run_again() -> None:
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    seen = unit(
        "package p\n"
        + "".join(f"func {name}() int {{ return 0 }}\n" for name in names)
        + "func f() {\nfor one(); two() > 0; three() { four() }\nfor range five() { go six(); defer seven() }\n"
        + "_ = eight()\nfor { func() { nine() }() }\n}\n"
    )
    assert {call.callee[1:] for call in seen.calls(*(f".{name}" for name in names)) if call.loop} == {
        "four",
        "six",
        "seven",
    }


def test_go_defer_and_dropped_results() -> None:
    seen = unit("package p\nfunc g() int { return 0 }\nfunc f() {\n\tgo g()\n\tdefer g()\n\tg()\n\t_ = g()\n}\n")
    told = [(call.go, call.deferred, call.results_used) for call in seen.calls(".g")]
    assert told == [(True, False, False), (False, True, False), (False, False, False), (False, False, True)]


def test_writes_know_loops_goroutines_and_locks() -> None:
    seen = unit(
        """package p
import "sync"
var m = map[string]int{}
var mu sync.Mutex
func f() {
	m["a"] = 1
	go func() { m["b"] = 2 }()
	mu.Lock()
	m["c"] = 3
	mu.Unlock()
	m["d"] = 4
	for i := 0; i < 3; i++ { m["e"] += i }
}
func g() {
	mu.Lock()
	defer mu.Unlock()
	m["f"] = 5
}
"""
    )
    writes = [each for each in seen.assignments() if each.index is not None]
    told = {each.index.constant: (each.go, each.locked, each.loop, each.type) for each in writes if each.index}
    typed = "map[string]int"
    assert told == {
        "a": (False, False, False, typed),
        "b": (True, False, False, typed),
        "c": (False, True, False, typed),
        "d": (False, False, False, typed),
        "e": (False, False, True, typed),
        "f": (False, True, False, typed),
    }


def test_writes_know_their_loops_and_who_shares_the_map() -> None:
    seen = unit(
        """package p
import "golang.org/x/sync/errgroup"
var global = map[string]int{}
func f(rows []string, n int, in chan string) {
	local := map[string]int{}
	for i, row := range rows { local["a"] = i }
	for i := 0; i < n; i++ {
		for row := range in { local["b"] = i }
		if n > 3 { local["c"] = i }
		go func() { local["d"] = i }()
	}
	go func() { own := map[string]int{}; own["e"] = 1; global["f"] = 2 }()
	var g errgroup.Group
	g.Go(func() error { local["g"] = 1; return nil })
	for range rows { if n > 1 { continue }; local["h"] = 1 }
	global["i"] = 1
}
"""
    )
    told = {
        each.index.constant: (each.loops, each.over, each.guarded, each.shared, each.many)
        for each in seen.assignments()
        if each.index
    }
    assert told == {
        "a": ((6,), "rows", False, False, False),
        "b": ((7, 8), "", False, False, False),
        "c": ((7,), "n", True, False, False),
        "d": ((), "", False, True, True),
        "e": ((), "", False, False, False),
        "f": ((), "", False, True, False),
        "g": ((), "", False, True, False),
        "h": ((15,), "rows", True, False, False),
        "i": ((), "", False, True, False),
    }


def test_structs_functions_comparisons_references_and_texts() -> None:
    seen = unit(
        """package p
import "crypto/tls"
// Session is one.
type Session struct {
	Phone, Name string `json:"phone"`
	*tls.Config
}
//go:linkname mapdelete runtime.mapdelete
func (s *Session) Scan(src any, more ...int) (n int, err error) { return 0, nil }
func f() {
	_ = tls.Config{MinVersion: tls.VersionTLS10}
	if "a" + "b" == g() { }
}
func g() string { return "" }
"""
    )
    (struct,) = seen.structs()
    fields = [(each.name, each.type, each.tag) for each in struct.fields]
    assert fields == [
        ("Phone", "string", 'json:"phone"'),
        ("Name", "string", 'json:"phone"'),
        ("Config", "*crypto/tls.Config", ""),
    ]
    assert struct.methods == {"Scan"}
    scan = next(each for each in seen.functions() if each.name == "Scan")
    assert (scan.receiver, scan.params, scan.results) == (
        "Session",
        (("src", "any"), ("more", "int")),
        (("n", "int"), ("err", "error")),
    )
    assert scan.directives == ("go:linkname mapdelete runtime.mapdelete",)
    assert [each.text for each in seen.references("crypto/tls.VersionTLS10")] == ["tls.VersionTLS10"]
    (comparison,) = seen.comparisons()
    assert (comparison.op, comparison.left.constant, comparison.function) == ("==", "ab", "f")
    assert [each.constant for each in seen.strings()] == ["ab", ""]


def test_broken_source_is_looked_at_as_far_as_it_goes() -> None:
    file = parsed(b'package p\nimport "net/http"\nfunc f() { http.Get("a") }\nfunc g( {\n', "p/broken.go")
    assert file.health.status == "partial"
    assert "line 4" in file.health.detail
    assert callees(Unit(Package("p", [file])))[:1] == ["net/http.Get"]


def test_files_that_are_no_source_are_told(tmp_path: Path) -> None:
    (tmp_path / "zero.go").write_bytes(b"package p\0")
    (tmp_path / "large.go").write_bytes(b"/" * (LARGEST + 1))
    (tmp_path / "folder.go").mkdir()
    for name in ("zero.go", "large.go", "folder.go", "none.go"):
        health = load(tmp_path / name, name)
        assert isinstance(health, FileHealth) and health.status == "failed" and health.detail, name


def test_import_paths_have_their_usual_names() -> None:
    paths = ["net/http", "math/rand/v2", "gopkg.in/yaml.v3", "github.com/a/go-redis", "github.com/a/b-c", "v2"]
    assert [default_name(path) for path in paths] == ["http", "rand", "yaml", "redis", "b_c", "v2"]
