from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as project
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from pytest_django.fixtures import Settings

from apps.core.templatetags import ui
from config.settings.clock import ClockConfig


def render(source: str, **context: object) -> str:
    return Template("{% load ui charts %}" + source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.039, "3.9\xa0%"),
        (0.02996, "3.0\xa0%"),
        (0.00049, "0.0\xa0%"),
        (0.0005, "0.1\xa0%"),
        (1, "100.0\xa0%"),
        (None, ui.NOTHING),
    ],
)
def test_percent_is_rounded_never_cut(share: float | None, text: str) -> None:
    assert ui.percent(share) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("0.0085"), "$0.0085"),
        (Decimal("0.50"), "$0.50"),
        (Decimal("1234.5"), "$1,234.50"),
        (Decimal("-3"), "-$3.00"),
        (0, "$0.00"),
        (None, ui.NOTHING),
    ],
)
def test_money_shows_call_prices_in_full(amount: Decimal | int | None, text: str) -> None:
    assert ui.money(amount) == text


def test_money_names_a_currency_without_a_sign() -> None:
    assert ui.money(2, "AUD") == "AUD\xa02.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0:00"), (67, "1:07"), (3723, "1:02:03"), (timedelta(minutes=3), "3:00"), (-5, "0:00"), (None, ui.NOTHING)],
)
def test_duration_reads_as_a_clock(value: timedelta | int | None, text: str) -> None:
    assert ui.duration(value) == text


def test_number_groups_thousands() -> None:
    assert [ui.number(value) for value in (1234567, 0, None)] == ["1,234,567", "0", ui.NOTHING]


def test_phone_is_written_as_in_its_country_and_never_breaks() -> None:
    assert [ui.phone(value) for value in ("+13035550123", "oops", None)] == [
        "+1\xa0303\u2011555\u20110123",
        "oops",
        ui.NOTHING,
    ]


def test_phone_keeps_its_order_between_right_to_left_words() -> None:
    with translation.override("ar"):
        assert ui.phone("+13035550123").startswith("\N{LEFT-TO-RIGHT MARK}+1")


def test_when_names_the_zone_it_is_told() -> None:
    at = datetime(2026, 7, 1, 14, 5, tzinfo=UTC)
    assert render('{% when at "minute" "America/Denver" %}', at=at) == (
        '<time datetime="2026-07-01T14:05:00+00:00" title="Wed 1 Jul 2026, 08:05:00 MDT">Wed 1 Jul, 08:05 MDT</time>'
    )


def test_real_time_is_called_so_beside_a_simulated_clock(settings: Settings) -> None:
    at = datetime(2026, 7, 1, 14, 5, tzinfo=UTC)
    source = "{% when at is_real=True %}"
    settings.CLOCK = None
    assert render(source, at=at).endswith("</time>")
    settings.CLOCK = ClockConfig(start=at, origin=0.0, speed=60.0)
    assert render(source, at=at).endswith("</time> (real time)")


def test_when_without_an_instant_is_a_dash() -> None:
    assert render("{% when at %}", at=None) == ui.NOTHING


def test_pill_takes_colour_and_shape_from_the_state() -> None:
    assert render('{% pill "ON_CALL" %}') == '<span class="pill tone-violet pill--pulse">On call</span>'


def test_pill_escapes_its_label_and_knows_no_unknown_state() -> None:
    assert render("{% pill state label=label %}", state="ODD", label="<b>") == (
        '<span class="pill tone-neutral">&lt;b&gt;</span>'
    )


def test_asset_degrades_to_the_sources(settings: Settings, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.STATICFILES_DIRS = [tmp_path]
    assert [ui.asset("app.js"), ui.asset("app.css")] == ["/static/js/app.js", "/static/css/app.css"]


def test_asset_is_the_built_bundle_when_there_is_one(settings: Settings, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.STATICFILES_DIRS = [tmp_path]
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "app.js").write_text("built")
    assert ui.asset("app.js") == "/static/dist/app.js"


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', "system"), (None, "system")]
)
def test_theme_is_one_of_three(cookie: str | None, theme: str) -> None:
    request = RequestFactory().get("/")
    if cookie:
        request.COOKIES["theme"] = cookie
    assert ui.theme_choice(Context({"request": request})) == theme


def test_banner_says_what_is_simulated(settings: Settings) -> None:
    settings.CARRIER = "simulator"
    settings.CLOCK = ClockConfig(start=datetime(2026, 6, 16, 13, 0, tzinfo=UTC), origin=0.0, speed=60.0)
    banner = render("{% simulation_banner %}")
    assert ("no real call is placed" in banner, "60 \N{MULTIPLICATION SIGN} real speed" in banner) == (True, True)


def test_banner_is_silent_when_all_is_real(settings: Settings) -> None:
    settings.CARRIER = "twilio"
    settings.CLOCK = None
    assert render("{% simulation_banner %}") == ""


def test_page_clock_runs_at_the_clock_speed(settings: Settings) -> None:
    settings.CLOCK = ClockConfig(start=datetime(2026, 6, 16, 13, 0, tzinfo=UTC), origin=0.0, speed=60.0)
    assert 'data-clock-speed="60.0"' in render("{% clock_attributes %}")


def test_every_icon_used_by_tones_and_templates_exists() -> None:
    templates = project.BASE_DIR / "templates"
    icons = (project.BASE_DIR / "static" / "img" / "icons.svg").read_text()
    used = {
        name.split('"')[1]
        for path in templates.rglob("*.html")
        for name in path.read_text().split("{% icon ")[1:]
        if name.startswith('"')
    } | set(ui.TONE_ICONS.values())
    assert {name for name in used if f'id="{name}"' not in icons} == set()


def test_sparkline_spans_the_box_from_first_to_last() -> None:
    assert 'polyline points="0.0,31.0 50.0,1.0 100.0,16.0"' in render("{% sparkline values 'x' %}", values=[0, 4, 2])


def test_sparkline_needs_two_values() -> None:
    assert render("{% sparkline values 'x' %}", values=[3]) == ""


def test_bars_share_the_sum() -> None:
    assert 'width="75.0%"' in render("{% bars items 'x' %}", items=[("Sale", 3), ("No", 1)])


def test_columns_draw_the_limit_to_scale() -> None:
    html = render("{% columns items 'x' limit=2 %}", items=[("9:00", 4), ("10:00", 1)])
    assert ('y="0.00"' in html, 'y1="16.00"' in html) == (True, True)
