"""What the page of the tenant's numbers shows of the calls to them: it lies below this app and cannot ask for them itself."""

from typing import Any

from django import template

from apps.calls.selectors import list_inbound_calls

register = template.Library()

SHOWN = 20


@register.inclusion_tag("calls/_inbound_calls.html", takes_context=True)
def inbound_calls(context: template.Context) -> dict[str, Any]:
    """The newest calls to the tenant's numbers: who rang, and what they asked for."""
    return {"calls": list_inbound_calls()[:SHOWN], "tenant": context["tenant"]}
