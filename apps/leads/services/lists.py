"""Lists of leads: make, rename, put away."""

from datetime import datetime

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import InvalidError
from apps.leads.models import LeadList


class ListNameTakenError(InvalidError):
    """Another list has this name."""

    code = "list_name_taken"


def create_list(*, name: str, description: str = "", created_by: User | None, at: datetime) -> LeadList:
    """Make an empty list. Raises ListNameTakenError, InvalidError without a name."""
    _require_free_name(name, but=None)
    lead_list = LeadList.objects.create(name=name.strip(), description=description.strip(), created_at=at)
    record(Action.LIST_CREATED, at=at, target=f"list:{lead_list.id}", actor=created_by, data={"name": lead_list.name})
    return lead_list


def change_list(*, lead_list_id: int, name: str, description: str, changed_by: User | None, at: datetime) -> None:
    """Give a list another name or description. Raises LeadList.DoesNotExist, ListNameTakenError, InvalidError."""
    lead_list = LeadList.objects.select_for_update().get(id=lead_list_id)
    _require_free_name(name, but=lead_list_id)
    before = (lead_list.name, lead_list.description)
    lead_list.name, lead_list.description = name.strip(), description.strip()
    if before == (lead_list.name, lead_list.description):
        return
    lead_list.save(update_fields=["name", "description"])
    data = {"from": before[0], "to": lead_list.name}
    record(Action.LIST_CHANGED, at=at, target=f"list:{lead_list_id}", actor=changed_by, data=data)


def archive_list(*, lead_list_id: int, archived_by: User | None, at: datetime) -> None:
    """Take a list out of the choices. Campaigns that use it go on with it until it is taken out of them."""
    if LeadList.objects.filter(id=lead_list_id, archived_at=None).update(archived_at=at):
        record(Action.LIST_ARCHIVED, at=at, target=f"list:{lead_list_id}", actor=archived_by)


def restore_list(*, lead_list_id: int, restored_by: User | None, at: datetime) -> None:
    """Bring an archived list back."""
    if LeadList.objects.filter(id=lead_list_id, archived_at__isnull=False).update(archived_at=None):
        record(Action.LIST_RESTORED, at=at, target=f"list:{lead_list_id}", actor=restored_by)


def _require_free_name(name: str, *, but: int | None) -> None:
    if not name.strip():
        raise InvalidError("Give the list a name.", field="name")
    if LeadList.objects.filter(name__iexact=name.strip()).exclude(id=but or 0).exists():
        raise ListNameTakenError(f"Another list is called “{name.strip()}”: choose another name.", field="name")
