from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership, Role, User
from apps.api.models import ApiKey, Scope
from apps.api.services.keys import KeyTerms
from apps.campaigns.models import Campaign, CampaignList
from apps.leads.models import DedupeScope, LeadList


class KeyForm(forms.Form):
    """What a lead source may do."""

    source = forms.CharField(
        label=_("Name of the source"), max_length=80, help_text=_("Reports show its leads under this name.")
    )
    lead_list = forms.ModelChoiceField(label=_("Its leads go to"), queryset=LeadList.unscoped.none())
    campaign = forms.ModelChoiceField(
        label=_("Campaign for leads to call now"),
        queryset=Campaign.unscoped.none(),
        required=False,
        help_text=_("Without one the source may not ask for a call at once, and is not told who may be called."),
    )
    dedupe_scope = forms.ChoiceField(
        label=_("A number is refused when it is already in"),
        choices=DedupeScope.choices,
        initial=DedupeScope.LIST,
        help_text=_("What it has sent itself it may send again: that updates the lead."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=Scope.values
    )
    per_minute = forms.IntegerField(
        label=_("Requests per minute"),
        min_value=1,
        max_value=60_000,
        initial=600,
        help_text=_("A batch of up to 1,000 leads is one request."),
    )
    vendor = forms.ModelChoiceField(
        label=_("Vendor who may look at it"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("A member with the role Lead vendor; sees this source's figures and nothing else."),
    )

    def __init__(self, *args: Any, api_key: ApiKey | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        if api_key is not None:
            kwargs["initial"] = {name: getattr(api_key, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        vendors = Membership.objects.filter(role=Role.VENDOR, is_active=True).values("user_id")
        self._offer("lead_list", LeadList.objects.filter(archived_at=None).order_by("name", "id"))
        self._offer("campaign", Campaign.objects.exclude(state=Campaign.State.ARCHIVED).order_by("name", "id"))
        self._offer("vendor", User.objects.filter(id__in=vendors).order_by("email", "id"))

    def _offer(self, name: str, queryset: Any) -> None:  # noqa: ANN401 - a queryset of any model
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = queryset

    def clean(self) -> dict[str, Any]:
        """A campaign must call the list that the leads go to; else they would wait there for ever."""
        values = super().clean() or {}
        lead_list, campaign = values.get("lead_list"), values.get("campaign")
        if lead_list and campaign:
            if not CampaignList.objects.filter(campaign=campaign, lead_list=lead_list).exists():
                self.add_error("campaign", _("This campaign does not call that list. Add the list to it first."))
        elif values.get("dedupe_scope") == DedupeScope.CAMPAIGN and not campaign:
            self.add_error("dedupe_scope", _("Choose a campaign, or another scope."))
        return values

    def terms(self) -> KeyTerms:
        """The values of a valid form."""
        values = self.cleaned_data
        return KeyTerms(
            source=values["source"],
            lead_list=values["lead_list"],
            campaign=values["campaign"],
            scopes=tuple(Scope(scope) for scope in values["scopes"]),
            dedupe_scope=DedupeScope(values["dedupe_scope"]),
            per_minute=values["per_minute"],
            vendor=values["vendor"],
        )
