"""What the services that record facts about phone numbers share."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import InvalidError

# Who did it: a person, or the name of what acted when it was none (a lead source, a carrier callback).
Actor = User | str

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class NotE164Error(InvalidError):
    """A phone number is not in E.164 form."""

    code = "phone_not_e164"


def require_e164(phones: Iterable[str]) -> list[str]:
    """The distinct `phones`, sorted so that concurrent writers cannot deadlock. Raises NotE164Error."""
    distinct = sorted(set(phones))
    wrong = next((phone for phone in distinct if not _E164.fullmatch(phone)), None)
    if wrong is not None:
        raise NotE164Error(f"{wrong!r} is not an E.164 number such as +12125550100.", field="phone")
    return distinct


def log_change(action: Action, *, by: Actor, at: datetime, target: str, data: dict[str, Any]) -> None:
    """Write the audit entry of a change made by a person or by a named part of the platform."""
    person = by if isinstance(by, User) else None
    record(action, at=at, target=target, actor=person, actor_label="" if person else str(by), data=data)
