"""Form of a talk without a disposition."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.calls.models import Attempt
from apps.campaigns.models import Disposition


class DispositionForm(forms.Form):
    """What came of a talk. A call-back is no choice: only who spoke to the person can promise them a time."""

    code = forms.ChoiceField(label=_("Disposition"), widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any, *, attempt: Attempt) -> None:  # noqa: ANN401 - Django's own
        super().__init__(data, initial={"note": attempt.note})
        chosen = Disposition.objects.filter(
            disposition_set_id=attempt.campaign.disposition_set_id, is_active=True, is_callback=False
        )
        field: Any = self.fields["code"]
        field.choices = list(chosen.order_by("position", "id").values_list("code", "label"))
