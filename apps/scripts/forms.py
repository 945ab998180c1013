"""The form of a script: its text, and a row for each question."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.scripts.domain.questions import MAX_QUESTIONS, Kind, Question, find_fault
from apps.scripts.domain.text import find_faults
from apps.scripts.models import ScriptVersion

KINDS = (
    (Kind.TEXT, _("Free text")),
    (Kind.SINGLE, _("One of several")),
    (Kind.MULTIPLE, _("Several of several")),
    (Kind.NUMBER, _("Number")),
    (Kind.DATE, _("Date")),
)


class ScriptForm(forms.Form):
    """Name and text."""

    name = forms.CharField(label=_("Name"), max_length=120)
    text = forms.CharField(
        label=_("What the agent says"),
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("Variables in braces are filled in: {first_name}, or {first_name|there} when it may be missing."),
    )

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        faults = find_faults(text)
        if faults:
            raise forms.ValidationError([f"Line {fault.line}: {fault.message}" for fault in faults])
        return text


class QuestionForm(forms.Form):
    """One question; its key stays hidden, so that its answers keep together when the words change."""

    key = forms.CharField(required=False, max_length=48, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Question"), max_length=300, required=False)
    kind = forms.ChoiceField(label=_("Answer"), choices=KINDS, initial=Kind.TEXT)
    options = forms.CharField(
        label=_("Options"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For choices only, one a line."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("DELETE") or "kind" not in values:
            return values
        fault = find_fault(self.question())
        if fault:
            self.add_error(*fault)
        return values

    def question(self) -> Question:
        """The question as the services take it."""
        values = self.cleaned_data
        lines = (line.strip() for line in str(values.get("options", "")).splitlines())
        return Question(
            text=str(values.get("text", "")).strip(),
            kind=Kind(values["kind"]),
            options=tuple(line for line in lines if line),
            key=str(values.get("key", "")),
        )


QuestionFormSet = forms.BaseFormSet[QuestionForm]
Questions = forms.formset_factory(
    QuestionForm,
    extra=1,
    can_order=True,
    can_delete=True,
    max_num=MAX_QUESTIONS,
    validate_max=True,
)


def initial_questions(version: ScriptVersion) -> list[dict[str, str]]:
    """The rows of a version's questions."""
    return [
        {"key": data["key"], "text": data["text"], "kind": data["kind"], "options": "\n".join(data["options"])}
        for data in version.questions
    ]


def chosen_questions(formset: QuestionFormSet) -> list[Question]:
    """The questions of a valid formset, in the order asked for."""
    return [form.question() for form in formset.ordered_forms]
