"""The people to whom agents may transfer calls: a list that managers keep, so that nobody dials a number of their own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.domain.phone_faults import PhoneReason
from apps.core.domain.phones import normalise_phone
from apps.core.errors import InvalidError
from apps.telephony.models import TransferTarget


class TargetNotUsableError(InvalidError):
    """The target has been taken off the list, or its number may not be dialled any more."""

    code = "target_not_usable"


def read_target_phone(raw: str, *, countries: Sequence[str]) -> str:
    """E.164 of a number to which calls may be transferred: an ordinary or toll-free one in one of the `countries`.

    Raises InvalidError for anything else: emergency and service codes, premium rates, other countries, extensions.
    """
    result = normalise_phone(raw, next(iter(countries), "US"))
    if not result.is_valid or result.reason not in {None, PhoneReason.TOLL_FREE}:
        raise InvalidError(result.message or "This is not a phone number.", field="phone")
    if result.extension:
        raise InvalidError("Leave the extension out: only whole numbers can be dialled.", field="phone")
    if result.region not in countries:
        raise InvalidError("The number is not in a country that you call; see the settings.", field="phone")
    return result.e164


def get_usable_target(target_id: int, *, countries: Sequence[str]) -> TransferTarget:
    """A target that may be dialled now. Raises TargetNotUsableError."""
    target = TransferTarget.objects.filter(id=target_id, is_active=True).first()
    if target is None:
        raise TargetNotUsableError("This target is not on the list any more.", field="target")
    try:
        read_target_phone(target.phone, countries=countries)
    except InvalidError as error:
        raise TargetNotUsableError(error.message, field="target") from error
    return target


def add_target(
    *, name: str, phone: str, purpose: str, countries: Sequence[str], actor: User, at: datetime
) -> TransferTarget:
    """Put somebody on the list. Raises InvalidError for a number that may not be dialled or is on it already."""
    e164 = read_target_phone(phone, countries=countries)
    try:
        with transaction.atomic():
            target = TransferTarget.objects.create(name=name, phone=e164, purpose=purpose)
    except IntegrityError as error:
        raise InvalidError("This number is on the list already.", field="phone") from error
    _record(Action.TRANSFER_TARGET_ADDED, target, actor, at)
    return target


def change_target(*, target: TransferTarget, name: str, purpose: str, actor: User, at: datetime) -> None:
    """Call a target something else; for another number there is another target."""
    target.name, target.purpose = name, purpose
    target.save(update_fields=["name", "purpose"])
    _record(Action.TRANSFER_TARGET_CHANGED, target, actor, at)


def remove_target(*, target: TransferTarget, actor: User, at: datetime) -> None:
    """Take a target off the list; calls that were transferred to it go on."""
    if TransferTarget.objects.filter(id=target.id, is_active=True).update(is_active=False):
        _record(Action.TRANSFER_TARGET_REMOVED, target, actor, at)


def _record(action: Action, target: TransferTarget, actor: User, at: datetime) -> None:
    data = {"name": target.name, "number": target.phone, "purpose": target.purpose}
    record(action, at=at, target=f"transfer_target:{target.id}", actor=actor, data=data)
