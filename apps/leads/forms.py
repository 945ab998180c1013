"""Forms of lists and leads. A lead typed in is read by the same rules as a row of a file."""

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.compliance.rulebook.loader import load_rulebook
from apps.core import clock
from apps.leads.domain.fields import Field
from apps.leads.domain.mapping import ColumnMapping
from apps.leads.domain.refusals import RowReject
from apps.leads.domain.regions import CA_PROVINCES, US_STATES
from apps.leads.domain.rows import LeadRow, RowParser
from apps.leads.models import Lead, LineType, SubjectType

_STATES: Final = (
    ("", _("Unknown")),
    (_("United States"), tuple(US_STATES.items())),
    (_("Canada"), tuple(CA_PROVINCES.items())),
)


class ListForm(forms.Form):
    """Name and description of a list."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True}))
    description = forms.CharField(label=_("Description"), max_length=300, required=False)


class LeadForm(forms.Form):
    """What a person may say about a lead. `row` is the lead as it would be stored, after validation."""

    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    company = forms.CharField(label=_("Company"), max_length=120, required=False)
    state = forms.ChoiceField(
        label=_("State or province"),
        choices=_STATES,
        required=False,
        help_text=_("With an unknown state the strictest rules hold."),
    )
    postal_code = forms.CharField(label=_("ZIP or postal code"), max_length=12, required=False)
    confirmed_zone = forms.ChoiceField(
        label=_("Time zone confirmed by the person"),
        required=False,
        help_text=_("Only when the person said where they are: it beats ZIP, state and area code."),
    )
    line_type = forms.ChoiceField(
        label=_("Line"), choices=LineType.choices, help_text=_("An unknown line is treated as a mobile.")
    )
    subject_type = forms.ChoiceField(label=_("Who is called"), choices=SubjectType.choices)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    external_id = forms.CharField(label=_("Lead id of the source"), max_length=80, required=False)
    language = forms.CharField(
        label=_("Language"),
        max_length=8,
        required=False,
        help_text=_("A tag such as es. Announcements are in it when they are spoken in that language."),
    )
    rank = forms.IntegerField(
        label=_("Rank"), min_value=-1000, max_value=1000, required=False, help_text=_("Higher is called first.")
    )

    row: LeadRow

    def __init__(self, *args: Any, region: str, lead: Lead | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        """`region` is where numbers without a country code are at home; `lead` the one that is changed."""
        super().__init__(*args, **kwargs)
        self.region = region
        self.lead = lead
        field: Any = self.fields["confirmed_zone"]
        field.choices = _zone_choices(lead.region if lead else region, lead.place.zones if lead else ())

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        cells = {Field(name): "" if value is None else str(value) for name, value in values.items()}
        if self.lead is not None:
            cells[Field.PHONE] = self.lead.phone
            # A state tells its country; without one the lead stays where it was.
            cells[Field.COUNTRY] = "" if values["state"] else self.lead.region
        mapping = ColumnMapping(tuple(cells), tuple(cells))
        parser = RowParser(mapping, region=self.region, at=clock.now(), zones=available_timezones())
        row = parser.parse(1, list(cells.values()))
        if isinstance(row, RowReject):
            self.add_error(row.column if row.column in self.fields else None, f"{row.reason} {row.fix}")
        else:
            self.row = row
        return values


class NewLeadForm(LeadForm):
    """A lead with its number."""

    phone = forms.CharField(
        label=_("Phone number"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel", "autofocus": True})
    )
    field_order = ("phone",)


def _zone_choices(region: str, zones: Sequence[str]) -> list[tuple[str, Any]]:
    """The zones that come into question for the lead first, then every other of its country."""
    country = load_rulebook().geography.country_zones.get(region, ())
    others = [zone for zone in country if zone not in zones]
    choices: list[tuple[str, Any]] = [("", _("Not confirmed"))]
    if zones:
        choices.append((str(_("Likely")), [(zone, zone.replace("_", " ")) for zone in zones]))
    choices.append((str(_("Others")), [(zone, zone.replace("_", " ")) for zone in others]))
    return choices
