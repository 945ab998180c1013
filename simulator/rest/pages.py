"""Lists: Twilio's paging envelope and its date filters."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from simulator.errors import CarrierError

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
T = TypeVar("T")


def page(request: web.Request, key: str, things: Iterable[T], render: Callable[[T], dict[str, Any]]) -> web.Response:
    """One page of `things` as Twilio sends it; raises CarrierError 20001 for a bad page size."""
    size = _whole(request, "PageSize", DEFAULT_PAGE_SIZE)
    number = _whole(request, "Page", 0)
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise CarrierError(20001, "PageSize")
    first = number * size
    rows = list(islice(things, first, first + size + 1))
    shown = [render(row) for row in rows[:size]]

    def uri(to: int) -> str:
        query = [(name, value) for name, value in request.query.items() if name not in ("Page", "PageSize")]
        return f"{request.path}?{urlencode([*query, ('PageSize', size), ('Page', to)])}"

    return web.json_response(
        {
            key: shown,
            "first_page_uri": uri(0),
            "next_page_uri": uri(number + 1) if len(rows) > size else None,
            "previous_page_uri": uri(number - 1) if number else None,
            "uri": uri(number),
            "page": number,
            "page_size": size,
            "start": first,
            "end": first + max(0, len(shown) - 1),
        }
    )


def meta_page(
    request: web.Request, key: str, things: Iterable[T], render: Callable[[T], dict[str, Any]], host: str
) -> web.Response:
    """All of `things` on one page, as Twilio's newer APIs send it; `host` is theirs, with its scheme."""
    shown = [render(thing) for thing in islice(things, MAX_PAGE_SIZE)]
    url = f"{host}{request.path}?PageSize={DEFAULT_PAGE_SIZE}&Page=0"
    meta = {
        "key": key,
        "page": 0,
        "page_size": DEFAULT_PAGE_SIZE,
        "first_page_url": url,
        "previous_page_url": None,
        "next_page_url": None,
        "url": url,
    }
    return web.json_response({key: shown, "meta": meta})


def date_filter(request: web.Request, name: str) -> Callable[[datetime | None], bool]:
    """A test for `Name`, `Name<` and `Name>` (a date, or an instant); raises CarrierError 20001."""
    on, before, after = (_instant(request.query.get(name + sign)) for sign in ("", "<", ">"))

    def passes(value: datetime | None) -> bool:
        if value is None:
            return on is None and before is None and after is None
        return (
            (on is None or on <= value < on + timedelta(days=1))
            and (before is None or value < before + timedelta(seconds=1))
            and (after is None or value >= after)
        )

    return passes


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise CarrierError(20001, text) from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise CarrierError(20001, name)
    return int(text)
