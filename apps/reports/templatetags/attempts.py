"""Attempts in templates."""

from django import template

from apps.calls.enums import AttemptState
from apps.calls.models import Attempt

register = template.Library()


@register.filter
def stage(attempt: Attempt) -> str:
    """The name of the attempt's state, by which pills are coloured."""
    return AttemptState(attempt.state).name
