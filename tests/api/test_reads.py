from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from apps.api.domain.ids import Kind, PublicIds
from apps.api.models import Scope
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt
from apps.campaigns.models import CampaignLead, QueueState
from apps.compliance.models import Decision
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from tests import factories
from tests.api.conftest import LEADS, Source, make_source


def own_lead(source: Source, **values: Any) -> Lead:
    return factories.LeadFactory.create(lead_list=source.api_key.lead_list, source=source.api_key.source, **values)


def make_attempt(row: CampaignLead, at: datetime, **values: Any) -> Attempt:
    decision = Decision.objects.create(
        phone=row.lead.phone, decided_at=at, expires_at=at, is_allowed=True, rulebook="test", facts={}
    )
    caller_id = row.campaign.caller_id
    assert caller_id is not None
    return Attempt.objects.create(
        id=uuid4(),
        campaign=row.campaign,
        campaign_lead=row,
        lead=row.lead,
        decision=decision,
        caller_id=caller_id,
        phone=row.lead.phone,
        mode="MANUAL",
        reserved_at=at,
        state=AttemptState.ENDED,
        outcome=Outcome.NO_ANSWER,
        **values,
    )


def test_lead_shows_its_values_and_where_it_stands(source: Source, at: datetime) -> None:
    lead = own_lead(source, phone="+12125550142", custom={"windows": 6})
    row = factories.CampaignLeadFactory.create(
        lead=lead, state=QueueState.WAITING, reason="retry", attempt_count=1, next_attempt_at=at
    )

    answer = source.get(f"{LEADS}/{source.id_of(lead)}")

    shown = answer.json()["lead"]
    assert answer.status_code == 200
    assert (shown["id"], shown["phone"], shown["first_name"], shown["custom"]) == (
        source.id_of(lead),
        "+12125550142",
        "Ada",
        {"windows": 6},
    )
    assert shown["campaigns"] == [
        {
            "id": PublicIds(source.api_key.tenant.id_key).write(Kind.CAMPAIGN, row.campaign_id),
            "state": "waiting",
            "reason": "retry",
            "attempts": 1,
            "next_attempt_at": "2026-06-16T17:00:00Z",
        }
    ]


def test_pages_of_leads_follow_one_another(source: Source) -> None:
    leads = [own_lead(source) for _ in range(5)]

    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = source.get(limit=2, cursor=cursor).json()
        seen += [lead["id"] for lead in page["leads"]]
        cursor, pages = page["next_cursor"], pages + 1

    assert (seen, pages) == ([source.id_of(lead) for lead in leads], 3)


def test_lead_that_was_there_is_on_one_page_whatever_comes_and_goes_meanwhile(source: Source, at: datetime) -> None:
    leads = [own_lead(source) for _ in range(6)]
    rival = make_source(at, source="Rival", lead_list=source.api_key.lead_list)
    added = []

    seen, cursor = [], ""
    while cursor is not None:
        page = source.get(limit=2, cursor=cursor).json()
        seen += [lead["id"] for lead in page["leads"]]
        cursor = page["next_cursor"]
        if len(added) < 4:
            added.append(own_lead(source))
            own_lead(rival)
            # What is changed keeps its place; the cursor's own lead may go.
            Lead.objects.filter(id=leads[0].id).update(first_name="Eve")
            Lead.objects.filter(id=leads[1].id).delete()

    assert seen == [source.id_of(lead) for lead in [*leads, *added]]


def test_attempts_added_meanwhile_come_last(source: Source, at: datetime) -> None:
    row = factories.CampaignLeadFactory.create(lead=own_lead(source))
    attempts = [make_attempt(row, at + timedelta(minutes=n)) for n in range(4)]
    path = f"{LEADS}/{source.id_of(row.lead)}/attempts"

    seen, cursor = [], ""
    while cursor is not None:
        page = source.get(path, limit=2, cursor=cursor).json()
        seen += [attempt["id"] for attempt in page["attempts"]]
        cursor = page["next_cursor"]
        if len(attempts) < 6:
            attempts.append(make_attempt(row, at + timedelta(minutes=len(attempts))))

    assert seen == [str(attempt.id) for attempt in attempts]


def test_cursor_of_another_tenant_is_refused(source: Source, other_tenant: Tenant, at: datetime) -> None:
    foreign_source = make_source(at, tenant=other_tenant)
    for _ in range(2):
        own_lead(source)

    response = foreign_source.get(cursor=source.get(limit=1).json()["next_cursor"])

    assert (response.status_code, response.json()["error"]["fields"][0]["code"]) == (422, "cursor_unknown")


def test_full_last_page_has_no_next_one(source: Source) -> None:
    own_lead(source)

    assert source.get(limit=1).json()["next_cursor"] is None


@pytest.mark.parametrize("phone", ["+12125550142", "(212) 555-0142"])
def test_lead_is_found_by_its_number_in_any_writing(source: Source, phone: str) -> None:
    own_lead(source, phone="+12125550142")
    own_lead(source, phone="+12125550143")

    assert [lead["phone"] for lead in source.get(phone=phone).json()["leads"]] == ["+12125550142"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"cursor": "!"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"cursor": "LTE"}, "cursor"),
        ({"phone": "555"}, "phone"),
    ],
)
def test_wrong_query_is_named(source: Source, query: dict[str, str], field: str) -> None:
    response = source.get(**query)

    assert (response.status_code, response.json()["error"]["fields"][0]["field"]) == (422, field)


def test_attempts_are_paged_oldest_first(source: Source, at: datetime) -> None:
    row = factories.CampaignLeadFactory.create(lead=own_lead(source))
    disposition = factories.DispositionFactory.create(disposition_set=row.campaign.disposition_set)
    attempts = [make_attempt(row, at + timedelta(minutes=n // 2)) for n in range(4)]
    attempts.append(make_attempt(row, at + timedelta(hours=1), disposition=disposition, talk_seconds=9))
    path = f"{LEADS}/{source.id_of(row.lead)}/attempts"

    first = source.get(path, limit=3).json()
    second = source.get(path, limit=3, cursor=first["next_cursor"]).json()

    expected = [str(a.id) for a in sorted(attempts, key=lambda a: (a.reserved_at, a.id))]
    assert [a["id"] for a in first["attempts"] + second["attempts"]] == expected
    assert second["next_cursor"] is None
    assert (second["attempts"][-1]["disposition"], second["attempts"][-1]["talk_seconds"]) == (
        {"code": "SALE", "label": "Sale"},
        9,
    )
    assert (first["attempts"][0]["state"], first["attempts"][0]["outcome"]) == ("ended", "NO_ANSWER")


@pytest.mark.parametrize("suffix", ["", "/attempts"])
def test_leads_of_others_are_not_found(source: Source, other_tenant: Tenant, at: datetime, suffix: str) -> None:
    foreign_source = make_source(at, tenant=other_tenant)
    rival = make_source(at, source="Rival", lead_list=source.api_key.lead_list)
    of_rival = own_lead(rival)
    of_another_list = factories.LeadFactory.create(source=source.api_key.source)
    own = own_lead(source)

    others = [source.id_of(lead) for lead in (of_rival, of_another_list)]
    answers = [source.get(f"{LEADS}/{each}{suffix}") for each in (*others, own.id, "lead_x", f"lead_{'0' * 32}")]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert len({(answer.json()["error"]["code"], answer.json()["error"]["message"]) for answer in answers}) == 1
    assert source.get(f"{LEADS}/{source.id_of(own)}{suffix}").status_code == 200
    assert foreign_source.get(f"{LEADS}/{source.id_of(own)}{suffix}").status_code == 404
    assert foreign_source.get(f"{LEADS}/{foreign_source.id_of(own)}{suffix}").status_code == 404
    assert [lead["id"] for lead in source.get().json()["leads"]] == [source.id_of(own)]
    assert foreign_source.get().json()["leads"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_leads_takes_the_same_statements_for_any_number(
    source: Source, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        factories.CampaignLeadFactory.create(lead=own_lead(source))
    source.get()

    with django_assert_num_queries(7):
        assert len(source.get().json()["leads"]) == count


def test_key_that_may_only_write_reads_nothing(tenant: Tenant, at: datetime) -> None:
    writer = make_source(at, scopes=(Scope.LEADS_WRITE,))

    assert writer.get().json()["error"]["code"] == "scope_missing"
