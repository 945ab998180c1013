"""What the page of a lead shows of its calls: that page lies below this app and cannot ask for them itself."""

from typing import Any

from django import template

from apps.calls.explain import explain_lead
from apps.calls.selectors import list_attempts_to, ordered_answers
from apps.core import clock
from apps.leads.models import Lead

register = template.Library()

SHOWN = 50


@register.inclusion_tag("calls/_lead_answers.html", takes_context=True)
def lead_answers(context: template.Context, lead: Lead) -> dict[str, Any]:
    """May this lead be called now? An answer for each campaign, with reasons, rules and the next time."""
    at = clock.now()
    tenant = context["tenant"]
    return {
        "answers": explain_lead(lead, tenant, at=at),
        "lead": lead,
        "tenant": tenant,
        "may": context["may"],
        "at": at,
    }


@register.inclusion_tag("calls/_lead_attempts.html", takes_context=True)
def lead_attempts(context: template.Context, lead: Lead) -> dict[str, Any]:
    """The newest attempts to the lead's number, in every campaign, with what was answered."""
    attempts = list_attempts_to(lead.phone).prefetch_related(ordered_answers())[:SHOWN]
    return {"attempts": attempts, "tenant": context["tenant"]}
