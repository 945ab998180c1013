from django import forms
from django.utils.translation import gettext_lazy as _

from apps.calls.services.coaching_notes import NOTE_LENGTH


class CallNoteForm(forms.Form):
    """What a supervisor tells the agent about a call."""

    text = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The agent sees it on the desk."),
    )
    second = forms.IntegerField(
        label=_("At second"),
        required=False,
        min_value=0,
        max_value=24 * 60 * 60,
        help_text=_("Of the recording; taken from the player while it plays. Empty: about the whole call."),
    )
