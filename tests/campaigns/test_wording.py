from datetime import UTC, datetime

from apps.campaigns.wording import queue_reason_text
from apps.compliance.domain.codes import Reason
from apps.compliance.models import Decision
from apps.compliance.wording import REASON_TEXTS, explain, reason_text


def test_every_reason_of_the_gate_has_words() -> None:
    assert set(REASON_TEXTS) == set(Reason)


def test_queue_reasons_fall_back_on_the_gate_and_then_on_the_code() -> None:
    texts = [queue_reason_text(code) for code in ("retry", "calling_time", "SALE")]
    assert texts == [
        "called before, waiting for the next try",
        "outside calling hours where the person is",
        "SALE",
    ]


def test_disposition_is_told_by_its_name() -> None:
    assert queue_reason_text("SALE", {"SALE": "Sold"}) == "Sold"


def decision(**fields: object) -> Decision:
    at = datetime(2026, 6, 16, 13, 2, tzinfo=UTC)
    return Decision(**({"decided_at": at, "is_allowed": True, "zones": ["America/New_York"]} | fields))


def test_allowed_decision_names_the_local_time() -> None:
    assert explain(decision()) == "Allowed at 09:02 New York"


def test_zones_that_agree_are_told_once() -> None:
    assert explain(decision(zones=["America/New_York", "America/Detroit", "America/Chicago"])) == (
        "Allowed at 09:02 New York / 08:02 Chicago"
    )


def test_refusal_names_all_reasons_and_when_to_try_again() -> None:
    refused = decision(
        is_allowed=False,
        reasons=["calling_time", "attempt_cap"],
        next_allowed_at=datetime(2026, 6, 17, 12, 0, tzinfo=UTC),
    )
    assert explain(refused) == (
        "Refused: outside calling hours where the person is; called as often as the law allows for now; "
        "may be called from Wed 08:00 New York"
    )


def test_refusal_that_time_does_not_heal_gives_no_time() -> None:
    assert explain(decision(is_allowed=False, reasons=["mobile_ban"])) == (
        "Refused: the state bans sales calls to mobiles"
    )


def test_decision_without_a_zone_still_reads() -> None:
    assert (explain(decision(zones=[])), reason_text("new_code")) == ("Allowed", "new_code")
