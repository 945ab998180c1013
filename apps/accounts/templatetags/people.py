"""How pages about people read."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# The first that matches names it: Edge and Opera call themselves Chrome too, and everyone Safari.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser(user_agent: str) -> str:
    """A browser's user agent in short, for example "Chrome on Linux"."""
    name = _first(BROWSERS, user_agent)
    system = _first(SYSTEMS, user_agent)
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or re.split(r"[ /]", user_agent)[0] or _("unknown")


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in names if mark in text), "")
