"""Small charts drawn on the server as SVG, readable without a script and by a screen reader."""

from collections.abc import Iterable, Sequence

from django import template

register = template.Library()

WIDTH = 100.0
HEIGHT = 32.0


@register.inclusion_tag("components/_sparkline.html")
def sparkline(values: Sequence[float], label: str) -> dict[str, object]:
    """A line of recent values, oldest first; `label` says in words what it shows."""
    return {"points": _points(values), "label": label, "width": WIDTH, "height": HEIGHT}


def _points(values: Sequence[float]) -> str:
    if len(values) < 2:
        return ""
    top = max(*values, 1e-9)
    step = WIDTH / (len(values) - 1)
    return " ".join(f"{i * step:.1f},{HEIGHT - 1 - (HEIGHT - 2) * value / top:.1f}" for i, value in enumerate(values))


@register.inclusion_tag("components/_columns.html")
def columns(items: Iterable[tuple[str, float]], label: str, limit: float | None = None) -> dict[str, object]:
    """Columns of (name, value) in order, for example calls per hour, with an optional dashed limit line."""
    rows = list(items)
    top = max([value for _, value in rows] + [limit or 0, 1e-9])
    step = WIDTH / max(1, len(rows))
    bars = [
        {"name": name, "value": value, "x": f"{i * step + step * 0.1:.2f}", "width": f"{step * 0.8:.2f}"}
        | _column(value / top)
        for i, (name, value) in enumerate(rows)
    ]
    line = f"{HEIGHT * (1 - limit / top):.2f}" if limit else ""
    return {
        "bars": bars,
        "has_values": any(value for _, value in rows),
        "label": label,
        "top": max((value for _, value in rows), default=0),
        "line": line,
        "width": WIDTH,
        "height": HEIGHT,
    }


def _column(share: float) -> dict[str, str]:
    height = HEIGHT * share
    return {"y": f"{HEIGHT - height:.2f}", "height": f"{height:.2f}"}


@register.inclusion_tag("components/_bars.html")
def bars(items: Iterable[tuple[str, int]], label: str) -> dict[str, object]:
    """Horizontal bars of (name, count) with the count beside; shares are of the sum."""
    rows = list(items)
    total = sum(count for _, count in rows)
    shares = [(name, count, f"{100 * count / total:.1f}%" if total else "0%") for name, count in rows]
    return {"rows": shares, "label": label}
