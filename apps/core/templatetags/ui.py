"""What every page uses: assets, icons, state pills, and the ways numbers, money, durations, phones and instants read."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, gettext, pgettext

from apps.core import clock

register = template.Library()

NOTHING = "\N{EN DASH}"
DATE_FORMATS = {
    "day": "D j M Y",
    "minute": "D j M, H:i",
    "second": "j M, H:i:s",
    "time": "H:i",
    "relative": "D j M, H:i",
}
# Tones are the colours of the trade: waiting blue, talking violet, wrapping up amber, pausing olive.
STATE_TONES = {
    # campaigns
    "DRAFT": "neutral",
    "SCHEDULED": "info",
    "RUNNING": "ok",
    "PAUSED": "warn",
    "COMPLETED": "cyan",
    "ARCHIVED": "neutral",
    # versions of scripts
    "SUBMITTED": "warn",
    "APPROVED": "ok",
    "RETURNED": "danger",
    # agents
    "OFFLINE": "neutral",
    "READY": "info",
    "RESERVED": "cyan",
    "RINGING": "cyan",
    "ON_CALL": "violet",
    "WRAP_UP": "warn",
    "BREAK": "olive",
    # attempts, imports, decisions and messages
    "ALLOWED": "ok",
    "REFUSED": "danger",
    "QUEUED": "neutral",
    "PLACING": "info",
    "PLACED": "info",
    "ANSWERED": "violet",
    "CONNECTED": "violet",
    "ENDED": "neutral",
    "HUNG_UP": "warn",
    "BAD_NUMBER": "danger",
    "DONE": "ok",
    "FAILED": "danger",
    "SENDING": "info",
    "SENT": "ok",
    "ABANDONED": "danger",
    "UNKNOWN": "warn",
    "UPLOADED": "neutral",
    "MAPPING": "info",
    "ACCEPTED": "ok",
    "REJECTED": "danger",
    "ACTIVE": "ok",
    "REVOKED": "danger",
    "EXPIRED": "neutral",
    "SUCCESS": "ok",
    "ERROR": "danger",
    "WARNING": "warn",
    "INFO": "info",
}
PULSING = frozenset({"RUNNING", "RINGING", "PLACING", "ON_CALL"})
HOLLOW = frozenset({"DRAFT", "OFFLINE", "ARCHIVED", "QUEUED"})
TONE_ICONS = {"danger": "danger", "warn": "warn", "ok": "ok"}
CURRENCY_SIGNS = {"USD": "$", "CAD": "CA$", "EUR": "€", "GBP": "£"}


@register.simple_tag
def asset(name: str) -> str:
    """URL of a bundle ("app.js", "desk.js", "app.css"): the built one, or the plain source when nothing was built."""
    return static(_asset_path(name))


def _asset_path(name: str) -> str:
    built = f"dist/{name}"
    return built if _is_built(built) else f"{name.rsplit('.', 1)[-1]}/{name}"


def _is_built(path: str) -> bool:
    return finders.find(path) is not None if settings.DEBUG else _is_built_once(path)


@lru_cache(maxsize=16)
def _is_built_once(path: str) -> bool:
    return finders.find(path) is not None


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon of static/img/icons.svg; the text beside it carries the meaning."""
    classes = f"icon {css}".strip()
    url = static("img/icons.svg")
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', classes, url, name)


@register.simple_tag(takes_context=True)
def theme_choice(context: template.Context) -> str:
    """The reader's colour theme: "light", "dark" or "system"."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in {"light", "dark"} else "system"


@register.simple_tag
def clock_attributes() -> SafeString:
    """Attributes of <html> from which the page's script runs the product's clock."""
    return format_html('data-now="{}" data-clock-speed="{}"', clock.now().isoformat(), clock.speed())


@register.inclusion_tag("components/_simulation_banner.html")
def simulation_banner() -> dict[str, object]:
    """The sentence that says what is simulated, on every page on which something is."""
    return {
        "is_carrier_simulated": settings.CARRIER == "simulator",
        "is_clock_simulated": clock.is_simulated(),
        "now": clock.now(),
        "speed": f"{clock.speed():g}",
    }


@register.filter
def tone(state: object) -> str:
    """The tone of a state or message level: ok, info, cyan, violet, warn, olive, danger or neutral."""
    return STATE_TONES.get(str(state).upper(), "neutral")


@register.filter
def tone_icon(name: str) -> str:
    """The icon that goes with a tone."""
    return TONE_ICONS.get(name, "info")


@register.inclusion_tag("components/_pill.html")
def pill(state: object, label: str = "", tone: str = "") -> dict[str, str]:
    """A state as a coloured pill with its name; `label` is the name in the reader's language, `tone` overrides."""
    code = str(state).upper()
    shape = "pill--pulse" if code in PULSING else "pill--hollow" if code in HOLLOW else ""
    return {
        "label": label or code.replace("_", " ").capitalize(),
        "tone": tone or STATE_TONES.get(code, "neutral"),
        "shape": shape,
    }


@register.filter
def number(value: float | Decimal | None) -> str:
    """A count with the reader's thousands separator; a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    return formats.number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def percent(value: float | Decimal | None, decimals: int = 1) -> str:
    """A share (0.0304) as "3.0 %": rounded half up, never cut, so that a limit is not hidden by formatting."""
    if value is None or value == "":
        return NOTHING
    step = Decimal(1).scaleb(-decimals)
    rounded = (Decimal(str(value)) * 100).quantize(step, rounding=ROUND_HALF_UP)
    return f"{formats.number_format(rounded, decimals, use_l10n=True)}\N{NO-BREAK SPACE}%"


@register.filter
def money(value: Decimal | float | None, currency: str = "USD") -> str:
    """An amount with its currency; under one unit up to four decimals, since call prices are that small."""
    if value is None or value == "":
        return NOTHING
    amount = Decimal(str(value))
    decimals = 4 if 0 < abs(amount) < 1 and amount != amount.quantize(Decimal("0.01")) else 2
    sign = CURRENCY_SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    text = formats.number_format(abs(amount), decimals, use_l10n=True, force_grouping=True)
    return f"{'-' if amount < 0 else ''}{sign}{text}"


@register.filter
def duration(value: timedelta | float | None) -> str:
    """Seconds or a timedelta as 0:07, 12:30 or 1:02:03."""
    if value is None or value == "":
        return NOTHING
    total = int(value.total_seconds() if isinstance(value, timedelta) else value)
    hours, rest = divmod(max(0, total), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def phone(value: str | None) -> str:
    """An E.164 number as people of its country write it; anything else unchanged."""
    if not value:
        return NOTHING
    try:
        parsed = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return value
    kept_together = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    text = str(kept_together).replace(" ", "\N{NO-BREAK SPACE}").replace("-", "\N{NON-BREAKING HYPHEN}")
    # Between right-to-left words the groups of a number would otherwise be shown in reverse.
    return f"\N{LEFT-TO-RIGHT MARK}{text}" if get_language_bidi() else text


@register.simple_tag
def when(at: datetime | None, style: str = "minute", zone: str = "", *, is_real: bool = False) -> SafeString | str:
    """An instant as <time>: "day", "minute", "second", "time" or "relative", in `zone` or the reader's own zone.

    `is_real` marks an instant that is kept in real time, such as a sign-in: it says so beside a simulated clock.
    """
    if at is None:
        return NOTHING
    local = timezone.localtime(at, ZoneInfo(zone) if zone else None)
    attributes: list[tuple[str, Any]] = [
        ("datetime", at.isoformat()),
        ("title", f"{formats.date_format(local, 'D j M Y, H:i:s')} {local.tzname()}"),
    ]
    if style == "relative":
        attributes.append(("data-relative", ""))
    written = format_html_join("", ' {}="{}"', attributes)
    text = formats.date_format(local, DATE_FORMATS[style])
    if zone:
        text = f"{text} {local.tzname()}"
    if is_real and clock.is_simulated():
        return format_html("<time{}>{}</time> ({})", written, text, gettext("real time"))
    return format_html("<time{}>{}</time>", written, text)


@register.filter
def yes_no(value: object) -> str:
    """A truth value as a word."""
    if value is None:
        return NOTHING
    return pgettext("truth value", "Yes") if value else pgettext("truth value", "No")
