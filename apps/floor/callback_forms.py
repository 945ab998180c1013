"""Forms of the page of call-backs."""

from typing import Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.accounts.selectors import list_members

POOL: Final = "pool"


def list_callers() -> dict[str, User]:
    """Everybody who takes calls, by id as forms have it."""
    return {str(member.user_id): member.user for member in list_members() if may(member, Permission.TAKE_CALLS)}


def _agents() -> list[tuple[str, Promise | str]]:
    return [(POOL, _("Whoever is free")), *((key, str(user)) for key, user in list_callers().items())]


def _agents_or_all() -> list[tuple[str, Promise | str]]:
    return [("", _("Everybody")), *_agents()]


class CallbackFilterForm(forms.Form):
    """Which call-backs to list."""

    agent = forms.ChoiceField(label=_("Who calls back"), choices=_agents_or_all, required=False)
    due = forms.ChoiceField(label=_("When"), choices=[("", _("Any time")), ("1", _("Overdue only"))], required=False)


class ReassignForm(forms.Form):
    """Who is to call back."""

    agent = forms.ChoiceField(label=_("Who calls back"), choices=_agents)


class CancelForm(forms.Form):
    """Why a call-back is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Kept in the audit."))
