"""What an agent says of a call: each flag, call-backs, a no at once, and never twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt, Callback
from apps.calls.services.attempts import note_opt_out
from apps.calls.services.callbacks import GRACE, hand_over_missed
from apps.calls.services.disposing import (
    REST,
    AlreadyDisposedError,
    CallbackRequest,
    dispose_attempt,
)
from apps.campaigns.models import CampaignLead, CampaignTotals, QueueState
from apps.compliance.models import Consent, DncEntry, DncRegister, Evidence
from apps.compliance.selectors import ConsentStatus, consent_status
from apps.core.errors import InvalidError
from apps.tenants.models import Tenant
from tests import factories


@pytest.fixture
def attempt(tenant: Tenant, at: datetime) -> Attempt:
    """A talk with somebody in New York that has just ended; registers are fresh."""
    for code in ("US", "US-NY"):
        DncRegister.objects.create(jurisdiction=code, listed_on=at.date())
    attempt: Attempt = factories.AttemptFactory.create(
        reserved_at=at,
        outcome="CONNECTED",
        settled_at=at,
        campaign_lead__state=QueueState.WAITING,
        campaign_lead__lead__place__jurisdictions=["US", "US-NY"],
    )
    return attempt


@pytest.fixture
def user(tenant: Tenant) -> User:
    return factories.UserFactory.create()


def dispose(attempt: Attempt, user: User | None, at: datetime, **values: Any) -> CampaignLead:
    """Dispose with a disposition of these flags; returns the lead's place in the queue."""
    flags = {name: value for name, value in values.items() if name.startswith("is_")}
    rest = {name: value for name, value in values.items() if not name.startswith("is_")}
    factories.DispositionFactory.create(disposition_set=attempt.campaign.disposition_set, code="D", **flags)
    dispose_attempt(attempt_id=attempt.id, code="D", user=user, at=at, **rest)
    return CampaignLead.objects.get(id=attempt.campaign_lead_id)


def promise(at: datetime, *, is_personal: bool) -> CallbackRequest:
    return CallbackRequest(at + timedelta(hours=3), "America/New_York", is_personal, note="after lunch")


@pytest.mark.parametrize(
    ("flags", "state", "reason", "after"),
    [
        ({"is_final": True}, QueueState.DONE, "D", None),
        ({"is_final": False}, QueueState.WAITING, "D", REST),
        ({"is_final": False, "is_unworkable": True}, QueueState.DONE, "D", None),
        ({"is_final": False, "is_dnc": True}, QueueState.DONE, "D", None),
        ({"is_final": False, "is_machine": True, "is_human_answered": False}, QueueState.WAITING, "D", REST),
    ],
)
def test_what_a_flag_means_for_the_lead(
    attempt: Attempt,
    user: User,
    at: datetime,
    flags: dict[str, bool],
    state: QueueState,
    reason: str,
    after: timedelta | None,
) -> None:
    row = dispose(attempt, user, at, **flags)

    assert (row.state, row.reason, row.next_attempt_at) == (state, reason, at + after if after else None)
    assert DncEntry.objects.exists() == flags.get("is_dnc", False)


@pytest.mark.parametrize(("is_contact", "is_success"), [(False, False), (True, False), (True, True)])
def test_contacts_and_successes_are_counted(
    attempt: Attempt, user: User, at: datetime, is_contact: bool, is_success: bool
) -> None:
    dispose(attempt, user, at, is_contact=is_contact, is_success=is_success)

    totals = CampaignTotals.objects.get(campaign=attempt.campaign)
    assert (totals.contacts, totals.successes) == (int(is_contact), int(is_success))


def test_note_answers_and_agent_are_kept(attempt: Attempt, user: User, at: datetime) -> None:
    dispose(attempt, user, at, note="Very kind", answers={"windows": "12"})

    row = Attempt.objects.select_related("disposition").get(id=attempt.id)
    assert (row.note, row.agent_id, row.disposed_at) == ("Very kind", user.id, at)
    assert [(answer.key, answer.text, answer.is_partial) for answer in row.answers.all()] == [("windows", "12", False)]
    assert row.disposition is not None
    assert row.disposition.code == "D"


def test_a_request_not_to_be_called_counts_for_the_whole_tenant_at_once(
    attempt: Attempt, user: User, at: datetime
) -> None:
    dispose(attempt, user, at, is_dnc=True)

    (entry,) = DncEntry.objects.all()
    assert (entry.phone, entry.campaign_id, entry.source, entry.created_at) == (attempt.phone, None, Evidence.AGENT, at)
    assert str(attempt.id) in entry.note


def test_a_request_not_to_be_called_withdraws_what_was_agreed_to_once(
    attempt: Attempt, user: User, at: datetime
) -> None:
    Consent.objects.create(phone=attempt.phone, kind=Consent.Kind.EXPRESS_WRITTEN, source="API", captured_at=at - REST)

    note_opt_out(attempt=attempt, at=at)
    dispose(attempt, user, at + timedelta(seconds=5), is_dnc=True)

    assert consent_status([attempt.phone]) == {attempt.phone: ConsentStatus.REVOKED}
    withdrawals = Consent.objects.exclude(revoked_at=None).values_list("kind", "revoked_at", "revoked_by")
    assert list(withdrawals) == [("EXPRESS_WRITTEN", at, Evidence.CALLEE)]


def test_disposition_and_do_not_call_request_stand_or_fall_together(
    attempt: Attempt, user: User, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the database has gone")

    monkeypatch.setattr("apps.calls.services.disposing.refuse_calls", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        dispose(attempt, user, at, is_dnc=True)

    assert Attempt.objects.get(id=attempt.id).disposed_at is None


@pytest.mark.parametrize(
    ("is_personal", "reason", "has_time"), [(True, "callback_personal", False), (False, "callback", True)]
)
def test_a_promised_call(
    attempt: Attempt, user: User, at: datetime, is_personal: bool, reason: str, has_time: bool
) -> None:
    promised = promise(at, is_personal=is_personal)
    row = dispose(attempt, user, at, is_callback=True, is_final=False, callback=promised)

    (callback,) = Callback.objects.all()
    assert (callback.agent_id, callback.due_at, callback.zone, callback.note) == (
        user.id if is_personal else None,
        promised.due_at,
        "America/New_York",
        "after lunch",
    )
    assert (row.state, row.reason) == (QueueState.WAITING, reason)
    assert row.next_attempt_at == (promised.due_at if has_time else None)


def test_a_kept_promise_is_closed_and_a_new_one_may_follow(attempt: Attempt, user: User, at: datetime) -> None:
    dispose(attempt, user, at, is_callback=True, is_final=False, callback=promise(at, is_personal=True))
    second = factories.AttemptFactory.create(
        campaign=attempt.campaign, campaign_lead=attempt.campaign_lead, reserved_at=at
    )

    dispose_attempt(attempt_id=second.id, code="D", user=user, at=at, callback=promise(at, is_personal=False))

    assert list(Callback.objects.order_by("id").values_list("state", flat=True)) == ["DONE", "DUE"]


@pytest.mark.parametrize("due_in", [None, timedelta(0), timedelta(days=-1)])
def test_a_promise_needs_a_time_to_come(attempt: Attempt, user: User, at: datetime, due_in: timedelta | None) -> None:
    callback = None if due_in is None else CallbackRequest(at + due_in, "America/New_York", is_personal=False)

    with pytest.raises(InvalidError) as caught:
        dispose(attempt, user, at, is_callback=True, callback=callback)

    assert caught.value.field == "callback"
    assert Attempt.objects.get(id=attempt.id).disposed_at is None


@pytest.mark.parametrize("is_active", [None, False])
def test_an_outcome_that_the_campaign_does_not_offer_is_refused(
    attempt: Attempt, user: User, at: datetime, is_active: bool | None
) -> None:
    if is_active is not None:
        factories.DispositionFactory.create(
            disposition_set=attempt.campaign.disposition_set, code="OLD", is_active=is_active
        )

    with pytest.raises(InvalidError, match="no disposition OLD"):
        dispose_attempt(attempt_id=attempt.id, code="OLD", user=user, at=at)


def test_the_first_disposition_stays(attempt: Attempt, user: User, at: datetime) -> None:
    dispose(attempt, user, at, note="first", is_contact=True)

    with pytest.raises(AlreadyDisposedError):
        dispose_attempt(attempt_id=attempt.id, code="D", user=user, at=at, note="second")

    assert Attempt.objects.get(id=attempt.id).note == "first"
    assert CampaignTotals.objects.get(campaign=attempt.campaign).contacts == 1


# --- promises that their agent has missed


def promised_lead(attempt: Attempt, user: User, at: datetime) -> CampaignLead:
    return dispose(attempt, user, at, is_callback=True, is_final=False, callback=promise(at, is_personal=True))


def test_a_missed_promise_goes_to_whoever_is_free(attempt: Attempt, user: User, at: datetime) -> None:
    row = promised_lead(attempt, user, at)
    due_at = Callback.objects.get().due_at

    early = hand_over_missed(campaign_id=row.campaign_id, at=due_at + GRACE - timedelta(seconds=1))
    handed = [hand_over_missed(campaign_id=row.campaign_id, at=due_at + GRACE) for _ in range(2)]

    row.refresh_from_db()
    assert (early, handed, Callback.objects.get().agent_id) == (0, [1, 0], None)
    assert (row.reason, row.priority, row.next_attempt_at) == ("callback", 10, due_at + GRACE)


def test_a_promise_that_is_being_kept_is_not_missed(attempt: Attempt, user: User, at: datetime) -> None:
    row = promised_lead(attempt, user, at)
    CampaignLead.objects.filter(id=row.id).update(state=QueueState.RESERVED)

    assert hand_over_missed(campaign_id=row.campaign_id, at=at + timedelta(days=1)) == 0
    assert CampaignLead.objects.get(id=row.id).state == QueueState.RESERVED


def test_a_disposition_during_the_call_outlives_its_end(attempt: Attempt, user: User, at: datetime) -> None:
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.CONNECTED, settled_at=None, outcome="")
    CampaignLead.objects.filter(id=attempt.campaign_lead_id).update(state=QueueState.RESERVED)

    row = dispose(attempt, user, at)

    assert (row.state, row.reason) == (QueueState.DONE, "D")
