"""Which campaigns use a list or a script: for pages of apps below this one, which cannot ask for it themselves."""

from collections.abc import Iterable

from django import template

from apps.campaigns.models import Campaign, CampaignList
from apps.leads.models import LeadList
from apps.scripts.models import Script

register = template.Library()


@register.simple_tag
def campaigns_by_script(scripts: Iterable[Script]) -> dict[int, list[Campaign]]:
    """The campaigns, other than archived ones, that use a version of each script; one query for all."""
    campaigns = (
        Campaign.objects.filter(script_version__script__in=[script.id for script in scripts])
        .exclude(state=Campaign.State.ARCHIVED)
        .select_related("script_version")
        .order_by("name", "id")
    )
    found: dict[int, list[Campaign]] = {}
    for campaign in campaigns:
        if campaign.script_version:
            found.setdefault(campaign.script_version.script_id, []).append(campaign)
    return found


@register.simple_tag
def campaigns_by_list(lead_lists: Iterable[LeadList]) -> dict[int, list[Campaign]]:
    """The campaigns, other than archived ones, that call each list; one query for all."""
    links = (
        CampaignList.objects.filter(lead_list__in=[lead_list.id for lead_list in lead_lists])
        .exclude(campaign__state=Campaign.State.ARCHIVED)
        .select_related("campaign")
        .order_by("campaign__name", "id")
    )
    found: dict[int, list[Campaign]] = {}
    for link in links:
        found.setdefault(link.lead_list_id, []).append(link.campaign)
    return found


@register.filter
def used_by(found: dict[int, list[Campaign]], key: int) -> list[Campaign]:
    """The campaigns found for one script or list."""
    return found.get(key, [])


@register.simple_tag
def campaigns_by_id(ids: Iterable[int | None]) -> dict[int, Campaign]:
    """The campaigns with these ids; one query for all."""
    return Campaign.objects.in_bulk([campaign_id for campaign_id in ids if campaign_id is not None])


@register.simple_tag
def all_campaigns() -> list[Campaign]:
    """Every campaign but archived ones, by name."""
    return list(Campaign.objects.exclude(state=Campaign.State.ARCHIVED).order_by("name", "id"))


@register.filter
def found_in(found: dict[int, Campaign], key: int | None) -> Campaign | None:
    """One of the campaigns found by id."""
    return found.get(key) if key is not None else None


@register.simple_tag
def lists_by_campaign() -> list[tuple[Campaign, str]]:
    """Every campaign but archived ones with the ids of its lists, joined by commas; two queries."""
    campaigns = (
        Campaign.objects.exclude(state=Campaign.State.ARCHIVED)
        .prefetch_related("campaign_lists")
        .order_by("name", "id")
    )
    return [
        (campaign, ",".join(str(link.lead_list_id) for link in campaign.campaign_lists.all())) for campaign in campaigns
    ]
