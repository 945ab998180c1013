"""WCAG 2.2 AA of the palette, measured from the tokens themselves: 4.5 for text, 3 for control edges and focus."""

import re

import pytest
from django.conf import settings

TONES = ("ok", "info", "cyan", "violet", "warn", "olive", "danger", "neutral")
TEXT_PAIRS = [
    *((text, ground) for text in ("text", "muted", "accent") for ground in ("bg", "surface", "raised", "sunken")),
    ("accent-strong", "accent-soft"),
    ("accent-strong", "surface"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger-fill"),
    *((tone, f"{tone}-soft") for tone in TONES),
    *((tone, "surface") for tone in TONES),
    *(("text", f"{tone}-soft") for tone in TONES),
]
EDGE_PAIRS = [(edge, ground) for edge in ("control", "focus") for ground in ("bg", "surface", "raised")]


def tokens(theme: int) -> dict[str, str]:
    source = (settings.BASE_DIR / "static" / "css" / "tokens.css").read_text()
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", source)
    return {name: (light, dark)[theme] for name, light, dark in pairs}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "needed"), [(TEXT_PAIRS, 4.5), (EDGE_PAIRS, 3.0)], ids=["text", "edges"])
def test_palette_has_enough_contrast(theme: int, pairs: list[tuple[str, str]], needed: float) -> None:
    colours = tokens(theme)
    short = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in short.items() if ratio < needed} == {}


def test_contrast_of_black_on_white_is_21() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
