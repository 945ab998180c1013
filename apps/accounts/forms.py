from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class PreferencesForm(forms.Form):
    """A person's own name and language."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, help_text=_("Shown to your colleagues and in the audit.")
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))
