"""Changes that a person makes to one lead."""

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import InvalidError
from apps.core.jobs import enqueue
from apps.leads.domain.rows import LeadRow
from apps.leads.models import Lead
from apps.leads.services.places import resolve_places

EDITABLE: Final = (
    "first_name",
    "last_name",
    "company",
    "email",
    "region",
    "state",
    "postal_code",
    "confirmed_zone",
    "line_type",
    "subject_type",
    "external_id",
    "language",
    "rank",
)


def change_lead(*, lead_id: int, row: LeadRow, changed_by: User | None, at: datetime) -> Lead:
    """Give a lead the values of `row` (but not its number, source or custom fields), and find its place anew.

    The campaigns' queues follow it there; until they have, the gate judges it by its new place all the same.
    Raises Lead.DoesNotExist.
    """
    lead = Lead.objects.select_for_update(of=("self",)).select_related("place").get(id=lead_id)
    changed = [name for name in EDITABLE if getattr(lead, name) != getattr(row, name)]
    if not changed:
        return lead
    for name in changed:
        setattr(lead, name, getattr(row, name))
    old_place_id, lead.place_id = lead.place_id, resolve_places([row])[0]
    lead.save(update_fields=[*changed, "place"])
    record(Action.LEAD_CHANGED, at=at, target=f"lead:{lead_id}", actor=changed_by, data={"fields": changed})
    if lead.place_id != old_place_id:
        enqueue("campaigns.move_leads", tenant_id=lead.tenant_id, lead_ids=[lead_id])
    return Lead.objects.select_related("place").get(id=lead_id)


def give_email(*, lead: Lead, email: str, changed_by: User | None, at: datetime) -> None:
    """Keep the address of a lead that had none; the caller holds its row. Raises InvalidError."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidError("This is not an e-mail address.", field="address") from error
    lead.email = email
    lead.save(update_fields=["email"])
    data = {"fields": ["email"], "email": email}
    record(Action.LEAD_CHANGED, at=at, target=f"lead:{lead.id}", actor=changed_by, data=data)
