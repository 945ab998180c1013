"""Reading the audit ledger."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from apps.accounts.models import Membership, User
from apps.audit.models import AuditEntry, PersonalValue

ERASED = "(erased)"
NOTHING = "\N{EN DASH}"


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


def entry_lines(entry: AuditEntry) -> list[tuple[str, str]]:
    """The entry's details to read: pairs of name and text, changes as `old → new`."""
    details = entry_details(entry)
    before, after = details.pop("before", None), details.pop("after", None)
    lines = [(name, _text(value)) for name, value in details.items()]
    if isinstance(before, dict) and isinstance(after, dict):
        return lines + [(name, f"{_text(before[name])} → {_text(after.get(name))}") for name in before]
    return lines if before is None else [*lines, ("change", f"{_text(before)} → {_text(after)}")]


def _text(value: object) -> str:
    if isinstance(value, dict):
        if value.keys() == {"before", "after"}:
            return f"{_text(value['before'])} → {_text(value['after'])}"
        return ", ".join(f"{name}: {_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_text(inner) for inner in value) or NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value in (None, "") else str(value)


def list_actors() -> QuerySet[User]:
    """The people who appear in the ledger of the tenant in scope, by name.

    Only its members act in a tenant, also those who have left since, so each of these is looked up; to go through the
    ledger would cost with its length.
    """
    has_acted = Exists(AuditEntry.objects.filter(actor_id=OuterRef("user_id")))
    actor_ids = Membership.objects.filter(has_acted).values("user_id")
    return User.objects.filter(id__in=actor_ids).order_by("name", "email", "id")
