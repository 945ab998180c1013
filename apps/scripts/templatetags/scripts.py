"""Scripts in templates."""

from collections.abc import Mapping

from django import template
from django.utils.functional import Promise

from apps.scripts.forms import KINDS
from apps.scripts.models import ScriptVersion

register = template.Library()
_LABELS = dict(KINDS)


@register.filter
def script_kind(kind: str) -> str | Promise:
    """What a kind of question is called; the name itself for one that is no question's."""
    return next((label for known, label in _LABELS.items() if known == kind), kind)


@register.filter
def named_in(code: str, names: Mapping[str, str]) -> str:
    """The name of a code, or the code."""
    return names.get(code, code)


@register.filter
def state_text(state: str) -> str:
    """What a state of a version is called."""
    return ScriptVersion.State(state).label
