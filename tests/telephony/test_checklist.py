"""The checklist: each line says whether it works and what to fix; nothing is dialled."""

import re
from datetime import datetime, timedelta

import pytest
from celery import current_app
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Role
from apps.audit.models import AuditEntry
from apps.telephony.addresses import REPEATED
from apps.telephony.models import CallerId, CarrierCheck, ProviderAccount
from apps.telephony.wording import _FINDINGS, finding_text
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from config.settings.clock import ClockConfig
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialling import Jobs, fault, now
from tests.pages import add_member, client_of, count_queries

PAGE = "/t/acme/numbers/account/checklist/"
OWN = "+12025550101"


@pytest.fixture
def visitor(manager: Membership, account: ProviderAccount) -> Client:
    """A manager's browser, of a tenant whose account has a key and a number."""
    client = client_of(manager)
    with tenant_scope(account.tenant_id):
        factories.CallerIdFactory.create(account=account, phone=OWN)
    return client


def check(visitor: Client, kind: str) -> CarrierCheck:
    """Test a line as the page does; its result."""
    page = visitor.post(f"{PAGE}{kind}/", headers={"HX-Request": "true"})
    assert f'id="check-{kind}"' in page.content.decode()
    return kept(kind)


def kept(kind: str) -> CarrierCheck:
    with tenant_scope(Tenant.objects.get(slug="acme").id):
        return CarrierCheck.objects.get(kind=kind)


def outcome(visitor: Client, kind: str) -> tuple[str, str]:
    result = check(visitor, kind)
    return result.state, result.finding


def change(account: ProviderAccount, **values: object) -> None:
    with tenant_scope(account.tenant_id):
        ProviderAccount.objects.update(**values)


def allow(account: ProviderAccount, countries: list[str]) -> None:
    with tenant_scope(account.tenant_id):
        Tenant.objects.filter(id=account.tenant_id).update(countries=countries)


def configure(exchange: RunningCarrier, account: ProviderAccount, **settings: object) -> None:
    exchange.sim("accounts", "POST", {"sid": account.sid, "auth_token": account.auth_token, **settings})


def deliver(exchange: RunningCarrier, *, twist: str = "") -> int:
    """Bring the carrier's event to the product; the status of the answer."""
    (event,) = exchange.customer.wait_for_prefix("/hooks/")
    signature = event.headers["X-Twilio-Signature"]
    return (
        Client()
        .post(
            event.path,
            event.body + twist,
            content_type="application/json",
            headers={"X-Twilio-Signature": signature},
        )
        .status_code
    )


@pytest.mark.usefixtures("exchange")
def test_good_account_passes_every_line_without_a_call(
    exchange: RunningCarrier, visitor: Client, account: ProviderAccount
) -> None:
    visitor.post("/t/acme/numbers/account/key/")
    visitor.post("/t/acme/numbers/account/calls/")
    results = {}
    for kind in CarrierCheck.Kind.values:
        results[kind] = check(visitor, kind).state
        if kind == "CALLBACK":
            assert deliver(exchange) == 204
            results[kind] = check(visitor, kind).state

    assert results == dict.fromkeys(CarrierCheck.Kind.values, "PASSED") | {"RATE": "WARNED"}
    assert exchange.sim("stats")["dialled"] == 0
    assert exchange.carrier.registry.sinks == {}


def test_wrong_token_fails_with_advice(exchange: RunningCarrier, visitor: Client, account: ProviderAccount) -> None:
    check(visitor, "CREDENTIALS")
    change(account, auth_token="simulated-wrong")

    page = visitor.post(f"{PAGE}CREDENTIALS/", {"all": "1"}, headers={"HX-Request": "true"}).content.decode()

    assert kept("CREDENTIALS").state == "FAILED"
    assert "Copy the account SID and the auth token once more" in page
    assert 'id="check-ACCOUNT"' not in page


def test_carrier_that_is_away_fails(visitor: Client, settings: Settings) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"  # nobody listens on the discard port

    assert outcome(visitor, "CREDENTIALS") == ("FAILED", "carrier_says")


def test_trial_and_suspended_accounts_fail(exchange: RunningCarrier, visitor: Client, account: ProviderAccount) -> None:
    change(account, is_active=False, trouble="20003: Authenticate")
    assert outcome(visitor, "ACCOUNT") == ("FAILED", "account_suspended_here")
    configure(exchange, account, is_trial=True)
    assert outcome(visitor, "ACCOUNT") == ("FAILED", "account_trial")
    exchange.carrier.registry.accounts[account.sid].status = "suspended"
    assert outcome(visitor, "ACCOUNT") == ("FAILED", "account_inactive")


def test_clock_that_is_off_fails(exchange: RunningCarrier, visitor: Client, settings: Settings, at: datetime) -> None:
    settings.CLOCK = ClockConfig(start=at + timedelta(hours=2), origin=settings.CLOCK.origin, speed=60.0)

    result = check(visitor, "CLOCK")

    assert (result.state, result.finding, 118 <= result.values["seconds"] <= 122) == ("FAILED", "clock_off", True)


def test_key_is_missing_refused_then_good(exchange: RunningCarrier, visitor: Client, account: ProviderAccount) -> None:
    assert outcome(visitor, "KEY") == ("FAILED", "key_missing")
    visitor.post("/t/acme/numbers/account/key/")
    assert outcome(visitor, "KEY") == ("PASSED", "key_good")
    (key,) = [key for key in exchange.carrier.registry.keys.values() if key.account_sid == account.sid]
    exchange.carrier.registry.delete_key(key.sid)
    assert outcome(visitor, "KEY") == ("FAILED", "key_refused")


@pytest.mark.parametrize(
    ("address", "finding"),
    [
        ("https://calls.example.com", "address_good"),
        ("http://calls.example.com", "address_not_https"),
        ("https://localhost", "address_local"),
        ("https://192.168.1.7", "address_local"),
        ("https://my_calls.example.com", "address_underscore"),
    ],
)
def test_address_must_be_public_and_encrypted(visitor: Client, settings: Settings, address: str, finding: str) -> None:
    settings.CARRIER, settings.PUBLIC_BASE_URL = "twilio", address

    assert outcome(visitor, "ADDRESS")[1] == finding


def test_event_with_a_wrong_signature_is_refused_and_told_apart(
    exchange: RunningCarrier, visitor: Client, account: ProviderAccount
) -> None:
    assert outcome(visitor, "SIGNATURE") == ("FAILED", "signature_untested")
    assert outcome(visitor, "CALLBACK") == ("RUNNING", "callback_waits")
    assert deliver(exchange, twist=" ") == 403

    assert outcome(visitor, "CALLBACK") == ("PASSED", "callback_good")
    assert outcome(visitor, "SIGNATURE") == ("FAILED", "signature_wrong")


def test_event_that_nobody_waits_for_changes_nothing(exchange: RunningCarrier, visitor: Client) -> None:
    check(visitor, "CALLBACK")
    tenant = Tenant.objects.get(slug="acme")

    answer = Client().post(f"/hooks/{tenant.id}/account/event?c={'0' * 32}&bodySHA256=0", "[]", "application/json")

    assert answer.status_code == 403
    assert outcome(visitor, "CALLBACK") == ("RUNNING", "callback_waits")


def test_event_that_never_comes_fails_after_a_while_and_leaves_nothing_behind(
    exchange: RunningCarrier, visitor: Client, at: datetime
) -> None:
    exchange.fault("lost", target="callback.event")
    started = check(visitor, "CALLBACK").checked_at
    assert check(visitor, "CALLBACK").checked_at == started
    with tenant_scope(Tenant.objects.get(slug="acme").id):
        CarrierCheck.objects.update(checked_at=started - timedelta(seconds=30 * 60))

    assert outcome(visitor, "CALLBACK") == ("FAILED", "callback_missing")
    assert exchange.carrier.registry.sinks == {}


def test_test_that_was_left_is_begun_anew(exchange: RunningCarrier, visitor: Client) -> None:
    first = check(visitor, "CALLBACK")
    with tenant_scope(Tenant.objects.get(slug="acme").id):
        CarrierCheck.objects.update(checked_at=now() - timedelta(days=1))

    second = check(visitor, "CALLBACK")

    assert (second.state, second.values != first.values) == ("RUNNING", True)
    assert len(exchange.carrier.registry.sinks) == 1


def test_numbers_that_are_not_the_accounts_are_named(
    exchange: RunningCarrier, visitor: Client, account: ProviderAccount
) -> None:
    configure(exchange, account, numbers=["+12025550109"])
    result = check(visitor, "NUMBERS")
    assert (result.state, result.values) == ("FAILED", {"numbers": OWN})
    with tenant_scope(account.tenant_id):
        CallerId.objects.update(is_active=False)
    assert outcome(visitor, "NUMBERS") == ("FAILED", "numbers_none")


def test_number_whose_calls_come_in_nowhere_is_named_and_mended(
    exchange: RunningCarrier, visitor: Client, account: ProviderAccount
) -> None:
    result = check(visitor, "INBOUND")
    assert (result.state, result.finding, result.values) == ("FAILED", "inbound_nowhere", {"numbers": OWN})
    assert "Have the calls come in here" in visitor.get(PAGE).content.decode()

    assert visitor.post("/t/acme/numbers/account/calls/").headers["Location"] == PAGE

    assert (kept("INBOUND").state, kept("INBOUND").finding) == ("PASSED", "inbound_good")
    number = exchange.carrier.registry.accounts[account.sid].implied[OWN]
    hooks = f"{exchange.customer.address}/hooks/{account.tenant_id}/voice"
    assert number.settings["VoiceUrl"] == f"{hooks}/inbound"
    assert number.settings["StatusCallback"] == f"{hooks}/inbound-over{REPEATED}"
    with tenant_scope(account.tenant_id):
        entry = AuditEntry.objects.get(action="caller_id.answered")
    assert (entry.data, entry.actor_id is not None) == ({"number": OWN}, True)


@pytest.mark.parametrize(
    ("voice_url", "state"),
    [
        ("", "FAILED"),
        ("https://demo.twilio.com/welcome/voice/", "FAILED"),
        ("https://old.example.com/hooks/{tenant}/voice/inbound", "FAILED"),
        ("https://pbx.example.com/answer", "WARNED"),
    ],
)
def test_calls_that_somebody_else_takes_are_left_to_them(
    exchange: RunningCarrier, visitor: Client, account: ProviderAccount, voice_url: str, state: str
) -> None:
    configure(exchange, account, numbers=[OWN])
    number = exchange.carrier.registry.accounts[account.sid].numbers[OWN]
    number.settings["VoiceUrl"] = before = voice_url.format(tenant=account.tenant_id)

    assert check(visitor, "INBOUND").state == state
    visitor.post("/t/acme/numbers/account/calls/")

    is_left = state == "WARNED"
    assert (number.settings["VoiceUrl"] == before, kept("INBOUND").state == "WARNED") == (is_left, is_left)


def test_outside_number_is_answered_outside(
    exchange: RunningCarrier, visitor: Client, account: ProviderAccount
) -> None:
    configure(exchange, account, numbers=["+12025550109"])

    assert outcome(visitor, "INBOUND") == ("WARNED", "inbound_elsewhere")


def test_carrier_that_is_away_takes_no_calls(visitor: Client, settings: Settings) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"  # nobody listens on the discard port

    page = visitor.post("/t/acme/numbers/account/calls/", follow=True).content.decode()
    assert "The carrier could not be reached, so nothing was done." in page


def test_added_number_is_answered_by_a_worker(
    exchange: RunningCarrier, visitor: Client, account: ProviderAccount, jobs: Jobs
) -> None:
    visitor.post("/t/acme/numbers/add/", {"phone": "+12025550177", "label": ""})

    assert jobs.named("telephony.take_calls") == [{"tenant_id": account.tenant_id}]
    current_app.tasks["telephony.take_calls"](tenant_id=account.tenant_id)
    assert sorted(exchange.carrier.registry.accounts[account.sid].implied) == [OWN, "+12025550177"]


def test_closed_countries_are_named(exchange: RunningCarrier, visitor: Client, account: ProviderAccount) -> None:
    allow(account, ["US", "TR"])
    configure(exchange, account, closed_countries=["TR"])
    assert check(visitor, "COUNTRIES").values == {"countries": "TR"}
    allow(account, [])
    assert outcome(visitor, "COUNTRIES") == ("FAILED", "countries_none")


def test_calls_from_outside_tell_nothing_of_the_rate(
    exchange: RunningCarrier, visitor: Client, account: ProviderAccount
) -> None:
    visitor.post("/t/acme/numbers/account/calls/")
    exchange.sim("callees/+12125550166/ring", "POST", {"account_sid": account.sid, "to": OWN, "keys": ""})

    assert outcome(visitor, "RATE") == ("WARNED", "rate_untested")


def test_refusal_of_the_carrier_is_a_result(exchange: RunningCarrier, visitor: Client) -> None:
    with fault(exchange, "throttled", target="permissions.fetch"):
        result = check(visitor, "COUNTRIES")

    assert result.state == "FAILED"
    assert "try again in a minute" in finding_text(result)


def test_whole_list_goes_on_line_by_line(exchange: RunningCarrier, visitor: Client) -> None:
    page = visitor.post(f"{PAGE}CREDENTIALS/", {"all": "1"}, headers={"HX-Request": "true"}).content.decode()

    after = page[page.index('id="check-ACCOUNT"') :]
    assert 'hx-trigger="load"' in after
    assert 'hx-vals=\'{"all": "1"}\'' in after
    assert re.search(r'id="check-status"[^>]*>SID and auth token: Works\.', after)
    last = visitor.post(f"{PAGE}RATE/", {"all": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="load"' not in last


def test_list_waits_where_the_event_is_on_its_way(exchange: RunningCarrier, visitor: Client) -> None:
    page = visitor.post(f"{PAGE}CALLBACK/", {"all": "1"}, headers={"HX-Request": "true"}).content.decode()

    assert 'hx-trigger="load delay:1s"' in page
    assert 'id="check-SIGNATURE"' not in page


def test_results_are_kept_with_their_time_and_work_without_script(exchange: RunningCarrier, visitor: Client) -> None:
    before = visitor.get(PAGE).content.decode()
    assert (before.count("Not tested"), before.count("Tested ")) == (11, 0)

    assert visitor.post(f"{PAGE}CREDENTIALS/").headers["Location"] == PAGE

    after = visitor.get(PAGE).content.decode()
    assert (after.count("Not tested"), after.count("Tested ")) == (10, 1)


def test_unknown_line_does_not_exist(visitor: Client) -> None:
    assert visitor.post(f"{PAGE}NONSENSE/").status_code == 404


def test_page_without_an_account_leads_to_connecting(manager: Membership) -> None:
    assert client_of(manager).get(PAGE).headers["Location"] == "/t/acme/numbers/account/"


def test_supervisor_may_not_test(acme: Tenant) -> None:
    assert client_of(add_member(acme, Role.SUPERVISOR)).post(f"{PAGE}RATE/").status_code == 403


def test_checklist_takes_as_many_queries_with_results_as_without(exchange: RunningCarrier, visitor: Client) -> None:
    without = count_queries(visitor, PAGE)
    for kind in ("CREDENTIALS", "ADDRESS", "RATE"):
        check(visitor, kind)

    assert count_queries(visitor, PAGE) == without


def test_every_finding_has_its_sentence() -> None:
    with open("apps/telephony/services/checking.py", encoding="utf-8") as source:
        codes = set(
            re.findall(
                r'"((?:credentials|account|clock|key|address|callback|signature|numbers|inbound|countries|rate)_\w+|carrier_says)"',
                source.read(),
            )
        )

    assert codes == set(_FINDINGS)
