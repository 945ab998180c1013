"""The guided form of a campaign: all but its name and lists has a sensible default."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.campaigns.domain.retry import DEFAULT_PLAN
from apps.campaigns.models import Campaign, DialMode, DispositionSet
from apps.campaigns.selectors import list_disposition_sets, list_usable_caller_ids, list_usable_script_versions
from apps.core.domain.texts import one_line
from apps.core.forms import InstantField
from apps.leads.models import LeadList
from apps.scripts.models import ScriptVersion
from apps.telephony.models import CallerId

WEEKDAYS = (
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
)
MODES = (
    (DialMode.PREVIEW, _("Preview"), _("The agent sees the lead first, then one click calls.")),
    (DialMode.PROGRESSIVE, _("Progressive"), _("One line for each free agent. Never abandons a call.")),
    (DialMode.RATIO, _("Ratio"), _("Several lines for each free agent, held back by the abandonment limit.")),
    (DialMode.MANUAL, _("Manual"), _("The agent picks whom to call.")),
)
# Characters; with name and number it fits into one document for the carrier even when each has to be escaped.
VOICEMAIL_LENGTH = 500
# Declared one by one: a model form would query them at import, outside any tenant.
RELATED = ("script_version", "caller_id", "disposition_set")
OUTCOMES: dict[str, str | Promise] = {
    "NO_ANSWER": _("No answer"),
    "BUSY": _("Busy"),
    "MACHINE": _("Answering machine"),
    "HUNG_UP": _("Hung up before an agent"),
    "FAILED": _("Call failed"),
    "UNKNOWN": _("Outcome unknown"),
}


def _with_hint(label: str | Promise, hint: str | Promise) -> SafeString:
    return format_html("<span>{} <small>{}</small></span>", label, hint)


class CampaignForm(forms.ModelForm[Campaign]):
    """Fields of a campaign, its lists and its retry plan. Saving is the services' business."""

    lists = forms.ModelMultipleChoiceField(
        label=_("Lists to call"), queryset=LeadList.unscoped.none(), widget=forms.CheckboxSelectMultiple
    )
    script_version = forms.ModelChoiceField(label=_("Script"), queryset=ScriptVersion.unscoped.none())
    caller_id = forms.ModelChoiceField(label=_("Caller id"), queryset=CallerId.unscoped.none())
    disposition_set = forms.ModelChoiceField(label=_("Dispositions"), queryset=DispositionSet.unscoped.none())
    dial_mode = forms.ChoiceField(label=_("How to dial"), widget=forms.RadioSelect)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these days"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Campaign
        fields = (
            "name",
            "purpose",
            "dial_mode",
            "ratio",
            "call_from",
            "call_until",
            "weekdays",
            "starts_at",
            "ends_at",
            "max_attempts",
            "ring_seconds",
            "wrap_up_seconds",
            "preview_seconds",
            "is_machine_detected",
            "language",
            "voicemail_text",
            "recording",
        )
        labels = {
            "name": _("Campaign name"),
            "ratio": _("Lines per free agent"),
            "call_from": _("From"),
            "call_until": _("Until"),
            "starts_at": _("Start on its own at"),
            "ends_at": _("End on its own at"),
            "max_attempts": _("Attempts per lead"),
            "ring_seconds": _("Let it ring, seconds"),
            "wrap_up_seconds": _("Wrap-up, seconds"),
            "preview_seconds": _("Preview, seconds"),
            "is_machine_detected": _("Detect answering machines"),
            "language": _("Language of announcements"),
            "voicemail_text": _("Message for answering machines"),
            "recording": _("Record calls"),
        }
        help_texts = {
            "purpose": _("Decides which rules and exemptions apply to every call."),
            "ratio": _("In ratio mode only."),
            "call_from": _("In the called person's own time zone; the law may narrow it."),
            "ring_seconds": _("At least 15: a shorter ring counts as abandoned."),
            "is_machine_detected": _("Costs the person about two seconds of silence."),
            "language": _("A lead whose list gives one of these languages hears that one instead."),
            "voicemail_text": _(
                "Agents can have it spoken where the rules allow a recorded message. Your name goes before it, your number "
                "after it. It is not translated: write it in the language of announcements. Empty: none is offered."
            ),
            "starts_at": _("Empty: it starts when you press Start."),
            "recording": _(
                "Where the law wants everybody's agreement, the agent asks for it first. Changes hold for calls that "
                "begin after them."
            ),
        }
        field_classes = {"starts_at": InstantField, "ends_at": InstantField}
        widgets = {
            "voicemail_text": forms.Textarea(attrs={"rows": 3, "maxlength": VOICEMAIL_LENGTH, "dir": "auto"}),
            "call_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "call_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "starts_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "ends_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        self._offer_choices(is_new=is_new)
        plan = DEFAULT_PLAN if is_new else self.instance.retry_plan
        for outcome in OUTCOMES:
            step = plan.get(outcome, {"minutes": 0, "times": 0})
            self.fields[f"{outcome}_times"] = forms.IntegerField(min_value=0, max_value=50, initial=step["times"])
            self.fields[f"{outcome}_minutes"] = forms.IntegerField(
                min_value=0, max_value=43_200, initial=step["minutes"]
            )

    def _offer_choices(self, *, is_new: bool) -> None:
        choices: Any = self.fields
        choices["dial_mode"].choices = [(mode.value, _with_hint(label, hint)) for mode, label, hint in MODES]
        choices["lists"].queryset = LeadList.objects.filter(archived_at=None).order_by("name", "id")
        choices["script_version"].queryset = list_usable_script_versions(current=self.instance.script_version_id)
        choices["caller_id"].queryset = list_usable_caller_ids()
        choices["disposition_set"].queryset = list_disposition_sets()
        for name in RELATED:
            field = choices[name]
            first = field.queryset.first()
            field.required = name != "disposition_set" or first is not None
            field.initial = getattr(self.instance, f"{name}_id") or (first and first.pk)
            if field.initial:
                field.empty_label = None
        choices["disposition_set"].empty_label = choices["disposition_set"].empty_label and _("The usual ones")
        if not is_new:
            choices["lists"].initial = list(self.instance.campaign_lists.values_list("lead_list_id", flat=True))

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Campaign.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another campaign already has this name."))
        return name

    def clean_voicemail_text(self) -> str:
        text = "\n".join(map(one_line, str(self.cleaned_data["voicemail_text"]).splitlines())).strip()
        if len(text) > VOICEMAIL_LENGTH:
            raise forms.ValidationError(_("Shorten it to %(n)s characters.") % {"n": VOICEMAIL_LENGTH})
        return text

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        call_from, call_until = values.get("call_from"), values.get("call_until")
        if call_from and call_until and call_from >= call_until:
            self.add_error("call_until", _("The day must end after it begins."))
        starts_at, ends_at = values.get("starts_at"), values.get("ends_at")
        if starts_at and ends_at and starts_at >= ends_at:
            self.add_error("ends_at", _("The campaign must end after it starts."))
        return values

    def retry_rows(self) -> Iterator[tuple[str | Promise, BoundField, BoundField]]:
        """Each outcome with its two fields: how many times, and after how many minutes."""
        for outcome, label in OUTCOMES.items():
            yield label, self[f"{outcome}_times"], self[f"{outcome}_minutes"]

    def campaign_values(self) -> dict[str, Any]:
        """The model's values of a valid form, with the retry plan."""
        values = {name: self.cleaned_data[name] for name in (*self.Meta.fields, *RELATED)}
        plan = {
            outcome: {
                "minutes": self.cleaned_data[f"{outcome}_minutes"],
                "times": self.cleaned_data[f"{outcome}_times"],
            }
            for outcome in OUTCOMES
        }
        return values | {"retry_plan": {outcome: step for outcome, step in plan.items() if step["times"]}}


class CampaignFilter(forms.Form):
    """What the campaign list shows."""

    q = forms.CharField(label=_("Name"), required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All but archived")), *Campaign.State.choices]
    )
