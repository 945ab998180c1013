"""Making, renewing and revoking the keys of lead sources. The key itself is returned once and never stored."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from apps.accounts.models import User
from apps.api.domain.keys import RANDOM_BYTES, PresentedKey, format_key, read_key
from apps.api.models import ApiKey, Scope
from apps.api.services.idempotency import forget_old_answers
from apps.audit.actions import Action
from apps.audit.services import record
from apps.campaigns.models import Campaign
from apps.core.errors import ConflictError, InvalidError
from apps.leads.models import DedupeScope, LeadList
from apps.tenants.scope import get_tenant_id

_USE_SHOWN_EVERY: Final = timedelta(minutes=1)


class SourceTakenError(InvalidError):
    """The tenant has a source of this name already."""

    code = "source_taken"


class KeyRevokedError(ConflictError):
    """The key has been revoked before."""

    code = "key_revoked"


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a source may do: where its leads go, what it may call, how fast, and who may look at it."""

    source: str
    lead_list: LeadList
    campaign: Campaign | None = None
    scopes: tuple[Scope, ...] = (Scope.LEADS_WRITE, Scope.LEADS_READ)
    dedupe_scope: DedupeScope = DedupeScope.LIST
    per_minute: int = 600
    vendor: User | None = None

    def columns(self) -> dict[str, Any]:
        """The terms as fields of ApiKey."""
        return {
            "source": self.source,
            "lead_list": self.lead_list,
            "campaign": self.campaign,
            "scopes": list(self.scopes),
            "dedupe_scope": self.dedupe_scope,
            "per_minute": self.per_minute,
            "vendor": self.vendor,
        }

    def audited(self) -> dict[str, Any]:
        """The terms as JSON values for the audit."""
        return {
            "source": self.source,
            "list": self.lead_list.id,
            "campaign": self.campaign.id if self.campaign else None,
            "scopes": list(self.scopes),
            "dedupe_scope": self.dedupe_scope,
            "per_minute": self.per_minute,
            "vendor": self.vendor.id if self.vendor else None,
        }


def create_key(*, terms: KeyTerms, created_by: User | None, at: datetime) -> tuple[ApiKey, str]:
    """Make the key of a new source; returns it with the secret text, which cannot be had again.

    `created_by` is None for the demo's keys. Raises SourceTakenError.
    """
    _refuse_taken(terms.source)
    text, presented = _new_secret()
    api_key = ApiKey.objects.create(
        tenant_id=get_tenant_id(),
        prefix=presented.prefix,
        key_hash=presented.key_hash,
        created_at=at,
        **terms.columns(),
    )
    record(Action.API_KEY_CREATED, at=at, target=f"api_key:{api_key.id}", actor=created_by, data=terms.audited())
    return api_key, text


def change_key(*, api_key: ApiKey, terms: KeyTerms, changed_by: User, at: datetime) -> None:
    """Give a source other terms; its key stays. Raises SourceTakenError."""
    _refuse_taken(terms.source, except_id=api_key.id)
    for name, value in terms.columns().items():
        setattr(api_key, name, value)
    api_key.save(update_fields=list(terms.columns()))
    record(Action.API_KEY_CHANGED, at=at, target=f"api_key:{api_key.id}", actor=changed_by, data=terms.audited())


def renew_key(*, api_key: ApiKey, renewed_by: User, at: datetime) -> str:
    """Give a source a new key and return its text; the old one stops at once. A revoked source works again."""
    text, presented = _new_secret()
    api_key.prefix, api_key.key_hash, api_key.revoked_at = presented.prefix, presented.key_hash, None
    api_key.save(update_fields=["prefix", "key_hash", "revoked_at"])
    data = {"source": api_key.source, "renewed": True}
    record(Action.API_KEY_CHANGED, at=at, target=f"api_key:{api_key.id}", actor=renewed_by, data=data)
    return text


def revoke_key(*, api_key: ApiKey, revoked_by: User, at: datetime) -> None:
    """Stop a key for good, from commit on. Raises KeyRevokedError."""
    if not ApiKey.objects.filter(id=api_key.id, revoked_at=None).update(revoked_at=at):
        raise KeyRevokedError("This key was revoked before.")
    data = {"source": api_key.source}
    record(Action.API_KEY_REVOKED, at=at, target=f"api_key:{api_key.id}", actor=revoked_by, data=data)


def is_use_due(api_key: ApiKey, *, at: datetime) -> bool:
    """Whether the shown instant of last use is older than a minute."""
    return api_key.last_used_at is None or at - api_key.last_used_at >= _USE_SHOWN_EVERY


def note_use(*, api_key: ApiKey, at: datetime) -> None:
    """Keep when a key was last used; the one request that does so also clears out the key's old answers."""
    stale = Q(last_used_at=None) | Q(last_used_at__lte=at - _USE_SHOWN_EVERY)
    if ApiKey.objects.filter(stale, id=api_key.id).update(last_used_at=at):
        forget_old_answers(api_key=api_key, at=at)


def _new_secret() -> tuple[str, PresentedKey]:
    text = format_key(tenant_id=get_tenant_id(), random=secrets.token_bytes(RANDOM_BYTES))
    presented = read_key(text)
    if presented is None:
        raise RuntimeError("A key was made that cannot be read back.")
    return text, presented


def _refuse_taken(source: str, *, except_id: int = 0) -> None:
    if ApiKey.objects.filter(source=source).exclude(id=except_id).exists():
        raise SourceTakenError("There is a source of this name already; renew its key instead.", field="source")
