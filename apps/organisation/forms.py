from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role, User
from apps.compliance.rulebook.names import country_names, jurisdiction_names
from apps.core.domain.phones import normalise_phone
from apps.core.domain.texts import one_line
from apps.tenants.models import LegalProfile


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(label=_("E-mail address"), help_text=_("The invitation is good once and for a week."))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AGENT, widget=forms.RadioSelect)


class RoleForm(forms.Form):
    """A member's role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=forms.RadioSelect)


class DeskPhoneForm(forms.Form):
    """The telephone at which a member may take calls."""

    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        help_text=_("An ordinary telephone in a country that you call. Leave it empty to withdraw it."),
    )


class AcceptForm(forms.Form):
    """Name and password of a new account."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


def _countries() -> list[tuple[str, str]]:
    return list(country_names().items())


def _time_zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]


class SettingsForm(forms.Form):
    """Who the organisation is before the law, and where it may call; its fields are settings by name."""

    name = forms.CharField(label=_("Organisation"), max_length=120)
    legal_profile = forms.ChoiceField(
        label=_("What you call for"),
        choices=LegalProfile.choices,
        help_text=_("Decides which exemptions of the law apply."),
    )
    countries = forms.MultipleChoiceField(
        label=_("Countries that may be called"),
        choices=_countries,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only countries that the rulebook covers."),
    )
    seller_name = forms.CharField(
        label=_("Seller's name"),
        max_length=120,
        required=False,
        help_text=_("Told to a person whose call found no free agent, as the law asks."),
    )
    seller_phone = forms.CharField(
        label=_("Seller's telephone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
        help_text=_("Likewise; someone must take do-not-call requests there."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_time_zones,
        help_text=_("For pages and reports. Calling hours go by where the person called is."),
    )
    is_mfa_required = forms.BooleanField(
        label=_("Every member needs a second factor"),
        required=False,
        help_text=_("An authenticator app or a security key."),
    )
    is_listening_shown = forms.BooleanField(
        label=_("Agents see who listens to their calls"),
        required=False,
        help_text=_("Some laws and works councils ask for it. Each listening is in the audit either way."),
    )

    is_second_person_needed = forms.BooleanField(
        label=_("Scripts are approved by somebody who has not written them"),
        required=False,
        help_text=_("Switch it off only where one person does all the work."),
    )
    recording_days = forms.IntegerField(
        label=_("Days that recordings are kept"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("After that they are deleted here and at the carrier. Leave it empty to keep them."),
    )

    mail_from_name = forms.CharField(
        label=_("E-mails come from"),
        max_length=80,
        required=False,
        help_text=_("The name that people see; empty for the seller's name."),
    )
    mail_reply_to = forms.EmailField(
        label=_("Answers to e-mails go to"), required=False, help_text=_("An address that somebody reads.")
    )
    postal_address = forms.CharField(
        label=_("Postal address"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stated in every e-mail, as the law asks; without it agents can send none."),
    )

    def clean_name(self) -> str:
        if name := one_line(self.cleaned_data["name"]):
            return name
        raise forms.ValidationError(self.fields["name"].error_messages["required"])

    def clean_seller_name(self) -> str:
        return one_line(self.cleaned_data["seller_name"])

    def clean_mail_from_name(self) -> str:
        return one_line(self.cleaned_data["mail_from_name"])

    def clean_postal_address(self) -> str:
        return str(self.cleaned_data["postal_address"]).replace("\r\n", "\n").strip()

    def clean_seller_phone(self) -> str:
        raw = self.cleaned_data["seller_phone"]
        if not raw:
            return ""
        result = normalise_phone(raw, next(iter(self.cleaned_data.get("countries", [])), "US"))
        if not result.is_valid:
            raise forms.ValidationError(result.message or _("This is not a phone number."))
        return result.e164


class OpeningForm(forms.Form):
    """A new organisation and its owner, as the command that opens it is told."""

    slug = forms.RegexField(
        r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=40,
        error_messages={"invalid": _("Use small letters, digits and hyphens only.")},
    )
    name = forms.CharField(max_length=120)
    owner_email = forms.EmailField()
    legal_profile = forms.ChoiceField(choices=LegalProfile.choices)
    countries = forms.MultipleChoiceField(choices=_countries)
    time_zone = forms.ChoiceField(choices=_time_zones)


def _jurisdictions() -> list[tuple[str, str]]:
    return [(code, f"{name} ({code})") for code, name in jurisdiction_names().items()]


class StopForm(forms.Form):
    """A jurisdiction under an emergency stop, and why."""

    jurisdiction = forms.ChoiceField(label=_("State or country"), choices=_jurisdictions)
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Kept in the audit."))
