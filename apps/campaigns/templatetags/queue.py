"""The queue's words in templates."""

from django import template

from apps.campaigns.wording import queue_reason_text

register = template.Library()
register.filter("queue_reason", queue_reason_text)
