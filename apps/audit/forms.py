"""The audit page's filter."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.selectors import EntryFilter, list_actors

DATE = forms.DateInput(attrs={"type": "date"})


class AuditFilterForm(forms.Form):
    """Action, person, target, and days in the tenant's zone; both days included."""

    action = forms.ChoiceField(label=_("Action"), required=False)
    actor = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none(), required=False)
    target = forms.CharField(
        label=_("Target"), required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "campaign:12"})
    )
    since = forms.DateField(label=_("From"), required=False, widget=DATE)
    until = forms.DateField(label=_("To"), required=False, widget=DATE)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        self.fields["action"].choices = [("", _("All actions")), *Action.choices]  # type: ignore[attr-defined]  # a choice field
        actor = self.fields["actor"]
        actor.queryset = list_actors()  # type: ignore[attr-defined]  # a model choice field
        actor.empty_label = _("Everyone")  # type: ignore[attr-defined]  # likewise

    def chosen(self) -> EntryFilter:
        """The valid form's choice; fields that are wrong do not limit."""
        data = self.cleaned_data if self.is_valid() or self.is_bound else {}
        since, until = data.get("since"), data.get("until")
        return EntryFilter(
            action=data.get("action") or "",
            actor_id=data["actor"].id if data.get("actor") else None,
            target=(data.get("target") or "").strip(),
            after=self._midnight(since),
            until=self._midnight(until, days_on=1),
        )

    def _midnight(self, day: date | None, *, days_on: int = 0) -> datetime | None:
        """When a day begins, or the one so many days on; None without one, and at the ends of the calendar."""
        if day is None:
            return None
        try:
            return datetime.combine(day + timedelta(days=days_on), time(), self.zone).astimezone(UTC)
        except OverflowError:
            return None
