from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.api.models import ApiKey, Scope
from apps.campaigns.models import Campaign, CampaignLead, CampaignList
from apps.compliance.models import Consent, DncEntry, Evidence, Relationship
from apps.compliance.services.suppression import add_dnc_entry
from apps.leads.models import DedupeScope, Lead
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.api.conftest import Source, make_source

PHONE = "+12125550142"
LEAD: dict[str, Any] = {
    "phone": "(212) 555-0142",
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "Ada@Example.com",
    "state": "New York",
    "postal_code": "10001",
    "external_id": "crm-7781",
    "line_type": "landline",
    "rank": 10,
    "custom": {"windows": 6, "note": "hail", "is_owner": True},
}


def problems(response: Any) -> list[tuple[str, str]]:
    return [(field["field"], field["code"]) for field in response.json()["error"]["fields"]]


def test_new_lead_is_created(source: Source, at: datetime) -> None:
    response = source.post(LEAD)

    lead = Lead.objects.select_related("place").get()
    assert (response.status_code, response.json()["result"]) == (201, "created")
    assert response.json()["lead"] == {"id": source.id_of(lead), "phone": PHONE, "external_id": "crm-7781"}
    assert (lead.phone, lead.first_name, lead.email, lead.state, lead.region, lead.rank, lead.source) == (
        PHONE,
        "Ada",
        "ada@example.com",
        "NY",
        "US",
        10,
        "Landing page",
    )
    assert lead.custom == {"windows": 6, "note": "hail", "is_owner": True}
    assert (lead.lead_list_id, lead.place.zones) == (source.api_key.lead_list_id, ["America/New_York"])
    assert abs(lead.created_at - at) < timedelta(seconds=1)


def test_texts_are_kept_as_they_were_sent(source: Source) -> None:
    text = 'C:\\new "O\'Neil"\n\t100% \\u0041 李 😀'
    sent: dict[str, Any] = {
        "phone": PHONE,
        "last_name": text.replace("\n", " "),
        "company": text,
        "custom": {text: text, "n": 1.5},
    }
    source.post({**sent, "first_name": "Ada"})
    source.post({**sent, "first_name": text})

    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name, lead.company, lead.custom) == (
        text,
        sent["last_name"],
        text,
        sent["custom"],
    )


def test_same_lead_again_is_unchanged(source: Source) -> None:
    source.post(LEAD)

    response = source.post(LEAD)

    assert (response.status_code, response.json()["result"]) == (200, "unchanged")
    assert Lead.objects.count() == 1


def test_lead_with_other_values_is_updated_in_what_is_given(source: Source) -> None:
    source.post(LEAD)

    response = source.post({"phone": PHONE, "last_name": "Lovelace", "custom": {"windows": 7}})

    lead = Lead.objects.get()
    assert (response.status_code, response.json()["result"]) == (200, "updated")
    assert (lead.first_name, lead.last_name, lead.state, lead.rank, lead.line_type) == (
        "Ada",
        "Lovelace",
        "NY",
        10,
        "landline",
    )
    assert lead.custom == {"windows": 7, "note": "hail", "is_owner": True}


def test_empty_text_clears_a_field_and_null_leaves_it(source: Source) -> None:
    source.post(LEAD)

    source.post({"phone": PHONE, "last_name": "", "first_name": None})

    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name) == ("Ada", "")


def test_moved_lead_gets_the_law_of_its_new_place_in_every_queue(warm_source: Source, campaign: Campaign) -> None:
    warm_source.post(LEAD | {"call_now": True})

    warm_source.post({"phone": PHONE, "state": "CA", "postal_code": "90001"})

    lead = Lead.objects.select_related("place").get()
    assert lead.place.jurisdictions[:2] == ["US", "US-CA"] or "US-CA" in lead.place.jurisdictions
    assert CampaignLead.objects.get().place_id == lead.place_id


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"phone": "555-0142"}, ("phone", "phone_no_area_code")),
        ({"phone": ""}, ("phone", "phone_empty")),
        ({"phone": None}, ("phone", "phone_empty")),
        ({"phone": 2125550142}, ("phone", "wrong_type")),
        ({"phone": "800-555-0142"}, ("phone", "phone_toll_free")),
        ({"first_name": ["Ada"]}, ("first_name", "wrong_type")),
        ({"first_name": "A\0"}, ("first_name", "not_text")),
        ({"first_name": "\ud800"}, ("first_name", "not_text")),
        ({"rank": True}, ("rank", "wrong_type")),
        ({"rank": 1.5}, ("rank", "wrong_type")),
        ({"state": "Atlantis"}, ("state", "state_unknown")),
        ({"postal_code": "ABC"}, ("postal_code", "postal_code_unreadable")),
        ({"email": "x"}, ("email", "email_unreadable")),
        ({"email": "x" * 250 + "@example.com"}, ("email", "text_too_long")),
        ({"company": "x" * 121}, ("company", "text_too_long")),
        ({"line_type": "satellite"}, ("line_type", "word_unknown")),
        ({"subject_type": "alien"}, ("subject_type", "word_unknown")),
        ({"rank": 99_999}, ("rank", "rank_unreadable")),
        ({"country": "Atlantis"}, ("country", "country_unknown")),
        ({"frist_name": "Ada"}, ("frist_name", "unknown_field")),
        ({"consent": "yes"}, ("consent", "wrong_type")),
        ({"consent": {"levle": "express"}}, ("consent.levle", "unknown_field")),
        ({"consent": {"level": "express"}}, ("consent.captured_at", "consent_undated")),
        ({"consent": {"level": "maybe"}}, ("consent.level", "consent_unreadable")),
        ({"consent": {"level": "express", "captured_at": "2030-01-01"}}, ("consent.captured_at", "date_in_future")),
        (
            {"consent": {"level": "express", "captured_at": "2026-01-01", "ip": "1.2.3"}},
            ("consent.ip", "ip_unreadable"),
        ),
        ({"relationship": {"kind": "purchase"}}, ("relationship.kind", "relationship_undated")),
        ({"relationship": {"kind": "purchase", "occurred_on": 1}}, ("relationship.occurred_on", "wrong_type")),
        ({"consent": {"level": "express", "captured_at": "\0"}}, ("consent.captured_at", "not_text")),
        ({"custom": [1]}, ("custom", "wrong_type")),
        ({"custom": {"a": [1]}}, ("custom.a", "wrong_type")),
        ({"custom": {"a": "x" * 1001}}, ("custom.a", "wrong_type")),
        ({"custom": {"x" * 61: 1}}, ("custom", "name_too_long")),
        ({"custom": {str(n): n for n in range(51)}}, ("custom", "wrong_type")),
        ({"dry_run": "yes"}, ("dry_run", "wrong_type")),
        ({"call_now": 1}, ("call_now", "wrong_type")),
        ({"call_now": True}, ("call_now", "no_campaign")),
    ],
)
def test_wrong_field_is_named_with_its_reason(
    source: Source, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    response = source.post(LEAD | changes)

    assert (response.status_code, problems(response)) == (422, [expected])
    assert all(field["message"] and field["fix"] for field in response.json()["error"]["fields"])
    assert Lead.objects.count() == 0


def test_field_that_an_object_has_not_is_answered_with_those_that_it_has(source: Source) -> None:
    response = source.post(LEAD | {"consent": {"given_at": "2026-01-01"}})

    fixes = [field["fix"] for field in response.json()["error"]["fields"]]
    assert fixes == ["Send only level, captured_at, text, seller, source, url, certificate, ip."]


def test_all_fields_of_a_wrong_shape_are_named_at_once(source: Source) -> None:
    response = source.post({"phone": 1, "rank": "high", "colour": "red"})

    assert problems(response) == [("phone", "wrong_type"), ("rank", "wrong_type"), ("colour", "unknown_field")]


def test_all_fields_at_fault_are_named_at_once_with_one_reason_each(source: Source) -> None:
    response = source.post(
        {
            "phone": "555-0142",
            "country": "Atlantis",
            "state": "Calfornia",
            "postal_code": "1",
            "email": "ada",
            "rank": "high",
            "colour": "red",
            "consent": {"level": "express", "ip": "1.2.3", "certificate": 7},
            "relationship": {"kind": "inquiry", "occurred_on": "2030-01-01"},
            "custom": {"a": [], "b" * 61: 1, "c" * 61: 1},
            "dry_run": "yes",
            "call_now": True,
        }
    )

    assert (response.status_code, sorted(problems(response))) == (
        422,
        [
            ("call_now", "no_campaign"),
            ("colour", "unknown_field"),
            ("consent.captured_at", "consent_undated"),
            ("consent.certificate", "wrong_type"),
            ("consent.ip", "ip_unreadable"),
            ("country", "country_unknown"),
            ("custom", "name_too_long"),
            ("custom.a", "wrong_type"),
            ("dry_run", "wrong_type"),
            ("email", "email_unreadable"),
            ("phone", "phone_no_area_code"),
            ("postal_code", "postal_code_unreadable"),
            ("rank", "wrong_type"),
            ("relationship.occurred_on", "date_in_future"),
            ("state", "state_unknown"),
        ],
    )
    assert all(field["message"] and field["fix"] for field in response.json()["error"]["fields"])
    assert response.json()["error"]["message"].endswith(" And 14 more.")


def test_number_of_another_source_in_the_list_is_a_duplicate(source: Source, at: datetime) -> None:
    source.post(LEAD)
    rival = make_source(at, source="Rival", lead_list=source.api_key.lead_list)

    response = rival.post(LEAD | {"first_name": "Eve"})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "duplicate")
    assert Lead.objects.get().first_name == "Ada"


@pytest.mark.parametrize(("scope", "status"), [("LIST", 201), ("CAMPAIGN", 409), ("TENANT", 409)])
def test_number_in_another_list_is_judged_by_the_scope(
    warm_source: Source, campaign: Campaign, at: datetime, scope: str, status: int
) -> None:
    other_list = factories.LeadListFactory.create()
    CampaignList.objects.create(campaign=campaign, lead_list=other_list)
    factories.LeadFactory.create(lead_list=other_list, phone=PHONE)
    ApiKey.objects.update(dedupe_scope=scope)

    assert warm_source.post(LEAD).status_code == status


def test_campaign_scope_passes_over_lists_that_it_does_not_call(warm_source: Source) -> None:
    factories.LeadFactory.create(phone=PHONE)
    ApiKey.objects.update(dedupe_scope=DedupeScope.CAMPAIGN)

    assert warm_source.post(LEAD).status_code == 201


def test_number_of_another_tenant_is_no_duplicate(source: Source, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        factories.LeadFactory.create(phone=PHONE)
    ApiKey.objects.update(dedupe_scope=DedupeScope.TENANT)

    assert source.post(LEAD).status_code == 201


def test_consent_is_recorded_with_its_evidence(source: Source, at: datetime) -> None:
    consent = {
        "level": "express_written",
        "captured_at": "2026-06-16T12:20:00-04:00",
        "text": "I agree.\nCall me.",
        "seller": "Acme Windows",
        "source": "landing-3",
        "url": "https://example.com/windows",
        "certificate": "https://cert.trustedform.com/abc",
        "ip": "203.0.113.7",
    }

    assert source.post(LEAD | {"consent": consent}).status_code == 201

    kept = Consent.objects.get()
    assert (kept.phone, kept.kind, kept.source, kept.captured_at) == (
        PHONE,
        Consent.Kind.EXPRESS_WRITTEN,
        Evidence.API,
        datetime(2026, 6, 16, 16, 20, tzinfo=UTC),
    )
    assert (kept.text, kept.seller, kept.evidence_url, kept.certificate, kept.ip_address) == (
        "I agree.\nCall me.",
        "Acme Windows",
        "https://example.com/windows",
        "https://cert.trustedform.com/abc",
        "203.0.113.7",
    )
    assert Lead.objects.get().custom["consent_source"] == "landing-3"


def test_relationship_is_recorded(source: Source) -> None:
    source.post(LEAD | {"relationship": {"kind": "inquiry", "occurred_on": "2026-06-16"}})

    kept = Relationship.objects.get()
    assert (kept.phone, kept.kind, str(kept.occurred_on)) == (PHONE, Relationship.Kind.INQUIRY, "2026-06-16")


def test_withdrawn_consent_and_opt_out_count_even_with_a_duplicate(source: Source, at: datetime) -> None:
    source.post(LEAD | {"consent": {"level": "express", "captured_at": "2026-06-01"}})
    rival = make_source(at, source="Rival", lead_list=source.api_key.lead_list)

    response = rival.post(LEAD | {"consent": {"level": "revoked"}, "dnc": True})

    assert response.status_code == 409
    assert Consent.objects.get().revoked_at is not None
    assert DncEntry.objects.get().phone == PHONE


def test_consent_that_comes_with_a_duplicate_is_not_taken(source: Source, at: datetime) -> None:
    source.post(LEAD)
    rival = make_source(at, source="Rival", lead_list=source.api_key.lead_list)

    rival.post(LEAD | {"consent": {"level": "express", "captured_at": "2026-06-01"}})

    assert Consent.objects.count() == 0


def test_verdict_says_that_a_call_is_allowed_now(campaign: Campaign, warm_source: Source) -> None:
    Campaign.objects.update(purpose="SURVEY")

    verdict = warm_source.post(LEAD).json()["callable"]

    assert (verdict["now"], verdict["reasons"], verdict["zones"]) == (True, [], ["America/New_York"])


def test_verdict_names_every_reason(warm_source: Source) -> None:
    verdict = warm_source.post(LEAD).json()["callable"]

    assert (verdict["now"], verdict["reasons"]) == (False, ["dnc_national", "dnc_state"])


def test_verdict_says_when_a_call_will_be_allowed(campaign: Campaign, warm_source: Source, at: datetime) -> None:
    Campaign.objects.update(purpose="SURVEY", call_until="12:00")

    verdict = warm_source.post(LEAD).json()["callable"]

    assert verdict["reasons"] == ["calling_time"]
    assert verdict["next_allowed_at"] == "2026-06-17T13:00:00Z"


def test_verdict_knows_the_do_not_call_list(campaign: Campaign, warm_source: Source, at: datetime) -> None:
    Campaign.objects.update(purpose="SURVEY")
    add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)

    verdict = warm_source.post(LEAD).json()["callable"]

    assert (verdict["now"], verdict["reasons"], verdict["next_allowed_at"]) == (False, ["dnc_entity"], None)


def test_verdict_without_a_campaign_is_null(source: Source) -> None:
    assert source.post(LEAD).json()["callable"] is None


def test_dry_run_says_the_verdict_and_keeps_nothing(warm_source: Source) -> None:
    response = warm_source.post(
        LEAD
        | {"dry_run": True, "call_now": True, "dnc": True, "consent": {"level": "express", "captured_at": "2026-06-01"}}
    )

    body = response.json()
    assert (response.status_code, body["result"], body["dry_run"], body["lead"]["id"]) == (200, "created", True, None)
    assert "dnc_entity" in body["callable"]["reasons"]
    assert [model.objects.count() for model in (Lead, Consent, DncEntry, CampaignLead)] == [0, 0, 0, 0]


def test_key_without_the_scope_is_refused(tenant: Tenant, at: datetime) -> None:
    reader = make_source(at, scopes=(Scope.LEADS_READ,))

    response = reader.post(LEAD)

    assert (response.status_code, response.json()["error"]["code"]) == (403, "scope_missing")
