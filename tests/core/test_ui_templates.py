"""Guards over all templates and scripts: they run under a strict content security policy and read right to left."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation

TEMPLATES = settings.BASE_DIR / "templates"
CSS = settings.BASE_DIR / "static" / "css"
JS = settings.BASE_DIR / "static" / "js"
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
INLINE = {
    "style attribute": re.compile(r"\sstyle\s*="),
    "style element": re.compile(r"<style\b"),
    "event handler": re.compile(r"\son[a-z]+\s*="),
    "htmx handler": re.compile(r"\shx-on\b"),
    "script without src": re.compile(r"<script\b(?![^>]*\bsrc=)"),
    "javascript address": re.compile(r"javascript:", re.IGNORECASE),
}
PHYSICAL = re.compile(
    r"(?:margin|padding|border)-(?:left|right|top|bottom)\b|(?:^|[\s;{])(?:left|right|top|bottom|width|height)\s*:|text-align:\s*(?:left|right)",
    re.M,
)
AT = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)


class SampleForm(forms.Form):
    name = forms.CharField(help_text="Agents see this name.")
    mode = forms.ChoiceField(widget=forms.RadioSelect, choices=[("M", "Manual")])
    is_on = forms.BooleanField(required=False)


@pytest.mark.parametrize("rule", INLINE)
def test_templates_carry_nothing_inline(rule: str) -> None:
    found = [page for page in PAGES if INLINE[rule].search((TEMPLATES / page).read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("rule", "markup"),
    [
        ("style attribute", '<p style="x">'),
        ("event handler", "<a onclick=x>"),
        ("htmx handler", '<a hx-on:click="x">'),
        ("script without src", "<script>x</script>"),
        ("javascript address", '<a href="JavaScript:x">'),
    ],
)
def test_inline_rules_see_what_they_forbid(rule: str, markup: str) -> None:
    assert INLINE[rule].search(markup)


def test_scripts_never_evaluate_text_or_write_markup() -> None:
    banned = re.compile(
        r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|setAttribute\([\"']style"
    )
    assert [path.name for path in sorted(JS.glob("*.js")) if banned.search(path.read_text())] == []


def test_styles_use_logical_properties_only() -> None:
    found = {path.name: PHYSICAL.findall(path.read_text()) for path in sorted(CSS.glob("*.css"))}
    assert {name: rules for name, rules in found.items() if rules} == {}


def test_styles_stay_small_and_load_nothing_from_elsewhere() -> None:
    texts = [path.read_text() for path in CSS.glob("*.css")]
    assert (sum(map(len, texts)) < 50_000, [t for t in texts if re.search(r"url\(|https?:", t)]) == (True, [])


@pytest.mark.parametrize("page", PAGES)
def test_template_compiles(page: str) -> None:
    assert get_template(page).template.name == page


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("components/")])
def test_component_says_how_to_use_it(page: str) -> None:
    assert (TEMPLATES / page).read_text().startswith("{% comment %}")


@pytest.mark.parametrize("page", ["403.html", "404.html", "429.html", "500.html"])
def test_error_page_renders_without_any_context(page: str) -> None:
    html = render_to_string(page)
    assert (html.count("<h1>"), 'href="/"' in html) == (1, True)


def render_styleguide(**extra: object) -> str:
    request = RequestFactory().get("/", {"sort": "-at"})
    request.user = AnonymousUser()
    tenant = SimpleNamespace(id=1, slug="acme", name="Acme <Windows>")
    item = {
        "label": "Campaigns",
        "url": "/t/acme/campaigns/",
        "icon": "campaign",
        "section": "Calling",
        "is_current": True,
        "count": 3,
    }
    context = {
        "tenant": tenant,
        "memberships": [SimpleNamespace(tenant=tenant, tenant_id=1), SimpleNamespace(tenant=tenant, tenant_id=2)],
        "nav_items": [item],
        "crumbs": [("Campaigns", "/")],
        "tabs": [{"label": "Overview", "url": "/", "is_current": True, "count": 0}],
        "rows": [
            {"name": "Ada", "phone": "+13035550123", "at": AT, "decision": "Allowed", "state": "ANSWERED", "talk": 67}
        ],
        "page": Paginator(range(120), 50).page(2),
        "form": SampleForm({"name": ""}),
        "filters": SampleForm(),
        "steps": [{"label": "Basics", "state": "done", "url": "/"}, {"label": "Leads", "state": "current"}],
        "dispositions": [("Sale", 3)],
        "hours": [("9:00", 4)],
        "spark": [1, 2],
        "facts": [("Dial mode", "Preview")],
        "events": [{"at": AT, "title": "Started", "tone": "ok", "style": "relative"}],
        "states": ["RUNNING"],
        **extra,
    }
    source = (Path(__file__).parent / "styleguide.html").read_text()
    return engines["django"].from_string(source).render(context, request)


def test_styleguide_renders_with_everything_escaped() -> None:
    html = render_styleguide()
    assert (html.count("<h1"), "Acme &lt;Windows&gt;" in html) == (1, True)


def test_every_component_is_used() -> None:
    callers = [*TEMPLATES.rglob("*.html"), *(settings.BASE_DIR / "apps").rglob("templatetags/*.py")]
    source = (Path(__file__).parent / "styleguide.html").read_text() + "".join(path.read_text() for path in callers)
    assert [page for page in PAGES if page.startswith("components/") and page not in source] == []


def test_rendered_components_carry_nothing_inline() -> None:
    html = render_styleguide()
    assert [rule for rule, pattern in INLINE.items() if pattern.search(html)] == []


def test_field_errors_are_tied_to_their_input() -> None:
    html = render_styleguide()
    assert (
        'aria-invalid="true"' in html,
        'aria-describedby="id_name_helptext id_name_error"' in html,
        'id="id_name_error"' in html,
    ) == (
        True,
        True,
        True,
    )


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_page_has_the_direction_of_its_language(language: str, direction: str) -> None:
    with translation.override(language):
        assert f'<html lang="{language}" dir="{direction}"' in render_styleguide()


def test_pagination_keeps_the_filters_of_the_address() -> None:
    assert 'href="?sort=-at&amp;page=3"' in render_styleguide()
