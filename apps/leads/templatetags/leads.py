"""Leads in templates."""

from collections.abc import Mapping

from django import template

from apps.leads.selectors import LeadCount, list_custom_fields

register = template.Library()

_NOTHING = LeadCount(0, is_exact=True)


@register.filter
def count_of(counts: Mapping[int, LeadCount], lead_list_id: int) -> LeadCount:
    """The count of one list."""
    return counts.get(lead_list_id, _NOTHING)


@register.simple_tag
def custom_fields() -> list[str]:
    """The names of custom fields that leads have, for pages of apps beside this one."""
    return list_custom_fields()
