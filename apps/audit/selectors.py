"""Reading the audit ledger."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from apps.accounts.models import User
from apps.audit.models import AuditEntry, PersonalValue

ERASED = "(erased)"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """What to show; `after` and `until` are aware instants, `until` is exclusive. Empty fields do not limit."""

    action: str = ""
    kind: str = ""
    target: str = ""
    actor_id: int | None = None
    after: datetime | None = None
    until: datetime | None = None


def list_entries(*, only: EntryFilter, before_id: int | None = None) -> QuerySet[AuditEntry]:
    """Entries of the tenant in scope, newest first; `before_id` continues below the last one seen."""
    conditions = {
        "action": only.action,
        "action__startswith": only.kind and f"{only.kind}.",
        "target": only.target,
        "actor_id": only.actor_id,
        "at__gte": only.after,
        "at__lt": only.until,
        "id__lt": before_id,
    }
    return (
        AuditEntry.objects.filter(**{name: value for name, value in conditions.items() if value})
        .select_related("actor")
        .prefetch_related(Prefetch("personal_values", queryset=PersonalValue.objects.order_by("id")))
        .order_by("-id")
    )


def entry_details(entry: AuditEntry) -> dict[str, object]:
    """The entry's data with its personal values put back, or `(erased)` in their place."""
    personal = {value.key: value.value for value in entry.personal_values.all()}
    return {
        key: personal.get(key, ERASED) if isinstance(value, dict) and value.keys() == {"sha256"} else value
        for key, value in entry.data.items()
    }


def list_actors() -> QuerySet[User]:
    """The people who appear in the ledger of the tenant in scope, by name."""
    actor_ids = AuditEntry.objects.exclude(actor=None).values("actor_id").distinct()
    return User.objects.filter(id__in=actor_ids).order_by("name", "email", "id")
