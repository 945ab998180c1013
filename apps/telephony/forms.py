from collections.abc import Iterable
from typing import cast

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.domain.phones import normalise_phone
from apps.telephony.carrier import NumberView

SECRET = forms.PasswordInput(attrs={"autocomplete": "off"})


class ConnectAccountForm(forms.Form):
    """A carrier account to connect."""

    sid = forms.CharField(
        label=_("Account SID"),
        validators=[RegexValidator(r"\AAC[0-9a-f]{32}\Z", _("AC followed by 32 of 0-9 and a-f."))],
        help_text=_("The account or subaccount that your calls run on."),
    )
    auth_token = forms.CharField(
        label=_("Auth token"),
        max_length=200,
        widget=SECRET,
        help_text=_("Stored encrypted and never shown again."),
    )
    cps = forms.FloatField(
        label=_("Calls per second"),
        min_value=0.1,
        max_value=500,
        initial=1,
        help_text=_("The rate your account is approved for. Above it the carrier would queue calls."),
    )


class AccountForm(forms.Form):
    """What can be changed on a connected account."""

    cps = ConnectAccountForm.base_fields["cps"]
    auth_token = forms.CharField(
        label=_("New auth token"),
        max_length=200,
        required=False,
        widget=SECRET,
        help_text=_("Only when the token has changed."),
    )


class CallerIdForm(forms.Form):
    """A number to show to the people called."""

    phone = forms.CharField(
        label=_("Number"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel"}),
        help_text=_("It must reach someone who can take a do-not-call request."),
    )
    label = forms.CharField(label=_("Label"), max_length=60, required=False)

    def __init__(self, *args: object, region: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments, passed on
        self.region = region

    def clean_phone(self) -> str:
        result = normalise_phone(self.cleaned_data["phone"], self.region)
        if not result.is_valid:
            raise forms.ValidationError(result.message or _("This is not a phone number."))
        return result.e164


class TargetNameForm(forms.Form):
    """What can be changed of a transfer target."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("As agents know it, such as a team or an office.")
    )
    purpose = forms.CharField(
        label=_("What it is for"),
        max_length=120,
        required=False,
        help_text=_("When agents should transfer a call to it."),
    )


class TargetForm(TargetNameForm):
    """A new transfer target; the service judges the number."""

    phone = forms.CharField(
        label=_("Number"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel"}),
        help_text=_("In a country that you call. No emergency, service or premium numbers."),
    )
    field_order = ("name", "phone", "purpose")


class ImportForm(forms.Form):
    """Which of the carrier's numbers to take over."""

    phones = forms.MultipleChoiceField(
        label=_("Numbers"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each must reach someone who can take a do-not-call request."),
    )

    def __init__(self, *args: object, numbers: Iterable[NumberView], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments, passed on
        self.numbers = {number.phone: number for number in numbers}
        field = cast(forms.MultipleChoiceField, self.fields["phones"])
        field.choices = [(number.phone, _name(number)) for number in self.numbers.values()]

    def chosen(self) -> list[NumberView]:
        """The numbers that were ticked."""
        return [self.numbers[phone] for phone in self.cleaned_data["phones"]]


class VerifiedForm(forms.Form):
    """A number whose code has been keyed in; `code` only to show it again."""

    phone = forms.CharField(max_length=16, widget=forms.HiddenInput)
    label = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    code = forms.CharField(max_length=12, widget=forms.HiddenInput)


def _name(number: NumberView) -> str:
    kind = gettext("owned") if number.is_own else gettext("verified")
    return f"{number.phone} {number.label} ({kind})" if number.label != number.phone else f"{number.phone} ({kind})"


class WithdrawForm(forms.Form):
    """Why a number goes out of use."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
