"""The description is the one that is committed, is valid, and is what the endpoints do."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from apps.api.domain.errors import ApiError
from apps.api.models import ApiKey
from apps.api.schemas import SCHEMAS
from apps.api.views.docs import schema
from apps.campaigns.models import Campaign
from apps.leads.models import Lead
from tests import factories
from tests.api.conftest import BATCH, LEADS, Source

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
LEAD = {"phone": "+12125550142", "state": "NY", "consent": {"level": "express", "captured_at": "2026-06-01"}}


def check(value: Any, reference: dict[str, Any]) -> None:
    """Fail unless `value` is what the schema says."""
    whole = {"components": {"schemas": SCHEMAS}, **reference}
    assert [error.message for error in Draft202012Validator(whole).iter_errors(value)] == []


def body_of(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def subclasses(base: type[ApiError]) -> list[type[ApiError]]:
    return [base, *(deeper for each in base.__subclasses__() for deeper in subclasses(each))]


def test_committed_description_is_the_current_one() -> None:
    committed = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))

    assert committed == schema(), "run: manage.py spectacular --file docs/openapi.yaml"


def test_description_is_valid_openapi() -> None:
    assert schema()["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(schema()).validate()


def test_every_operation_has_examples_that_fit_their_schema() -> None:
    operations = [operation for path in schema()["paths"].values() for operation in path.values()]
    assert len(operations) == 5
    for operation in operations:
        contents = [operation["responses"][status]["content"] for status in operation["responses"]]
        contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
        examples = [
            (example["value"], content["application/json"]["schema"])
            for content in contents
            for example in content["application/json"].get("examples", {}).values()
        ]
        assert examples, operation["operationId"]
        for value, reference in examples:
            check(value, reference)


def test_every_status_of_an_error_is_described() -> None:
    described = {int(status) for path in schema()["paths"].values() for o in path.values() for status in o["responses"]}

    assert {error.status for error in subclasses(ApiError)} - described == {405}


def test_description_and_page_need_no_key(db: None) -> None:
    described, page = Client().get("/api/v1/openapi.json"), Client().get("/api/v1/docs/")

    assert described.json() == schema()
    assert page.status_code == 200
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert b"<script>" not in page.content


def test_answers_fit_the_description(campaign: Campaign, warm_source: Source) -> None:
    first = warm_source.post(LEAD | {"call_now": True}).json()
    factories.CampaignLeadFactory.create(lead=Lead.objects.get(), place_id=factories.PlaceFactory.create().id)

    check(first, body_of("Verdict"))
    check(warm_source.post(LEAD | {"dry_run": True}).json(), body_of("Verdict"))
    check(warm_source.post({"leads": [LEAD, {"phone": "1"}, LEAD]}, path=BATCH).json(), body_of("BatchVerdict"))
    check(warm_source.get().json(), body_of("LeadPage"))
    check(warm_source.get(f"{LEADS}/{first['lead']['id']}").json(), body_of("LeadAnswer"))
    check(warm_source.get(f"{LEADS}/{first['lead']['id']}/attempts").json(), body_of("AttemptPage"))
    check(warm_source.post({"phone": 1}).json(), body_of("Error"))


def test_answer_without_a_campaign_fits_the_description(source: Source) -> None:
    check(source.post(LEAD).json(), body_of("Verdict"))


@pytest.mark.parametrize("flaw", [{"phone": 1}, {"colour": "red"}, {"custom": {"a": []}}, {"rank": "x"}])
def test_request_that_the_description_forbids_is_refused(source: Source, flaw: dict[str, Any]) -> None:
    request = LEAD | flaw

    whole = {"components": {"schemas": SCHEMAS}, **body_of("NewLead")}
    assert not Draft202012Validator(whole).is_valid(request)
    assert source.post(request).status_code == 422
    assert ApiKey.objects.count() == 1
