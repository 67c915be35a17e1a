"""The audit's page: self-contained, safe with odd names, whole in both languages, nothing left out in silence."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from audit_samples import RULES, clean, hostile, many, service
from test_render_html import Page

from goxray.core.audit_result import AuditResult
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.render.words import LANGS, Lang


def page(result: AuditResult, lang: Lang = "en") -> str:
    out = io.BytesIO()
    write(result, "html", out, RenderOptions(lang=lang), "audit")
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", [service, clean, hostile])
def test_the_page_is_well_formed_and_loads_nothing(make: Callable[[], AuditResult], lang: Lang) -> None:
    text = page(make(), lang)
    for tag, attributes in Page(text).elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "style", "xlink:href"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    code = re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL).replace("](http://x)", "")
    assert not re.search(r"url\(|@import|https?://|fetch\(|XMLHttpRequest|innerHTML|eval\(", code)
    assert "default-src 'none'" in text


def test_odd_names_stay_text() -> None:
    text = page(hostile())
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text and "\x1b" not in text


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_shown_is_in_one_language_alone(lang: Lang) -> None:
    """With one language hidden no Chinese is left on the English page, and every rule is on the Chinese one."""
    text = page(service(), lang)
    body = text[text.index("<main") : text.index("</main>")]
    other = "zh" if lang == "en" else "en"
    seen = re.sub(rf'<(span|tspan) lang="{other}">.*?</\1>', "", body)
    words = re.sub(r"<title>.*?</title>", "", seen)
    shown = re.sub(r"<[^>]*>", " ", re.sub(r"<option.*?</option>", "", words))
    assert bool(re.search("[\u4e00-\u9fff]", shown)) == (lang == "zh")
    if lang == "zh":
        assert all(rule.title.zh in shown for rule in RULES)
        assert not re.search(r"\b(Critical|finding|Accepted|runs|policy|evidence)\b", shown)


def test_every_finding_can_be_picked_by_severity_rule_and_state() -> None:
    text = page(service())
    found = re.findall(r'<li class="finding" data-severity="(\w+)" data-rule="(\w+)" data-state="([\w ]+)">', text)
    assert len(found) == 10 and found[0] == ("critical", "MOD005", "open new")
    assert sum(state == "held" for _, _, state in found) == 3 and sum("new" in state for _, _, state in found) == 5
    options = {value for value in re.findall(r'<option value="([\w ]+)"', text)}
    assert {severity for severity, _, _ in found} | {rule for _, rule, _ in found} | {"open", "new", "held"} == options


def test_each_rule_is_explained_where_findings_link_to_it() -> None:
    text = page(service())
    links = set(re.findall(r'href="#(rule-\w+)"', text))
    assert len(links) == 5 and all(f'<article class="rule" id="{name}"' in text for name in links)
    assert "were not checked against the standard" in text and "no standard asks for this" in text


def test_the_trend_is_drawn_in_proportion() -> None:
    """By hand: 730, 912.5, 1095 and 1278 of at most 1278 on 38 units above the foot at 43; steps of 190 / 3."""
    text = page(service())
    line = re.search(r'<polyline points="([^"]*)"', text)
    assert line and line[1] == "5,21.3 68.3,15.9 131.7,10.4 195,5"
    assert text.count("<polyline") == 1 and "dependency age, 730 days to 1,278 days" in text


def test_the_matrix_says_why_not() -> None:
    text = page(service())
    matrix = text[text.index('<table class="matrix">') :].split("</table>")[0]
    assert matrix.count("✓") == 3 and matrix.count("✗") == 1 and "needs glibc 2.34, has 2.28" in matrix


def test_a_run_without_findings_says_so_and_has_no_filters() -> None:
    text = page(clean())
    assert "Nothing was found." in text and "data-audit-filter]" in text and "<input" not in text
    assert "5 rules that found nothing" in text


def test_a_page_of_very_many_findings_ends_and_says_so() -> None:
    text = page(many(3200))
    assert text.count('<li class="finding"') == 3000 and "and 200 more; --format json has all" in text
