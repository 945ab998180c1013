"""One answer per Idempotency-Key: a repeated request gets the first answer again and does nothing."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from apps.api.domain.errors import KeyReusedError
from apps.api.models import ApiKey, IdempotentResponse

KEPT_FOR: Final = timedelta(days=7)
_CLAIM: Final = """
insert into api_idempotentresponse (tenant_id, api_key_id, key, request_hash, status, body, created_at)
values (%s, %s, %s, %s, 0, '{}', %s)
on conflict (tenant_id, api_key_id, key) do nothing
"""


def hash_request(*, method: str, path: str, body: bytes) -> str:
    """What tells two requests apart."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def claim_answer(*, api_key: ApiKey, key: str, request_hash: str, at: datetime) -> IdempotentResponse | None:
    """Claim `key` for this request, in the caller's transaction; None when it is ours to answer.

    A request with the same key that is still being answered makes this one wait for its commit: then its answer is
    returned, or, when it failed, the key is ours. Raises KeyReusedError when the key was used for another request.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [api_key.tenant_id, api_key.id, key, request_hash, at])
        if cursor.rowcount:
            return None
    first = IdempotentResponse.objects.get(api_key=api_key, key=key)
    if first.request_hash != request_hash:
        raise KeyReusedError("This Idempotency-Key was used for another request. Use a new key for each request.")
    return first


def keep_answer(*, api_key: ApiKey, key: str, status: int, body: dict[str, Any]) -> None:
    """Store the answer of a key that `claim_answer` has claimed in this transaction."""
    IdempotentResponse.objects.filter(api_key=api_key, key=key).update(status=status, body=body)


def forget_old_answers(*, api_key: ApiKey, at: datetime) -> int:
    """Delete a key's answers that are older than KEPT_FOR and return how many there were."""
    return IdempotentResponse.objects.filter(api_key=api_key, created_at__lt=at - KEPT_FOR).delete()[0]
