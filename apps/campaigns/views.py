"""Pages that make and change campaigns; their live page is in reports."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.campaigns.forms import VOICEMAIL_LENGTH, CampaignFilter, CampaignForm
from apps.campaigns.models import Campaign, DispositionSet
from apps.campaigns.selectors import get_campaign, list_campaigns
from apps.campaigns.services.life import change_state, create_campaign, create_disposition_set, update_campaign
from apps.core import clock
from apps.core.errors import ConflictError
from apps.telephony.domain.languages import Language, choose_language
from apps.telephony.twiml.samples import list_samples
from apps.tenants.models import Tenant

PAGE_SIZE = 50
CHANGES = {
    "start": Campaign.State.RUNNING,
    "schedule": Campaign.State.SCHEDULED,
    "unschedule": Campaign.State.DRAFT,
    "pause": Campaign.State.PAUSED,
    "resume": Campaign.State.RUNNING,
    "complete": Campaign.State.COMPLETED,
    "archive": Campaign.State.ARCHIVED,
}


@requires(Permission.VIEW_CAMPAIGNS)
def campaign_list(request: TenantRequest, slug: str) -> HttpResponse:
    """All campaigns with their running totals."""
    form = CampaignFilter(request.GET)
    form.is_valid()
    wanted, state = form.cleaned_data.get("q", ""), form.cleaned_data.get("state", "")
    shown = Q(state=state) if state else ~Q(state=Campaign.State.ARCHIVED)
    campaigns = list_campaigns().filter(shown, name__icontains=wanted)
    page = Paginator(campaigns, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "campaigns/campaign_list.html", {"page": page, "filter": form})


@requires(Permission.MANAGE_CAMPAIGNS)
def campaign_create(request: TenantRequest, slug: str) -> HttpResponse:
    """The guided form; its first button also starts the campaign."""
    form = CampaignForm(request.POST or None, initial=_defaults(request))
    if request.method == "POST" and form.is_valid():
        values = form.campaign_values()
        values["disposition_set"] = values["disposition_set"] or _standard_dispositions()
        campaign = create_campaign(lists=form.cleaned_data["lists"], actor=request.user, at=clock.now(), **values)
        if "start" in request.POST:
            _change(request, campaign, "schedule" if _starts_later(campaign) else "start")
        else:
            messages.success(request, _("“%(name)s” is saved as a draft.") % {"name": campaign.name})
        return redirect("reports:campaign", slug, campaign.id)
    return _form_page(request, slug, form)


@requires(Permission.MANAGE_CAMPAIGNS)
def campaign_edit(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """The same form for a campaign there is; changes hold from the next dial on."""
    form = CampaignForm(request.POST or None, instance=_campaign_or_404(campaign_id))
    if request.method == "POST" and form.is_valid():
        try:
            update_campaign(
                campaign=_campaign_or_404(campaign_id),
                lists=form.cleaned_data["lists"],
                actor=request.user,
                at=clock.now(),
                **form.campaign_values(),
            )
        except ConflictError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Changes are saved and hold from the next dial on."))
        return redirect("reports:campaign", slug, campaign_id)
    return _form_page(request, slug, form)


@requires(Permission.MANAGE_CAMPAIGNS)
def announcements(request: TenantRequest, slug: str) -> HttpResponse:
    """What people would hear with the language and message that the form holds at the moment."""
    chosen = choose_language(lead="", campaign=request.GET.get("language", ""))
    message = request.GET.get("voicemail_text", "")[:VOICEMAIL_LENGTH].strip()
    return render(request, "campaigns/_announcements.html", _announcements(request.tenant, chosen, message))


def _announcements(tenant: Tenant, language: Language, message: str) -> dict[str, object]:
    samples = list_samples(language=language, seller=tenant.seller, phone=tenant.seller_phone, message=message)
    return {"samples": samples, "spoken": get_language_info(language)}


@require_POST
@requires(Permission.MANAGE_CAMPAIGNS)
def campaign_change(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """Start, pause, resume, complete or archive."""
    if request.POST.get("change") not in CHANGES:
        raise Http404
    _change(request, _campaign_or_404(campaign_id), request.POST["change"])
    return redirect("reports:campaign", slug, campaign_id)


def _campaign_or_404(campaign_id: int) -> Campaign:
    try:
        return get_campaign(campaign_id)
    except Campaign.DoesNotExist as error:
        raise Http404 from error


def _change(request: TenantRequest, campaign: Campaign, change: str) -> None:
    try:
        change_state(campaign=campaign, state=CHANGES[change], at=clock.now(), actor=request.user)
    except ConflictError as error:
        messages.error(request, error.message)
    else:
        texts = {
            Campaign.State.RUNNING: _("“%(name)s” is running."),
            Campaign.State.SCHEDULED: _("“%(name)s” will start on its own."),
            Campaign.State.DRAFT: _("“%(name)s” is a draft again."),
            Campaign.State.PAUSED: _("“%(name)s” is paused: no new calls, live calls finish."),
            Campaign.State.COMPLETED: _("“%(name)s” is completed: no new calls, live calls finish."),
            Campaign.State.ARCHIVED: _("“%(name)s” is archived."),
        }
        messages.success(request, texts[CHANGES[change]] % {"name": campaign.name})


def _starts_later(campaign: Campaign) -> bool:
    return campaign.starts_at is not None and campaign.starts_at > clock.now()


def _standard_dispositions() -> DispositionSet:
    return create_disposition_set(name=_("Standard"))


def _defaults(request: TenantRequest) -> dict[str, object]:
    return {
        "purpose": request.tenant.legal_profile,
        "dial_mode": "PROGRESSIVE",
        "call_from": "09:00",
        "call_until": "20:00",
        "weekdays": [1, 2, 3, 4, 5, 6],
    }


def _form_page(request: TenantRequest, slug: str, form: CampaignForm) -> HttpResponse:
    campaign = form.instance if form.instance.pk else None
    crumbs = [(_("Campaigns"), reverse("campaigns:campaign_list", args=[slug]))]
    if campaign:
        crumbs.append((campaign.name, reverse("reports:campaign", args=[slug, campaign.id])))
    chosen = choose_language(lead="", campaign=str(form["language"].value()))
    spoken = _announcements(request.tenant, chosen, str(form["voicemail_text"].value() or "").strip())
    context = {"form": form, "campaign": campaign, "crumbs": crumbs, **spoken}
    return render(request, "campaigns/campaign_form.html", context)
