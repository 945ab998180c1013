"""Forms of a campaign's quotas."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.calls.domain.quotas import KINDS, MAX_CELLS, Cell, Group, RangesError, cross, groups_of
from apps.calls.models import QuotaCell
from apps.scripts.domain.questions import Question

_RANGES_HELP = _("For a number: one range a line, such as 18-34 or 65+.")


class QuotaForm(forms.Form):
    """One or two questions whose answers make the cells, and how many interviews each cell is to have."""

    first = forms.ChoiceField(label=_("Question"))
    first_ranges = forms.CharField(
        label=_("Its ranges"), required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=_RANGES_HELP
    )
    second = forms.ChoiceField(label=_("Crossed with"), required=False)
    second_ranges = forms.CharField(
        label=_("Its ranges"), required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=_RANGES_HELP
    )
    target = forms.IntegerField(label=_("Interviews in each cell"), min_value=1, max_value=1_000_000, initial=50)

    def __init__(self, data: Any, *, questions: Sequence[Question]) -> None:  # noqa: ANN401 - Django's own
        super().__init__(data)
        self.questions = {question.key: question for question in questions if question.kind in KINDS}
        choices = [(key, question.text) for key, question in self.questions.items()]
        fields: Any = self.fields
        fields["first"].choices = choices
        fields["second"].choices = [("", _now("No second question")), *choices]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("first") and values["first"] == values.get("second"):
            self.add_error("second", _now("Choose another question than the first."))
        if not self.errors:
            sides = [self._groups("first"), self._groups("second")]
            values["cells"] = cells = cross(*sides)
            if len(cells) > MAX_CELLS:
                self.add_error(None, _now("Make it at most %(most)s cells.") % {"most": MAX_CELLS})
        return values

    def _groups(self, side: str) -> list[Group]:
        question = self.questions.get(self.cleaned_data[side])
        if question is None:
            return []
        try:
            return groups_of(question, self.cleaned_data[f"{side}_ranges"])
        except RangesError as error:
            self.add_error(f"{side}_ranges", str(error))
            return []

    def cells(self) -> list[Cell]:
        """The cells of a valid form."""
        found: list[Cell] = self.cleaned_data["cells"]
        return found


class TargetsForm(forms.Form):
    """The target of each cell."""

    def __init__(self, data: Any, *, cells: Iterable[QuotaCell]) -> None:  # noqa: ANN401 - Django's own
        super().__init__(data)
        for cell in cells:
            self.fields[f"cell_{cell.id}"] = forms.IntegerField(
                label=cell.label, min_value=0, max_value=1_000_000, initial=cell.target
            )

    def targets(self) -> dict[int, int]:
        """Target by cell id."""
        return {int(name.removeprefix("cell_")): int(value) for name, value in self.cleaned_data.items()}
