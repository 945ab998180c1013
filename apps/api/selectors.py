"""Reads for the API and the key pages. A source sees its own leads only: those it sent, in its own list."""

import base64
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, JSONField, Model, Q, QuerySet

from apps.accounts.models import User
from apps.api.domain.errors import FieldProblem, KeyRefusedError, NotFoundError, invalid
from apps.api.domain.ids import Kind, PublicIds
from apps.api.domain.keys import PresentedKey
from apps.api.models import ApiKey
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, CampaignLead
from apps.leads.models import Lead, LeadList
from apps.tenants.models import Tenant

# A key is looked up by every request: one fixed statement costs a third of what the ORM takes to write and read it.
_JOINED: Final[dict[str, type[Model]]] = {"k": ApiKey, "t": Tenant, "l": LeadList, "c": Campaign}
_FIELDS: Final = {
    alias: [field for field in model._meta.concrete_fields if not isinstance(field, JSONField)]
    for alias, model in _JOINED.items()
}
_COLUMNS: Final = ", ".join(f"{alias}.{field.column}" for alias, fields in _FIELDS.items() for field in fields)
_FIND_KEY: Final = f"""
select {_COLUMNS} from api_apikey k
join tenants_tenant t on t.id = k.tenant_id
join leads_leadlist l on l.tenant_id = k.tenant_id and l.id = k.lead_list_id
left join campaigns_campaign c on c.tenant_id = k.tenant_id and c.id = k.campaign_id
where k.tenant_id = %s and k.prefix = %s
"""  # noqa: S608 - column names of our own models


def find_key(presented: PresentedKey) -> ApiKey:
    """The key that was presented, revoked or not, with its tenant, list and campaign. Raises KeyRefusedError."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND_KEY, [presented.tenant_id, presented.prefix])
        row = cursor.fetchone()
    api_key = _read_key(row) if row else None
    is_known = api_key is not None and hmac.compare_digest(api_key.key_hash, presented.key_hash)
    if api_key is None or not is_known or not api_key.tenant.is_active:
        raise KeyRefusedError("This key is unknown. Check that it was copied whole.")
    return api_key


def _read_key(row: Sequence[Any]) -> ApiKey:
    values = iter(row)
    found: dict[str, Any] = {
        alias: model.from_db(
            "default", [field.attname for field in _FIELDS[alias]], [next(values) for _ in _FIELDS[alias]]
        )
        for alias, model in _JOINED.items()
    }
    api_key: ApiKey = found["k"]
    api_key.tenant, api_key.lead_list = found["t"], found["l"]
    if api_key.campaign_id is not None:
        api_key.campaign = found["c"]
    return api_key


def list_keys() -> QuerySet[ApiKey]:
    """The tenant's keys by source name, with their list and campaign."""
    return ApiKey.objects.select_related("lead_list", "campaign", "vendor").order_by("source", "id")


def list_keys_of_vendor(vendor: User) -> QuerySet[ApiKey]:
    """The keys that a vendor may look at."""
    return list_keys().filter(vendor=vendor)


def leads_of_source(api_key: ApiKey) -> QuerySet[Lead]:
    """The leads that a source has sent, oldest first."""
    return Lead.objects.filter(lead_list=api_key.lead_list_id, source=api_key.source).order_by("id")


def count_leads(api_key: ApiKey, *, since: datetime) -> dict[str, int]:
    """How many leads of a source are there: `total`, and `recent`, first sent since an instant."""
    recent = Count("id", filter=Q(created_at__gte=since))
    return leads_of_source(api_key).order_by().aggregate(total=Count("id"), recent=recent)


def get_lead_of_source(api_key: ApiKey, public_id: str, ids: PublicIds) -> Lead:
    """A source's own lead. Raises NotFoundError, also for a lead of somebody else."""
    lead_id = ids.read(Kind.LEAD, public_id)
    lead = leads_of_source(api_key).filter(id=lead_id).first() if lead_id is not None else None
    if lead is None:
        raise NotFoundError("There is no lead with this id among those that your key has sent.")
    return lead


def page_of_leads(
    api_key: ApiKey, ids: PublicIds, *, phone: str, cursor: str, limit: int
) -> tuple[Sequence[Lead], str]:
    """Up to `limit` leads after `cursor`, all of one number when `phone` (E.164) is given, and the next cursor.

    The cursor is the id of the last lead seen. Raises UnprocessableError for one that was not ours.
    """
    leads = leads_of_source(api_key)
    if cursor:
        last_id = ids.read(Kind.LEAD, cursor)
        if last_id is None:
            raise _unknown_cursor()
        leads = leads.filter(id__gt=last_id)
    if phone:
        leads = leads.filter(phone=phone)
    rows = list(leads[: limit + 1])
    return rows[:limit], ids.write(Kind.LEAD, rows[limit - 1].id) if len(rows) > limit else ""


def queue_rows(lead_ids: Sequence[int]) -> dict[int, list[CampaignLead]]:
    """Where leads stand in each campaign that calls them."""
    found: dict[int, list[CampaignLead]] = {lead_id: [] for lead_id in lead_ids}
    rows = CampaignLead.objects.filter(lead_id__in=lead_ids).select_related("campaign").order_by("campaign_id", "id")
    for row in rows:
        found[row.lead_id].append(row)
    return found


def page_of_attempts(lead: Lead, *, cursor: str, limit: int) -> tuple[Sequence[Attempt], str]:
    """Up to `limit` attempts to call a lead after `cursor`, oldest first, and the next cursor.

    Raises UnprocessableError for a cursor that was not ours.
    """
    attempts = Attempt.objects.filter(lead=lead).select_related("disposition").order_by("reserved_at", "id")
    if cursor:
        reserved_at, attempt_id = _read_attempt_cursor(cursor)
        attempts = attempts.filter(Q(reserved_at__gt=reserved_at) | Q(reserved_at=reserved_at, id__gt=attempt_id))
    rows = list(attempts[: limit + 1])
    if len(rows) <= limit:
        return rows, ""
    return rows[:limit], _write_attempt_cursor(rows[limit - 1])


def _write_attempt_cursor(last: Attempt) -> str:
    position = f"{last.reserved_at.astimezone(UTC).isoformat()} {last.id}"
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _read_attempt_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        position = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        reserved_at, _, attempt_id = position.partition(" ")
        return datetime.fromisoformat(reserved_at).astimezone(UTC), UUID(attempt_id)
    except (ValueError, OverflowError) as error:
        raise _unknown_cursor() from error


def _unknown_cursor() -> Exception:
    return invalid(
        FieldProblem(
            field="cursor",
            code="cursor_unknown",
            message="This cursor was not made by the server.",
            fix="Leave it out to begin, then send next_cursor of the page before, unchanged.",
        )
    )
