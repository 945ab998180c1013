"""The checklist of a carrier account: each line is tested on demand, and nothing is dialled."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from django.conf import settings

from apps.core import clock
from apps.telephony.access import is_token_sound
from apps.telephony.addresses import hook_url
from apps.telephony.administration import administration_of
from apps.telephony.carrier import Administration
from apps.telephony.errors import Blame, CarrierError
from apps.telephony.models import CallerId, CarrierCheck, ProviderAccount
from apps.telephony.services.numbering import comes_in_nowhere, inbound_url
from apps.telephony.services.trial_event import Heard, expect_event, heard_of
from apps.telephony.wording import explain
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

Kind, State = CarrierCheck.Kind, CarrierCheck.State

# Real seconds that a test event may take; the carrier gives our answer five.
EVENT_SECONDS: Final = 20.0
# Real seconds by which clocks may differ; signed tokens begin to fail not far above.
SKEW_SECONDS: Final = 30.0
# Seconds in the carrier's queue that a call at the right rate does not see.
QUEUE_SECONDS: Final = 1.0
# Numbers asked about one by one.
MOST_NUMBERS: Final = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """What a line came to: its state, the code of its sentence in telephony.wording, and values for that."""

    state: CarrierCheck.State
    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a line looks at. `last` is its own last result."""

    account: ProviderAccount
    carrier: Administration
    last: CarrierCheck | None
    at: datetime

    def scope(self) -> AbstractContextManager[None]:
        """For what a line reads of ours."""
        return tenant_scope(self.account.tenant_id)


def check_line(*, account: ProviderAccount, kind: CarrierCheck.Kind, at: datetime) -> CarrierCheck:
    """Test one line of the account's checklist and keep the result; a line that still waits is looked at again.

    What the carrier refuses is a result, not an error. Opens its own short scopes, as its lines do: no transaction waits
    for the carrier.
    """
    with tenant_scope(account.tenant_id):
        last = CarrierCheck.objects.filter(account=account, kind=kind).first()
    subject = Subject(account, administration_of(account.sid, account.auth_token), last, at)
    try:
        finding = _LINES[kind](subject)
    except CarrierError as error:
        finding = Finding(State.FAILED, "carrier_says", {"said": explain(error)})
    is_still_waiting = finding.state == State.RUNNING and last is not None and finding.values == last.values
    with tenant_scope(account.tenant_id):
        row, _ = CarrierCheck.objects.update_or_create(
            account=account,
            kind=kind,
            defaults={
                "state": finding.state,
                "finding": finding.code,
                "values": finding.values,
                "checked_at": last.checked_at if is_still_waiting and last else at,
            },
        )
    return row


def _credentials(subject: Subject) -> Finding:
    return Finding(State.PASSED, "credentials_good", {"name": subject.carrier.get_account().name})


def _account(subject: Subject) -> Finding:
    view = subject.carrier.get_account()
    if not view.is_active:
        return Finding(State.FAILED, "account_inactive")
    if view.is_trial:
        return Finding(State.FAILED, "account_trial")
    if not subject.account.is_active:
        return Finding(State.FAILED, "account_suspended_here", {"trouble": subject.account.trouble})
    return Finding(State.PASSED, "account_good")


def _clock(subject: Subject) -> Finding:
    answered_at = subject.carrier.get_account().answered_at
    if answered_at is None:
        return Finding(State.WARNED, "clock_unknown")
    seconds = round(abs((answered_at - subject.at).total_seconds()) / clock.speed())
    state, code = (State.PASSED, "clock_good") if seconds <= SKEW_SECONDS else (State.FAILED, "clock_off")
    return Finding(state, code, {"seconds": seconds})


def _key(subject: Subject) -> Finding:
    account = subject.account
    if not account.api_key_sid:
        return Finding(State.FAILED, "key_missing")
    try:
        subject.carrier.try_key(account.api_key_sid, account.api_key_secret)
    except CarrierError as error:
        if error.blame == Blame.NETWORK:
            raise
        return Finding(State.FAILED, "key_refused", {"said": error.message})
    try:
        is_sound = is_token_sound(account, identity=f"t{account.tenant_id}_check", seconds=60)
    except jwt.PyJWTError:
        is_sound = False
    return Finding(State.PASSED, "key_good") if is_sound else Finding(State.FAILED, "key_unsound")


def _address(_subject: Subject) -> Finding:
    base: str = settings.PUBLIC_BASE_URL
    values = {"address": base}
    if settings.CARRIER == "simulator":
        return Finding(State.PASSED, "address_simulated", values)
    parts = urlsplit(base)
    if parts.scheme != "https":
        return Finding(State.FAILED, "address_not_https", values)
    host = parts.hostname or ""
    if _is_local(host):
        return Finding(State.FAILED, "address_local", values)
    if "_" in host:
        return Finding(State.FAILED, "address_underscore", values)
    return Finding(State.PASSED, "address_good", values)


def _is_local(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host


def _callback(subject: Subject) -> Finding:
    last = subject.last
    if last is None or last.state != State.RUNNING or last.checked_at + 3 * _patience() < subject.at:
        return _send_event(subject)
    with subject.scope():
        heard = heard_of(last.values.get("token", ""))
    if heard == Heard.NOTHING and subject.at < last.checked_at + _patience():
        return Finding(State.RUNNING, "callback_waits", last.values)
    subject.carrier.stop_events()
    if heard == Heard.NOTHING:
        return Finding(State.FAILED, "callback_missing", {"address": settings.PUBLIC_BASE_URL})
    return Finding(State.PASSED, "callback_good", {"is_signed": heard == Heard.SIGNED})


def _send_event(subject: Subject) -> Finding:
    with subject.scope():
        token = expect_event()
    # What an interrupted test left there would be sent to for ever.
    subject.carrier.stop_events()
    subject.carrier.send_event(hook_url(subject.account.tenant_id, "event", c=token))
    return Finding(State.RUNNING, "callback_waits", {"token": token})


def _patience() -> timedelta:
    return clock.real_seconds(EVENT_SECONDS)


def _signature(subject: Subject) -> Finding:
    with subject.scope():
        callback = CarrierCheck.objects.filter(account=subject.account, kind=Kind.CALLBACK, state=State.PASSED).first()
    if callback is None:
        return Finding(State.FAILED, "signature_untested")
    if not callback.values.get("is_signed"):
        return Finding(State.FAILED, "signature_wrong")
    return Finding(State.PASSED, "signature_good")


def _phones_in_use(subject: Subject) -> list[str]:
    with subject.scope():
        shown = CallerId.objects.filter(account=subject.account, is_active=True).order_by("phone", "id")
        return list(shown.values_list("phone", flat=True)[:MOST_NUMBERS])


def _numbers(subject: Subject) -> Finding:
    phones = _phones_in_use(subject)
    if not phones:
        return Finding(State.FAILED, "numbers_none")
    strange = [phone for phone in phones if not subject.carrier.may_show(phone)]
    if strange:
        return Finding(State.FAILED, "numbers_strange", {"numbers": ", ".join(strange)})
    return Finding(State.PASSED, "numbers_good", {"count": len(phones)})


def _inbound(subject: Subject) -> Finding:
    phones, tenant_id = _phones_in_use(subject), subject.account.tenant_id
    if not phones:
        return Finding(State.FAILED, "numbers_none")
    own = {phone: subject.carrier.find_own_number(phone) for phone in phones}
    nowhere = [phone for phone, number in own.items() if number and comes_in_nowhere(number, tenant_id=tenant_id)]
    if nowhere:
        return Finding(State.FAILED, "inbound_nowhere", {"numbers": ", ".join(nowhere)})
    ours = inbound_url(tenant_id)
    elsewhere = [phone for phone, number in own.items() if number is None or number.calls_go_to != ours]
    if elsewhere:
        return Finding(State.WARNED, "inbound_elsewhere", {"numbers": ", ".join(elsewhere)})
    return Finding(State.PASSED, "inbound_good", {"count": len(phones)})


def _countries(subject: Subject) -> Finding:
    with subject.scope():
        countries = Tenant.objects.get(id=subject.account.tenant_id).countries
    if not countries:
        return Finding(State.FAILED, "countries_none")
    closed = [country for country in countries if not subject.carrier.may_dial(country)]
    values = {"countries": ", ".join(closed or countries)}
    if closed:
        return Finding(State.FAILED, "countries_closed", values)
    return Finding(State.PASSED, "countries_good", values)


def _rate(subject: Subject) -> Finding:
    wait = subject.carrier.longest_wait()
    values = {"cps": f"{subject.account.cps:g}"}
    if wait is None:
        return Finding(State.WARNED, "rate_untested", values)
    if wait > QUEUE_SECONDS:
        return Finding(State.FAILED, "rate_queued", values | {"seconds": round(wait)})
    return Finding(State.PASSED, "rate_good", values)


_LINES: dict[CarrierCheck.Kind, Callable[[Subject], Finding]] = {
    Kind.CREDENTIALS: _credentials,
    Kind.ACCOUNT: _account,
    Kind.CLOCK: _clock,
    Kind.KEY: _key,
    Kind.ADDRESS: _address,
    Kind.CALLBACK: _callback,
    Kind.SIGNATURE: _signature,
    Kind.NUMBERS: _numbers,
    Kind.INBOUND: _inbound,
    Kind.COUNTRIES: _countries,
    Kind.RATE: _rate,
}
