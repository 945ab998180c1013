"""Forms of the do-not-call list, registers and consents."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.compliance.models import Consent
from apps.compliance.selectors import register_jurisdictions
from apps.core.domain.phones import PhoneResult, normalise_phone
from apps.core.forms import InstantField

MOST_NUMBERS = 50_000
# PostgreSQL's bigint.
MOST_ROWS = 2**63 - 1
MOST_REGISTER_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A pasted line that is no phone number, and what to do about it."""

    text: str
    result: PhoneResult


class PhoneField(forms.CharField):
    """A phone number in any usual writing; its cleaned value is E.164."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel"}), **kwargs)
        self.region = "US"

    def clean(self, value: object) -> str:
        text = super().clean(value)
        if not text:
            return ""
        result = normalise_phone(text, self.region)
        if not result.is_valid:
            raise forms.ValidationError(f"{result.message} {result.fix}")
        return result.e164


class PhoneSearchForm(forms.Form):
    """One number to look up."""

    phone = PhoneField(label=_("Phone number"))

    def __init__(self, *args: Any, region: str = "US", **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        field: Any = self.fields["phone"]
        field.region = region


class DncAddForm(forms.Form):
    """One or many numbers for the list. What cannot be read stays in the box."""

    numbers = forms.CharField(
        label=_("Phone numbers"),
        widget=forms.Textarea(attrs={"rows": 10, "autofocus": True}),
        help_text=_("One a line, in any usual writing. They are not called again from this moment on."),
    )
    campaign_id = forms.IntegerField(required=False, min_value=1, max_value=MOST_ROWS, widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, help_text=_("For example who asked, and how.")
    )

    def __init__(self, *args: Any, region: str = "US", **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        self.region = region
        self.phones: list[str] = []
        self.unread: list[UnreadLine] = []

    def clean_numbers(self) -> str:
        lines = [line.strip() for line in str(self.cleaned_data["numbers"]).splitlines() if line.strip()]
        if len(lines) > MOST_NUMBERS:
            raise forms.ValidationError(_("Paste at most %(most)s numbers at once.") % {"most": f"{MOST_NUMBERS:,}"})
        for line in lines:
            result = normalise_phone(line, self.region)
            if result.is_valid:
                self.phones.append(result.e164)
            else:
                self.unread.append(UnreadLine(line, result))
        return "\n".join(lines)


class DncRemoveForm(forms.Form):
    """Why a number may be called again."""

    note = forms.CharField(
        label=_("On what ground may it be called again?"),
        max_length=300,
        help_text=_("For example the date of the person's new written consent. It stays on record."),
    )


class RegisterForm(forms.Form):
    """A new copy of a register."""

    jurisdiction = forms.ChoiceField(label=_("Register"))
    listed_on = forms.DateField(
        label=_("Date of the register"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The day on which the register issued this version, not today."),
    )
    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.csv"}),
        help_text=_("A number a line, or area code and number with a comma. Up to 10 MB."),
    )

    def __init__(self, *args: Any, countries: Iterable[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        field: Any = self.fields["jurisdiction"]
        field.choices = [(code, register_name(code)) for code in register_jurisdictions(countries)]

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_REGISTER_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return file


class ConsentForm(forms.Form):
    """A consent that reached the tenant outside of lead files and the API."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in (Consent.Kind.EXPRESS_WRITTEN, Consent.Kind.EXPRESS)],
    )
    captured_at = InstantField(
        label=_("Given at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In your own time zone."),
    )
    seller = forms.CharField(label=_("Seller it names"), max_length=120, required=False)
    text = forms.CharField(
        label=_("Wording agreed to"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=5000
    )
    evidence_url = forms.URLField(
        label=_("Web address of the proof"), max_length=500, required=False, assume_scheme="https"
    )


def register_name(jurisdiction: str) -> str:
    """A register by the code of its country or state."""
    return jurisdiction if "-" in jurisdiction else gettext("%(country)s, national") % {"country": jurisdiction}
