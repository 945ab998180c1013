"""Who rings one of the tenant's numbers: what they hear, and what a key does."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse

from apps.accounts.models import Role
from apps.audit.models import AuditEntry
from apps.calls.enums import AttemptState, KeypadChoice, Outcome
from apps.calls.models import Attempt, Callback, InboundCall, QuotaCell
from apps.calls.services.disposing import dispose_attempt
from apps.campaigns.models import Campaign, DialMode, QueueState
from apps.campaigns.services import queue
from apps.compliance.models import Consent, DncEntry, Evidence
from apps.compliance.services.consents import ConsentFact, record_consent
from apps.compliance.services.suppression import add_dnc_entry
from apps.leads.models import Lead
from apps.telephony.domain.languages import Language
from apps.telephony.models import CallerId
from apps.telephony.twiml.speech import SPEECHES
from apps.tenants.models import Tenant
from tests import factories
from tests.dialer.callbacks import answered, attempt, campaign, post, reread, standing_clock
from tests.dialling import make_dialling
from tests.pages import member_client

__all__ = ["attempt", "campaign", "standing_clock"]

pytestmark = pytest.mark.usefixtures("standing_clock")
SECOND = "CA" + "3" * 32


@pytest.fixture
def missed(attempt: Attempt, at: datetime) -> Attempt:
    """A call that nobody took, an hour ago; its campaign dials."""
    make_dialling(attempt.campaign)
    Attempt.objects.filter(id=attempt.id).update(
        state=AttemptState.ENDED, outcome=Outcome.NO_ANSWER, placing_at=at - timedelta(hours=1), settled_at=at
    )
    return reread(attempt)


def send(attempt: Attempt, hook: str, **fields: str) -> HttpResponse:
    call: Mapping[str, str] = {"CallSid": "CA" + "2" * 32, "From": attempt.phone, "To": attempt.caller_id.phone}
    return post(attempt, hook, {**call, **fields}, query="")


def ring(attempt: Attempt, **fields: str) -> str:
    return answered(send(attempt, "inbound", **fields))


def press(attempt: Attempt, digits: str, **fields: str) -> str:
    return answered(send(attempt, "inbound-choice", Digits=digits, **fields))


def words(document: str) -> list[str]:
    return re.findall("<Say.*?>(.*?)</Say>", document)


def told(attempt: Attempt, page: str) -> str:
    """What a manager reads of it."""
    return member_client(attempt.tenant, Role.MANAGER).get(f"/t/acme/{page}").content.decode()


# --- what they hear


def test_who_rings_back_hears_who_called_and_what_can_be_done(missed: Attempt) -> None:
    first, second = ring(missed), ring(missed)

    assert first == second
    assert words(first) == [
        "You have reached Acme Windows. We called you. Thank you for calling back. Nobody answers calls to this number. "
        "You can reach us at 1 2 1 2 5 5 5 0 1 0 0. Press one if we may call you back. "
        "Press nine if you do not want us to call you again.",
        "Goodbye.",
    ]
    assert f"/hooks/{missed.tenant_id}/voice/inbound-choice" in first
    call = InboundCall.objects.get()
    assert (call.attempt_id, call.phone, call.caller_id) == (missed.id, missed.phone, missed.caller_id)


@pytest.mark.parametrize("language", Language)
def test_who_rings_back_hears_their_language(missed: Attempt, language: Language) -> None:
    Lead.objects.filter(id=missed.lead_id).update(language=language.value)
    speech = SPEECHES[language]

    greeting = ring(missed)
    assert re.findall('<Say language="(.*?)" voice="(.*?)">', greeting) == [(speech.say_language, speech.voice)] * 2
    assert (speech.we_called in greeting, speech.nobody_here in greeting) == (True, True)
    assert speech.sentences("called_back", when=speech.soon) in press(missed, "1")
    assert speech.press_nine in ring(missed, CallSid=SECOND)
    assert speech.opted_out in press(missed, "9", CallSid=SECOND)


@pytest.mark.parametrize(
    ("own", "of_campaign", "heard"), [("", "es", Language.ES), ("ja", "ru", Language.RU), ("", "en", Language.EN)]
)
def test_who_has_no_language_hears_the_campaigns(missed: Attempt, own: str, of_campaign: str, heard: Language) -> None:
    Lead.objects.filter(id=missed.lead_id).update(language=own)
    Campaign.objects.filter(id=missed.campaign_id).update(language=of_campaign)

    assert SPEECHES[heard].nobody_here in ring(missed)


def test_a_number_that_we_never_called_is_told_who_we_are_and_may_refuse_calls(missed: Attempt) -> None:
    stranger = "+12125550177"
    greeting = ring(missed, From=stranger)

    assert "We called you" not in greeting
    assert "Press one" not in greeting
    assert "Goodbye." in press(missed, "1", From=stranger)
    assert (InboundCall.objects.get().choice, Callback.objects.count()) == ("", 0)
    assert "You will not be called again." in press(missed, "9", From=stranger)
    assert list(DncEntry.objects.values_list("phone", flat=True)) == [stranger]


def test_a_lead_that_was_never_called_hears_their_language(missed: Attempt) -> None:
    lead = factories.LeadFactory.create(language="tr")

    assert SPEECHES[Language.TR].nobody_here in ring(missed, From=lead.phone)


@pytest.mark.parametrize("hidden", ["anonymous", "+266696687", "+7378742833", "", "client:somebody"])
def test_who_hides_their_number_is_told_how_to_refuse_calls(missed: Attempt, hidden: str) -> None:
    greeting = ring(missed, From=hidden)

    assert "We do not see your number. Call again with it shown" in greeting
    assert "<Gather" not in greeting
    assert "<Say" not in press(missed, "9", From=hidden)
    assert (InboundCall.objects.get().phone, DncEntry.objects.count()) == ("", 0)


def test_the_number_that_was_dialled_is_not_given_as_another(missed: Attempt) -> None:
    Tenant.objects.filter(id=missed.tenant_id).update(seller_phone=missed.caller_id.phone)

    assert "You can reach us at" not in ring(missed)


def test_a_number_that_is_out_of_use_answers_still_and_one_that_is_not_ours_does_not(missed: Attempt) -> None:
    CallerId.objects.update(is_active=False)

    assert "You have reached Acme Windows." in ring(missed)
    for other in ("+12125550179", "\0", "client:somebody", ""):
        assert "<Say" not in ring(missed, To=other, CallSid=SECOND)
    assert InboundCall.objects.count() == 1


def test_the_call_that_showed_the_number_counts_before_a_newer_one_that_showed_another(
    missed: Attempt, at: datetime
) -> None:
    other = factories.CallerIdFactory.create(account=missed.caller_id.account)
    newer = Attempt.objects.get(id=missed.id)
    newer.pk, newer.sid, newer.caller_id, newer.placing_at = None, SECOND, other, at
    newer.id = type(missed.id)(int=1)
    newer.save(force_insert=True)

    ring(missed)
    assert InboundCall.objects.get().attempt_id == missed.id


# --- one


def test_one_is_a_call_back_by_the_pool_at_once(missed: Attempt, at: datetime) -> None:
    ring(missed)
    first, second = press(missed, "1"), press(missed, "1")

    assert words(first) == ["Thank you. We will call you back as soon as one of us is free. Goodbye."]
    assert first == second
    (callback,) = Callback.objects.all()
    assert (callback.agent_id, callback.zone) == (None, "America/New_York")
    assert timedelta() < callback.due_at - at < timedelta(minutes=2)
    queued = reread(missed).campaign_lead
    assert (queued.state, queued.reason, queued.next_attempt_at) == (QueueState.WAITING, "callback", callback.due_at)
    call = InboundCall.objects.get()
    assert (call.choice, call.callback_at) == (KeypadChoice.CALLBACK, callback.due_at)
    (entry,) = AuditEntry.objects.filter(action="callback.asked")
    assert (entry.target, entry.actor_label) == (f"attempt:{missed.id}", "keypad")


def test_a_call_back_at_night_is_promised_for_the_morning(missed: Attempt, at: datetime) -> None:
    Campaign.objects.filter(id=missed.campaign_id).update(call_until=at.replace(hour=13, minute=1).time())
    ring(missed)

    assert "We will call you back on Wednesday at 9:00 AM." in press(missed, "1")


def test_whom_the_gate_refuses_is_offered_no_call_back(missed: Attempt, at: datetime) -> None:
    add_dnc_entry(phone=missed.phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)

    assert "Press one" not in ring(missed)
    assert words(press(missed, "1")) == ["Goodbye."]
    assert Callback.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"state": Campaign.State.PAUSED},
        {"state": Campaign.State.COMPLETED},
        {"dial_mode": DialMode.MANUAL},
        {"caller_id": None},
    ],
)
def test_a_campaign_that_would_not_dial_promises_nothing(missed: Attempt, change: dict[str, object]) -> None:
    Campaign.objects.filter(id=missed.campaign_id).update(**change)

    greeting = ring(missed)
    assert ("Press one" in greeting, "Press nine" in greeting) == (False, True)
    press(missed, "1")
    assert Callback.objects.count() == 0


def test_a_campaign_that_has_enough_people_of_their_kind_promises_nothing(missed: Attempt) -> None:
    Lead.objects.filter(id=missed.lead_id).update(custom={"age": "18-29"})
    young = {"key": "age", "options": ["18-29"], "least": None, "most": None}
    QuotaCell.objects.create(
        campaign_id=missed.campaign_id, position=0, label="Young", conditions=[young], target=1, count=1
    )

    assert "Press one" not in ring(missed)


def test_a_later_call_back_and_one_of_an_agent_are_brought_forward(missed: Attempt, at: datetime) -> None:
    agent = factories.UserFactory.create()
    later = at + timedelta(days=3)
    Callback.objects.create(
        campaign_lead_id=missed.campaign_lead_id, agent=agent, due_at=later, zone="America/New_York"
    )
    ring(missed)

    assert "as soon as one of us is free" in press(missed, "1")
    (callback,) = Callback.objects.all()
    assert (callback.agent_id, callback.due_at < at + timedelta(minutes=2)) == (None, True)


def test_a_sooner_call_back_stays(missed: Attempt, at: datetime) -> None:
    Callback.objects.create(campaign_lead_id=missed.campaign_lead_id, due_at=at, zone="America/New_York", note="Own")
    ring(missed)

    assert "as soon as one of us is free" in press(missed, "1")
    assert list(Callback.objects.values_list("due_at", "note")) == [(at, "Own")]


def test_a_call_back_that_was_dialled_in_vain_is_promised_anew(missed: Attempt, at: datetime) -> None:
    due_at = missed.placing_at
    Callback.objects.create(campaign_lead_id=missed.campaign_lead_id, due_at=due_at, zone="America/New_York")
    queue.try_again(campaign_lead_id=missed.campaign_lead_id, at=at + timedelta(hours=4), reason="NO_ANSWER")
    ring(missed)

    assert "as soon as one of us is free" in press(missed, "1")
    (callback,) = Callback.objects.all()
    assert timedelta() < callback.due_at - at < timedelta(minutes=2)
    assert reread(missed).campaign_lead.next_attempt_at == callback.due_at


def test_an_overdue_call_back_that_the_gate_put_off_is_next_again(missed: Attempt, at: datetime) -> None:
    Callback.objects.create(campaign_lead_id=missed.campaign_lead_id, due_at=at, zone="America/New_York")
    queue.try_again(campaign_lead_id=missed.campaign_lead_id, at=at + timedelta(hours=4), reason="attempt_cap")
    ring(missed)
    press(missed, "1")

    assert reread(missed).campaign_lead.next_attempt_at == at


def test_who_rings_again_after_the_call_back_is_called_a_day_later(missed: Attempt, at: datetime) -> None:
    ring(missed)
    press(missed, "1")
    Callback.objects.update(state=Callback.State.DONE)

    ring(missed, CallSid=SECOND)
    assert "We will call you back on Wednesday at 1:01 PM." in press(missed, "1", CallSid=SECOND)


@pytest.mark.parametrize(("flag", "stays"), [("is_not_interested", True), ("is_dnc", False)])
def test_what_an_agent_says_afterwards_of_the_earlier_call_leaves_the_promise(
    missed: Attempt, at: datetime, flag: str, stays: bool
) -> None:
    factories.DispositionFactory.create(
        disposition_set=missed.campaign.disposition_set, code="OVER", label="Over", **{flag: True}
    )
    ring(missed)
    press(missed, "1")
    dispose_attempt(attempt_id=missed.id, code="OVER", user=factories.UserFactory.create(), at=at)

    queued = reread(missed).campaign_lead
    assert (Callback.objects.get().state == Callback.State.DUE, queued.reason == "callback") == (stays, stays)


# --- nine


def test_nine_means_never_again_with_consent_withdrawn_and_the_evidence_kept(missed: Attempt, at: datetime) -> None:
    agreed = ConsentFact(
        phone=missed.phone, kind=Consent.Kind.EXPRESS, source=Evidence.MANAGER, captured_at=at - timedelta(days=9)
    )
    record_consent(fact=agreed, recorded_by="test", at=at)
    ring(missed)
    for _ in range(2):
        assert "You will not be called again." in press(missed, "9")

    (entry,) = DncEntry.objects.all()
    assert (entry.phone, entry.source, entry.campaign_id) == (missed.phone, Evidence.CALLEE, None)
    assert entry.note == f"Pressed 9 when ringing {missed.caller_id.phone} (call CA{'2' * 32})"
    assert Consent.objects.get().revoked_by == Evidence.CALLEE
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert [action for action in actions if action.startswith(("dnc", "consent.rev"))] == [
        "dnc.added",
        "consent.revoked",
    ]
    assert "Press one" not in ring(missed, CallSid=SECOND)


def test_other_keys_do_nothing(missed: Attempt) -> None:
    ring(missed)
    for digits in ("5", "", "19"):
        assert words(press(missed, digits)) == ["Goodbye."]

    assert (InboundCall.objects.get().choice, Callback.objects.count(), DncEntry.objects.count()) == ("", 0, 0)


# --- whose it is, and where it is seen


def test_unsigned_and_other_tenants_calls_are_refused(missed: Attempt, other_tenant: Tenant) -> None:
    for hook in ("inbound", "inbound-choice", "inbound-over"):
        fields = {"From": missed.phone, "To": missed.caller_id.phone, "Digits": "9"}
        assert post(missed, hook, fields, query="", is_signed=False).status_code == 403
        assert post(missed, hook, fields, query="", token="wrong").status_code == 403
        assert post(missed, hook, fields, query="", tenant_id=other_tenant.id).status_code == 403
    assert (InboundCall.objects.count(), DncEntry.objects.count()) == (0, 0)


def test_the_end_is_kept_once(missed: Attempt, at: datetime) -> None:
    ring(missed)
    for _ in range(2):
        assert send(missed, "inbound-over", CallStatus="completed").status_code == 204

    assert InboundCall.objects.get().ended_at is not None


def test_the_lead_the_campaign_and_the_numbers_tell_who_rang_back(missed: Attempt) -> None:
    ring(missed)
    ring(missed, CallSid=SECOND, From="anonymous")
    press(missed, "1")

    for page in (f"lists/leads/{missed.lead_id}/", f"campaigns/{missed.campaign_id}/attempts/"):
        assert "The person rang back on" in told(missed, page)
        assert "The person asked by keypad to be called back: promised for" in told(missed, page)
    numbers = told(missed, "numbers/")
    assert (str(missed.lead) in numbers, "To be called back" in numbers, "Number hidden" in numbers) == (True,) * 3
