"""The gate's words in templates."""

from django import template

from apps.compliance import wording

register = template.Library()
register.filter("reason_text", wording.reason_text)
register.filter("explain", wording.explain)
