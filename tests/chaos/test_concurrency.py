"""Many workers at once on committed rows: one call per attempt, one claim per lead, and no deadlock."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.agents.models import AgentSession, AgentState, LostLine
from apps.agents.services import desk_phones, lost_lines, sessions, steering, transfers
from apps.audit.services import hold_ledger
from apps.calls import placing
from apps.calls.domain.fold import Reached, progress_of
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.calls.services.attempts import settle_attempt
from apps.calls.services.disposing import AlreadyDisposedError, dispose_attempt
from apps.calls.services.events import CarrierEvent, record_event
from apps.campaigns.models import Campaign, CampaignLead, CampaignTotals, DialMode, QueueState
from apps.campaigns.services import queue
from apps.compliance.models import Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.core.errors import AppError
from apps.dialer.services import reserve
from apps.dialer.services.reconcile import reconcile
from apps.dialer.services.tick import tick_campaign
from apps.telephony.models import ProviderAccount
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialling import add_lead, now, open_campaign, reserve_one, seat_agent, standing, wait_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("jobs")]
WORKERS = 8


@pytest.fixture
def tenant() -> Tenant:
    """A tenant whose rows are committed; nothing is in scope."""
    tenant: Tenant = factories.TenantFactory.create(slug="acme", name="Acme Windows")
    return tenant


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the actions in threads that start together; what they raise is raised here."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        try:
            barrier.wait(30)
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result(120) for future in [pool.submit(run, action) for action in actions]]


def in_scope(tenant: Tenant, action: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with tenant_scope(tenant.id):
            return action()

    return run


def test_eight_workers_place_an_attempt_once(tenant: Tenant, at: datetime, exchange: RunningCarrier) -> None:
    with tenant_scope(tenant.id):
        attempts = [reserve_one(open_campaign(at), now()) for _ in range(3)]
    for attempt in attempts:
        place = partial(placing.place_attempt, tenant_id=tenant.id, attempt_id=attempt.id, now=now)
        at_once([place] * WORKERS)

    with tenant_scope(tenant.id):
        sids = set(Attempt.objects.values_list("sid", flat=True))
    dialled = [row["call_sid"] for row in exchange.sim("dials")["dials"]]
    assert len(dialled) == 3
    assert set(dialled) == sids


def test_a_number_has_one_live_attempt_however_many_campaigns_want_it(tenant: Tenant, at: datetime) -> None:
    with tenant_scope(tenant.id):
        rows = [add_lead(open_campaign(at), phone="+12125550142") for _ in range(4)]

    def dial(row: CampaignLead) -> int:
        campaign = Campaign.objects.select_related("caller_id").get(id=row.campaign_id)
        return reserve.dial_ahead(campaign, n=1, place_ids=[row.place_id], at=at)

    started = at_once([in_scope(tenant, partial(dial, row)) for row in rows])

    with tenant_scope(tenant.id):
        states = sorted(CampaignLead.objects.values_list("state", flat=True))
        assert (sum(started), Attempt.objects.count()) == (1, 1)
        assert states == [QueueState.RESERVED, *[QueueState.WAITING] * 3]


def test_no_lead_is_claimed_twice_and_the_best_go_first(tenant: Tenant, at: datetime) -> None:
    with tenant_scope(tenant.id):
        campaign = open_campaign(at)
        rows = [add_lead(campaign, phone=f"+1212557{n:04d}") for n in range(60)]
        place_ids = [rows[0].place_id]
    claim = partial(queue.claim_next, campaign_id=campaign.id, place_ids=place_ids, n=3)

    claimed = at_once([in_scope(tenant, claim)] * WORKERS)

    ids = [id_ for part in claimed for id_ in part]
    assert sorted(ids) == [row.id for row in rows[: 3 * WORKERS]]


def test_the_rate_holds_for_all_workers_together(tenant: Tenant, at: datetime) -> None:
    with tenant_scope(tenant.id):
        account = factories.ProviderAccountFactory.create(cps=3.0)
    take = partial(placing.take_call_slot, account_id=account.id, at=at)

    assert sum(at_once([in_scope(tenant, take)] * WORKERS)) == 3
    with tenant_scope(tenant.id):
        assert len(ProviderAccount.objects.get(id=account.id).recent_calls) == 3


def test_answers_of_several_calls_never_share_an_agent(tenant: Tenant, at: datetime) -> None:
    with tenant_scope(tenant.id):
        campaign = open_campaign(at, mode=DialMode.RATIO)
        attempts = [reserve_one(campaign, at) for _ in range(6)]
        for _ in range(4):
            seat_agent(campaign, at)

    def answer(attempt: Attempt) -> int | None:
        session = sessions.claim_for_answer(attempt=attempt, at=at)
        return session.id if session else None

    taken = at_once([in_scope(tenant, partial(answer, attempt)) for attempt in attempts])

    agents = [one for one in taken if one is not None]
    assert len(agents) == len(set(agents)) == 4


def test_of_two_dispositions_at_once_one_is_kept(tenant: Tenant, at: datetime) -> None:
    with tenant_scope(tenant.id):
        attempt = factories.AttemptFactory.create(reserved_at=at, outcome="CONNECTED", settled_at=at)
        factories.DispositionFactory.create(disposition_set=attempt.campaign.disposition_set, is_contact=True)

    def dispose() -> bool:
        try:
            dispose_attempt(attempt_id=attempt.id, code="SALE", user=None, at=at)
        except AlreadyDisposedError:
            return False
        return True

    assert sum(at_once([in_scope(tenant, dispose)] * 4)) == 1
    with tenant_scope(tenant.id):
        assert CampaignTotals.objects.get(campaign=attempt.campaign).contacts == 1


def test_a_break_and_a_binding_at_once_never_undo_each_other(tenant: Tenant, at: datetime) -> None:
    with tenant_scope(tenant.id):
        campaign = open_campaign(at)
        pairs = [(seat_agent(campaign, at), reserve_one(campaign, at)) for _ in range(4)]

    def pause(session: AgentSession) -> None:
        sessions.take_break(session=session, reason="Lunch", at=at)

    def expire(session: AgentSession) -> None:
        sessions.expire_unseen(campaign_id=campaign.id, before=at + timedelta(minutes=5), at=at)

    def bind(pair: tuple[AgentSession, Attempt]) -> bool:
        return sessions.bind_attempt(session_id=pair[0].id, attempt=pair[1], at=at)

    for pair, other in zip(pairs, [pause, pause, expire, expire], strict=True):
        bound, _ = at_once([in_scope(tenant, partial(bind, pair)), in_scope(tenant, partial(other, pair[0]))])
        with tenant_scope(tenant.id):
            after = AgentSession.objects.get(id=pair[0].id)
        assert (after.state, after.attempt_id) == (
            (AgentState.RESERVED, pair[1].id) if bound else (AgentState.BREAK, None)
        )


def test_a_look_over_idle_agents_leaves_one_alone_who_is_being_bound(tenant: Tenant, at: datetime) -> None:
    with tenant_scope(tenant.id):
        campaign = open_campaign(at)
        session, attempt = seat_agent(campaign, at), reserve_one(campaign, at)
    is_bound, has_looked = threading.Event(), threading.Event()

    def bind() -> None:
        sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at)
        is_bound.set()
        # A look that waited for us would save what it read before.
        has_looked.wait(1)

    def expire() -> None:
        is_bound.wait(30)
        sessions.expire_unseen(campaign_id=campaign.id, before=at + timedelta(minutes=5), at=at)
        has_looked.set()

    at_once([in_scope(tenant, bind), in_scope(tenant, expire)])

    with tenant_scope(tenant.id):
        assert AgentSession.objects.get(id=session.id).state == AgentState.RESERVED


STEPS: dict[str, Callable[[AgentSession, User, datetime], Any]] = {
    "break": lambda session, boss, at: steering.send_on_break(session_id=session.id, actor=boss, at=at),
    "log_out": lambda session, boss, at: steering.log_out(session_id=session.id, actor=boss, at=at),
    "move": lambda session, boss, at: steering.move_agent(
        session_id=session.id, campaign=factories.CampaignFactory.create(), actor=boss, at=at
    ),
    "help": lambda session, boss, at: steering.answer_help(session_id=session.id, actor=boss, at=at),
    "telephone": lambda session, boss, at: desk_phones.use_browser(session=session, actor=session.user, at=at),
    "lost_line": lambda session, boss, at: lost_lines.take_step(attempt_id=session.attempt_id, at=at),
    "transfer": lambda session, boss, at: transfers.take_back(attempt=session.attempt, at=at),
}


@pytest.mark.parametrize("step", STEPS)
def test_who_writes_to_the_audit_waits_for_it_before_the_agents_row_is_locked(
    tenant: Tenant, at: datetime, step: str
) -> None:
    with tenant_scope(tenant.id):
        campaign, boss = open_campaign(at), factories.UserFactory.create()
        attempt = reserve_one(campaign, at)
        session = seat_agent(
            campaign, at, state=AgentState.ON_CALL, attempt=attempt, is_by_phone=True, help_asked_at=at
        )
        LostLine.objects.create(attempt=attempt, session=session, lost_at=at, told_at=at)
    others = in_scope(tenant, partial(STEPS[step], session, boss, at + timedelta(minutes=1)))

    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(tenant.id):
            hold_ledger()
            waiting = pool.submit(at_once, [others])
            wait_for(someone_waits)
            # As the transaction that has the ledger does next: nobody who waits for it may hold this row.
            AgentSession.objects.select_for_update(nowait=True).get(id=session.id)
        waiting.result(30)


def someone_waits() -> bool:
    """Whether another transaction waits for a lock of this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


# --- no deadlock: everything that happens in production at once, for a while


class Floor:
    """One campaign under load, and what its actors do in one step."""

    def __init__(self, tenant: Tenant, at: datetime) -> None:
        self.tenant, self.at = tenant, at
        self.boss = factories.UserFactory.create()
        with tenant_scope(tenant.id):
            self.campaigns = [open_campaign(at, mode=DialMode.RATIO, ratio=3.0), open_campaign(at)]
            for number, campaign in enumerate(self.campaigns):
                factories.DispositionFactory.create(
                    disposition_set=campaign.disposition_set, code="DNC", is_dnc=True, is_contact=True
                )
                campaign.campaign_lists.create(tenant=tenant, lead_list=factories.LeadListFactory.create())
                # The same numbers in both campaigns, so that they get in each other's way.
                for n in range(60):
                    add_lead(campaign, phone=f"+1212557{n:04d}")
                for _ in range(5):
                    seat_agent(campaign, at + timedelta(microseconds=number))

    def step(self, actor: str, chance: random.Random) -> None:
        getattr(self, actor)(chance)

    def tick(self, chance: random.Random) -> None:
        for campaign in self.campaigns:
            tick_campaign(tenant_id=self.tenant.id, campaign_id=campaign.id, at=self.at)

    def reconcile(self, chance: random.Random) -> None:
        reconcile(tenant_id=self.tenant.id, at=self.at)

    def place(self, chance: random.Random) -> None:
        for attempt in self._some(chance, AttemptState.RESERVED):
            placing.place_attempt(tenant_id=self.tenant.id, attempt_id=attempt.id, now=standing(self.at))

    def callback(self, chance: random.Random) -> None:
        for attempt in self._some(chance, AttemptState.RESERVED, AttemptState.CONNECTED):
            with tenant_scope(self.tenant.id):
                self._answer(attempt, chance)
        for attempt in self._some(chance, AttemptState.RESERVED, AttemptState.CONNECTED):
            with tenant_scope(self.tenant.id):
                self._tell(attempt, chance.choice(["completed", "busy"]))
                settle_attempt(attempt_id=attempt.id, at=self.at)
                sessions.follow_attempt(attempt_id=attempt.id, at=self.at)

    def desk(self, chance: random.Random) -> None:
        with tenant_scope(self.tenant.id):
            open_sessions = list(AgentSession.objects.filter(ended_at=None).select_related("user").order_by("id"))
        session = chance.choice(open_sessions)
        try:
            with tenant_scope(self.tenant.id):
                self._click(session)
        except AppError:
            pass
        with tenant_scope(self.tenant.id):
            fresh = AgentSession.objects.get(id=session.id)
            if fresh.state == AgentState.BREAK:
                sessions.go_ready(session=fresh, at=self.at)

    def supervisor(self, chance: random.Random) -> None:
        with tenant_scope(self.tenant.id):
            session = chance.choice(list(AgentSession.objects.filter(ended_at=None).order_by("id")))
        action = chance.choice(
            [steering.send_on_break, partial(steering.move_agent, campaign=chance.choice(self.campaigns))]
        )
        try:
            with tenant_scope(self.tenant.id):
                action(session_id=session.id, actor=self.boss, at=self.at)
        except AppError:
            pass

    def list_of_numbers(self, chance: random.Random) -> None:
        with tenant_scope(self.tenant.id):
            phone = f"+1212557{chance.randrange(60):04d}"
            add_dnc_entry(phone=phone, campaign_id=None, source=Evidence.API, created_by="source", at=self.at)

    def source(self, chance: random.Random) -> None:
        with tenant_scope(self.tenant.id):
            row = chance.choice(list(CampaignLead.objects.select_related("campaign").order_by("id")[:60]))
            queue.call_now(campaign=row.campaign, places={row.lead_id: row.place_id})

    def _some(self, chance: random.Random, *states: AttemptState) -> list[Attempt]:
        lowest, highest = states[0], states[-1]
        with tenant_scope(self.tenant.id):
            live = list(Attempt.objects.filter(state__gte=lowest, state__lte=highest).order_by("id"))
        return chance.sample(live, min(3, len(live)))

    def _answer(self, attempt: Attempt, chance: random.Random) -> None:
        self._tell(attempt, "in-progress")
        locked = Attempt.objects.select_for_update().get(id=attempt.id)
        if locked.state < Reached.ENDED:
            sessions.claim_for_answer(attempt=locked, at=self.at)

    def _tell(self, attempt: Attempt, word: str) -> None:
        sid = attempt.sid or f"CA{attempt.id.hex}"
        progress = progress_of(status=word, at=self.at)
        event = CarrierEvent(key=f"{sid}:{word}", name="status", sid=sid, payload={}, progress=progress)
        record_event(attempt_id=attempt.id, event=event, at=self.at)

    def _click(self, session: AgentSession) -> None:
        if session.attempt_id is not None and session.state in {AgentState.ON_CALL, AgentState.WRAP_UP}:
            dispose_attempt(attempt_id=session.attempt_id, code="DNC", user=session.user, at=self.at)
            sessions.finish_wrap_up(session=session, at=self.at)
        else:
            sessions.take_break(session=session, reason="Lunch", at=self.at)


ACTORS = (
    *("tick", "tick", "place", "callback", "callback", "desk", "desk", "supervisor"),
    *("reconcile", "list_of_numbers", "source"),
)


@pytest.mark.slow
def test_nothing_waits_in_a_circle(tenant: Tenant, at: datetime, exchange: RunningCarrier) -> None:
    """A deadlock makes PostgreSQL end one of the transactions, and its error ends this test."""
    floor = Floor(tenant, at)
    together = threading.Barrier(len(ACTORS))

    def act(number: int) -> int:
        chance = random.Random(number)
        try:
            # In step: a quick actor would be through before the slow ones have given it anything to do.
            for _ in range(40):
                together.wait(60)
                floor.step(ACTORS[number], chance)
        except BaseException:
            together.abort()
            raise
        return 40

    assert at_once([partial(act, number) for number in range(len(ACTORS))]) == [40] * len(ACTORS)
    with tenant_scope(tenant.id):
        # Calls of the ten agents came to their end and others took their place.
        assert Attempt.objects.filter(state=AttemptState.ENDED).count() > 10
