"""The forms of the script builder: the words, and one question with its branches."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from zlib import crc32

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.compliance.rulebook.names import jurisdiction_names
from apps.scripts.domain.picture import label_of
from apps.scripts.domain.questions import CHOICE_KINDS, END, MAX_RANGES, NEXT, Kind, Question, Rule, find_fault
from apps.scripts.domain.text import find_faults
from apps.scripts.domain.wording import MAX_DISCLOSURES, MAX_REBUTTALS, Disclosure, Rebuttal, Wording
from apps.scripts.models import ScriptKind, ScriptVersion

NOTHING: Final = "\N{EN DASH}"
KINDS: Final[tuple[tuple[Kind, str | Promise], ...]] = (
    (Kind.SINGLE, _("One of several")),
    (Kind.MULTIPLE, _("Several of several")),
    (Kind.TEXT, _("Free text")),
    (Kind.NUMBER, _("Number")),
    (Kind.DATE, _("Date")),
    (Kind.APPOINTMENT, _("Appointment: day and time")),
    (Kind.SAY, _("Nothing: words to say")),
)
_VARIABLES_HELP = _("Variables in braces are filled in: {first_name}, or {first_name|there} when it may be missing.")


def _clean_text(value: object) -> str:
    text = str(value).replace("\r\n", "\n")
    faults = find_faults(text)
    if faults:
        raise forms.ValidationError([f"Line {fault.line}: {fault.message}" for fault in faults])
    return text


class WordsField(forms.CharField):
    """A text with variables."""

    def __init__(self, *, rows: int, **options: Any) -> None:  # noqa: ANN401 - Django's own options
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "data-insertable": ""}), **options)

    def clean(self, value: object) -> str:
        return _clean_text(super().clean(value))


class WordingForm(forms.Form):
    """Name, kind, opening and call to action."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=ScriptKind.choices, initial=ScriptKind.CONSULTATIVE, widget=forms.RadioSelect
    )
    text = WordsField(label=_("Opening: what the agent says first"), rows=8, help_text=_VARIABLES_HELP)
    call_to_action = WordsField(
        label=_("Call to action"),
        rows=3,
        required=False,
        help_text=_("What the agent says when the questions are done."),
    )


class RebuttalForm(forms.Form):
    """An objection with its answer; empty both to remove it."""

    objection = forms.CharField(label=_("When they say"), max_length=120, required=False)
    answer = WordsField(label=_("Answer"), rows=2, required=False)

    def clean(self) -> dict[str, Any]:
        return _require_both(self, "objection", "answer")


class DisclosureForm(forms.Form):
    """What must be read to people in a place; empty both to remove it."""

    jurisdiction = forms.ChoiceField(label=_("To people in"), required=False)
    text = WordsField(label=_("Must be read"), rows=2, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        places: Any = self.fields["jurisdiction"]
        places.choices = [("", NOTHING), *((code, f"{name} ({code})") for code, name in jurisdiction_names().items())]

    def clean(self) -> dict[str, Any]:
        return _require_both(self, "jurisdiction", "text")


def _require_both(form: forms.Form, first: str, second: str) -> dict[str, Any]:
    values = form.cleaned_data
    for given, missing in ((first, second), (second, first)):
        if values.get(given) and missing in values and not values[missing]:
            form.add_error(missing, _now("Fill in both, or empty both."))
    return values


Rebuttals = forms.formset_factory(RebuttalForm, extra=1, max_num=MAX_REBUTTALS, validate_max=True)
Disclosures = forms.formset_factory(DisclosureForm, extra=1, max_num=MAX_DISCLOSURES, validate_max=True)


class WordingForms:
    """The words of a version on one page: the form with its rebuttals and disclosures."""

    def __init__(self, data: Mapping[str, str] | None, *, version: ScriptVersion | None) -> None:
        words = ("kind", "text", "call_to_action")
        known = {name: getattr(version, name) for name in words} | {"name": version.script.name} if version else {}
        self.form = WordingForm(data, initial=known)
        rebuttals: list[Any] = version.rebuttals if version else []
        disclosures: list[Any] = version.disclosures if version else []
        self.rebuttals = Rebuttals(data, prefix="rebuttals", initial=rebuttals)
        self.disclosures = Disclosures(data, prefix="disclosures", initial=disclosures)

    def is_valid(self) -> bool:
        """Whether everything on the page is; all parts are looked at, so that all faults show."""
        return all([self.form.is_valid(), self.rebuttals.is_valid(), self.disclosures.is_valid()])

    def wording(self) -> Wording:
        """What the services take, of valid forms."""
        values = self.form.cleaned_data
        rebuttals = [form.cleaned_data for form in self.rebuttals if form.cleaned_data.get("objection")]
        disclosures = [form.cleaned_data for form in self.disclosures if form.cleaned_data.get("jurisdiction")]
        return Wording(
            text=values["text"],
            kind=values["kind"],
            call_to_action=values["call_to_action"],
            rebuttals=tuple(Rebuttal(item["objection"], item["answer"]) for item in rebuttals),
            disclosures=tuple(Disclosure(item["jurisdiction"], item["text"]) for item in disclosures),
        )


class QuestionForm(forms.Form):
    """One question. Its branches depend on its kind and options: one for each option, or ranges of numbers."""

    text = WordsField(label=_("What the agent asks or says"), rows=3)
    kind = forms.ChoiceField(label=_("Answer"), choices=KINDS, initial=Kind.SINGLE)
    options = forms.CharField(
        label=_("Options"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For choices only, one a line."),
    )
    is_required = forms.BooleanField(label=_("Must be answered before the talk goes on"), required=False)
    is_sensitive = forms.BooleanField(
        label=_("It is a card number or the like"),
        required=False,
        help_text=_(
            "Free text only. Recording pauses while the agent types it, and only its last four digits are kept."
        ),
    )
    then = forms.ChoiceField(label=_("All other answers go to"), required=False)

    def __init__(
        self, data: Mapping[str, str] | None, *, question: Question | None, questions: Sequence[Question]
    ) -> None:
        super().__init__(data, initial=_initial(question) if question else None)
        self.key = question.key if question else ""
        self.rules = question.rules if question else ()
        self.targets = [(END, _now("End: call to action")), *_named(questions, but=self.key)]
        then: Any = self.fields["then"]
        then.choices = [(NEXT, _now("Next question")), *self._with_lost(then_of=question)]
        kind = str(self["kind"].value())
        self.option_names = {option: _name_of(option) for option in self._options()} if kind in CHOICE_KINDS else {}
        self._add_option_fields()
        self.range_count = min(MAX_RANGES, len(self.rules) + 2) if kind == Kind.NUMBER else 0
        self._add_range_fields()

    def _with_lost(self, *, then_of: Question | None = None, go: str = "") -> list[tuple[str, str]]:
        """The targets, and the one that is kept though its question is gone."""
        kept = then_of.then if then_of else go
        is_lost = kept not in {NEXT, *dict(self.targets)}
        return [*self.targets, *([(kept, _now("A question that is not there any more"))] if is_lost else [])]

    def _options(self) -> list[str]:
        lines = (line.strip() for line in str(self["options"].value() or "").splitlines())
        return [line for line in dict.fromkeys(lines) if line]

    def _add_option_fields(self) -> None:
        known = {rule.option: rule.go for rule in self.rules}
        for option, name in self.option_names.items():
            go = known.get(option, "")
            choices = [("", _now("As all other answers")), *self._with_lost(go=go)]
            self.fields[name] = forms.ChoiceField(label=f"“{option}”", required=False, choices=choices, initial=go)

    def _add_range_fields(self) -> None:
        for number in range(self.range_count):
            rule = self.rules[number] if number < len(self.rules) else Rule(NEXT)
            self.fields[f"least_{number}"] = forms.FloatField(label=_("From"), required=False, initial=rule.least)
            self.fields[f"most_{number}"] = forms.FloatField(label=_("To"), required=False, initial=rule.most)
            choices = [("", NOTHING), *self._with_lost(go=rule.go)]
            self.fields[f"range_{number}"] = forms.ChoiceField(
                label=_("Goes to"), required=False, choices=choices, initial=rule.go
            )

    def option_fields(self) -> Iterator[BoundField]:
        """The branch of each option."""
        for name in self.option_names.values():
            yield self[name]

    def range_fields(self) -> Iterator[tuple[BoundField, BoundField, BoundField]]:
        """First number, last number and target of each range."""
        for number in range(self.range_count):
            yield self[f"least_{number}"], self[f"most_{number}"], self[f"range_{number}"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "kind" in values and "text" in values and not self.errors:
            fault = find_fault(self.question())
            if fault:
                field, message = fault
                self.add_error(field if field in self.fields else None, message)
        return values

    def question(self) -> Question:
        """The question as the services take it."""
        values = self.cleaned_data
        kind = Kind(values["kind"])
        return Question(
            text=values["text"].strip(),
            kind=kind,
            options=tuple(self._option_lines()),
            key=self.key,
            is_required=values["is_required"] and kind is not Kind.SAY,
            rules=tuple(self._rules()),
            then=values["then"],
            is_sensitive=values["is_sensitive"] and kind is Kind.TEXT,
        )

    def _option_lines(self) -> Iterator[str]:
        for line in self.cleaned_data["options"].splitlines():
            if line.strip():
                yield line.strip()

    def _rules(self) -> Iterator[Rule]:
        values = self.cleaned_data
        for option, name in self.option_names.items():
            if values.get(name):
                yield Rule(values[name], option)
        for number in range(self.range_count):
            least, most, go = (values.get(f"{part}_{number}") for part in ("least", "most", "range"))
            if go:
                yield Rule(go, least=least, most=most)


def _initial(question: Question) -> dict[str, Any]:
    return {
        "text": question.text,
        "kind": question.kind,
        "options": "\n".join(question.options),
        "is_required": question.is_required,
        "is_sensitive": question.is_sensitive,
        "then": question.then,
    }


def _named(questions: Sequence[Question], *, but: str) -> list[tuple[str, str]]:
    return [
        (question.key, f"{number}. {question.text[:60]}")
        for number, question in enumerate(questions, 1)
        if question.key != but
    ]


def _name_of(option: str) -> str:
    """A field name that stays with the option when others come and go."""
    return f"go_{crc32(option.encode()):08x}"


def branches_of(question: Question, questions: Sequence[Question]) -> list[tuple[str, str]]:
    """Each way on from a question in words: the answer, empty for all others, and where it leads."""
    names = dict(_named(questions, but="")) | {END: _now("End: call to action")}
    ways = [(label_of(rule), names.get(rule.go, "?")) for rule in question.rules]
    return [*ways, *([("", names.get(question.then, "?"))] if question.then != NEXT else [])]


class DecisionForm(forms.Form):
    """Approve a version, or send it back with a reason."""

    version = forms.IntegerField()
    decision = forms.ChoiceField(choices=[("approve", "approve"), ("return", "return")])
    reason = forms.CharField(required=False, max_length=500)
