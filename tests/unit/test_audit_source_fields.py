"""Facts of Go source: fields followed to the literals that they come from, and truths of constants."""

from __future__ import annotations

from goxray.audit.facts import SourceUnit
from goxray.audit.source.files import parsed
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit


def unit(*texts: str) -> SourceUnit:
    return Unit(Package("p", [parsed(text.encode(), f"p/f{number}.go") for number, text in enumerate(texts)]))


_CONF = """package p
type conf struct { skip bool; Host string; inner conf2 }
type conf2 struct { deep int }
func made() conf { return conf{skip: true, Host: "a"} }
func at() *conf { return &conf{skip: true, Host: "a"} }
var settled = conf{skip: true, Host: "b"}
var Open = conf{skip: true}
"""


def _followed(statements: str, more: str = "") -> list[object]:
    """Return the constants that use is called with."""
    seen = unit(f"{_CONF}{more}", f"package p\nfunc f(given conf) {{\n{statements}\n}}\nfunc use(any) {{}}\n")
    return [call.args[0].constant for call in seen.calls(".use")]


def test_fields_of_literals_are_followed_through_variables_helpers_and_literals_in_them() -> None:
    text = "c := conf{skip: true, inner: conf2{deep: 3}}\nuse(c.skip)\nuse(c.inner.deep)\nuse(made().skip)\n"
    text += "d := made()\nuse(d.Host)\ne := at()\nuse(e.skip)\nuse(settled.Host)\nuse((&conf{skip: true}).skip)"
    assert _followed(text) == [True, 3, True, "a", True, "b", True]


def test_fields_that_may_have_changed_are_not_followed() -> None:
    text = "c := made()\nuse(c.skip)\nuse(settled.skip)"
    for writing in ("x.skip = false", "g(&x.skip)", "for x.skip = range y {}", "x.skip, _ = y()"):
        assert _followed(text, f"func w(x *conf) {{ {writing} }}\n") == [None, None], writing
    assert _followed("e := at()\nload(e)\nuse(e.Host)") == [None], "a pointer to an exported field"
    assert _followed("d := made()\nd.load()\nuse(d.Host)", "func (c *conf) load() { decode(c) }\n") == [None]
    assert _followed("c := made()\nload(&c)\nuse(c.skip)") == [None]
    assert _followed("use(Open.skip)\nuse(given.skip)\nsettled := given\nuse(settled.Host)") == [None, None, None]


def test_constants_are_compared_and_joined() -> None:
    rows = {
        "!false && 1 < 2": True, "true && false || false": False, '"a" != "b"': True, "3 >= 4": False,
        "true == true": True, "true && 1": None, "1 && 1": None, '"a" < 1': None, "true < false": None,
    }  # fmt: skip
    seen = unit("package p\n" + "".join(f"const c{at} = {text}\n" for at, text in enumerate(rows)))
    assert [each.value.constant for each in seen.constants()] == list(rows.values())


def test_fields_in_a_circle_end() -> None:
    circle = "var a = conf{skip: b.skip}\nvar b = conf{skip: a.skip}\ntype conf struct { skip bool }\n"
    seen = unit(
        f"package p\n{circle}func f() {{ use(a.skip); c := conf{{skip: c.skip}}; use(c.skip) }}\nfunc use(any) {{}}\n"
    )
    assert [call.args[0].constant for call in seen.calls(".use")] == [None, None]
