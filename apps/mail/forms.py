from django import forms
from django.utils.translation import gettext_lazy as _

from apps.mail.models import MailKind


class TemplateForm(forms.Form):
    """An e-mail that agents may send."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What agents choose it by."))
    kind = forms.ChoiceField(label=_("What for"), choices=MailKind.choices)
    subject = forms.CharField(label=_("Subject"), max_length=150, widget=forms.TextInput(attrs={"data-insertable": ""}))
    body = forms.CharField(
        label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 14, "data-insertable": ""})
    )
    is_active = forms.BooleanField(label=_("Agents may send it"), required=False, initial=True)


class StopForm(forms.Form):
    """An address that wants no more e-mails."""

    address = forms.EmailField(label=_("E-mail address"), help_text=_("For example of somebody who has written back."))
