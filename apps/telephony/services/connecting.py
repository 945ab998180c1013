"""Connecting a tenant to the carrier: its account, a subaccount made for it, the key that lets browsers phone.

Each asks the carrier first and writes afterwards, in a short scope of its own: no transaction waits for the carrier.
"""

import logging
from contextlib import suppress
from datetime import datetime
from typing import Final

from django.conf import settings

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import ConflictError
from apps.telephony.administration import administration_of
from apps.telephony.carrier import NewKey
from apps.telephony.errors import AccountInUseError, CarrierError
from apps.telephony.models import ProviderAccount
from apps.telephony.services import accounts
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

KEY_NAME: Final = "Fairdial: phones of agents"
# What a new account of the carrier may place each second.
NEW_ACCOUNT_CPS: Final = 1.0


class NoMainAccountError(ConflictError):
    """The installation has no account at the carrier under which subaccounts could be opened."""

    code = "no_main_account"


class KeyChangedError(ConflictError):
    """Somebody else has made a key for the account meanwhile."""

    code = "key_changed"


def connect_account(
    *, tenant_id: int, sid: str, auth_token: str, cps: float, actor: User, at: datetime
) -> ProviderAccount:
    """Connect a tenant to its account, with a new key for its agents' phones.

    Raises CarrierError when the carrier does not make the key (nothing is saved then) and AccountInUseError.
    """
    key = administration_of(sid, auth_token).make_key(KEY_NAME)
    try:
        with tenant_scope(tenant_id):
            account = accounts.add_account(sid=sid, auth_token=auth_token, cps=cps, actor=actor, at=at)
            _keep_key(account, key, actor, at)
    except AccountInUseError:
        _give_back(sid, auth_token, key.sid)
        raise
    return account


def open_subaccount(*, tenant: Tenant, actor: User, at: datetime) -> ProviderAccount:
    """Open a subaccount for a tenant, by its name, under the installation's main account, and connect it.

    Raises NoMainAccountError and, when no subaccount was opened, CarrierError. A subaccount whose key was not made is
    connected all the same: nobody else knows its token, and the key can be made later.
    """
    if not has_main_account():
        raise NoMainAccountError("This installation has no main account at the carrier.")
    main = administration_of(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN)
    opened = main.open_account(tenant.name)
    key: NewKey | None = None
    try:
        key = administration_of(opened.sid, opened.auth_token).make_key(KEY_NAME)
    except CarrierError as error:
        logger.warning("account.key_not_made", extra={"code": error.code})
    with tenant_scope(tenant.id):
        account = accounts.add_account(
            sid=opened.sid, auth_token=opened.auth_token, cps=NEW_ACCOUNT_CPS, actor=actor, at=at
        )
        data = {"sid": opened.sid, "name": tenant.name}
        record(Action.ACCOUNT_OPENED, at=at, target=_target(account), actor=actor, data=data)
        if key is not None:
            _keep_key(account, key, actor, at)
    return account


def has_main_account() -> bool:
    """Whether subaccounts can be opened here."""
    return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN)


def make_api_key(*, account: ProviderAccount, actor: User, at: datetime) -> None:
    """Make the key that lets the account's agents phone in their browsers; an older one is deleted at the carrier.

    Raises CarrierError and KeyChangedError.
    """
    old_sid = account.api_key_sid
    key = administration_of(account.sid, account.auth_token).make_key(KEY_NAME)
    try:
        with tenant_scope(account.tenant_id):
            _keep_key(account, key, actor, at)
    except KeyChangedError:
        _give_back(account.sid, account.auth_token, key.sid)
        raise
    if old_sid:
        _give_back(account.sid, account.auth_token, old_sid)


def _keep_key(account: ProviderAccount, key: NewKey, actor: User, at: datetime) -> None:
    old_sid = account.api_key_sid
    account.api_key_sid, account.api_key_secret = key.sid, key.secret
    changed = ProviderAccount.objects.filter(id=account.id, api_key_sid=old_sid).update(
        api_key_sid=key.sid, api_key_secret=key.secret
    )
    if not changed:
        raise KeyChangedError("Somebody else has made a key for this account just now.")
    data = {"key": key.sid, "replaced": old_sid}
    record(Action.ACCOUNT_KEY_MADE, at=at, target=_target(account), actor=actor, data=data)


def _give_back(sid: str, auth_token: str, key_sid: str) -> None:
    with suppress(CarrierError):
        administration_of(sid, auth_token).delete_key(key_sid)


def _target(account: ProviderAccount) -> str:
    return f"carrier_account:{account.id}"
