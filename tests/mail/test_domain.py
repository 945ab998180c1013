"""When an e-mail may be written, what a server's answer means, and what an e-mail says: tables without a database."""

from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.domain.codes import Consent
from apps.mail.domain.failures import read_failure
from apps.mail.domain.permission import MailFacts, Refusal, find_refusal
from apps.mail.domain.words import fill_body, fill_subject, find_template_fault, footer

KNOWN: dict[str, Any] = {
    "is_mail_on": True,
    "has_postal_address": True,
    "has_address": True,
    "is_stopped": False,
    "is_on_dnc": False,
    "consent": Consent.NONE,
    "countries": ("US",),
}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"consent": Consent.EXPRESS}, None),
        ({"is_mail_on": False}, Refusal.OFF),
        ({"has_postal_address": False}, Refusal.NO_POSTAL_ADDRESS),
        ({"has_address": False}, Refusal.NO_ADDRESS),
        ({"is_stopped": True}, Refusal.STOPPED),
        ({"is_on_dnc": True}, Refusal.DO_NOT_CALL),
        ({"consent": Consent.REVOKED}, Refusal.CONSENT_REVOKED),
        # Without an address the reason that matters is still said.
        ({"has_address": False, "is_on_dnc": True}, Refusal.DO_NOT_CALL),
        # Outside the United States, or who knows where, consent comes first.
        ({"countries": ("CA",)}, Refusal.NEEDS_CONSENT),
        ({"countries": ("US", "CA")}, Refusal.NEEDS_CONSENT),
        ({"countries": ()}, Refusal.NEEDS_CONSENT),
        ({"countries": ("CA",), "consent": Consent.EXPRESS_WRITTEN}, None),
    ],
)
def test_refusals(changes: dict[str, Any], refusal: Refusal | None) -> None:
    assert find_refusal(MailFacts(**{**KNOWN, **changes})) == refusal


@pytest.mark.parametrize("unknown", sorted(set(KNOWN) - {"countries"}))
def test_what_is_not_known_means_no(unknown: str) -> None:
    assert find_refusal(MailFacts(**{**KNOWN, unknown: None})) is not None


@pytest.mark.parametrize(
    ("error", "is_temporary", "reason"),
    [
        (SMTPRecipientsRefused({"a@b.test": (550, b"5.1.1 No such\nmailbox")}), False, "550 5.1.1 No such mailbox"),
        (SMTPRecipientsRefused({"a@b.test": (451, b"Later")}), True, "451 Later"),
        (SMTPSenderRefused(553, b"Who are you", "x@y.test"), False, "553 Who are you"),
        (SMTPDataError(452, b"Full"), True, "452 Full"),
        (SMTPAuthenticationError(535, b"Wrong password"), False, "535 Wrong password"),
        (SMTPServerDisconnected("gone"), True, "SMTPServerDisconnected: gone"),
        (ConnectionRefusedError("no"), True, "ConnectionRefusedError: no"),
        (TimeoutError("slow"), True, "TimeoutError: slow"),
        (ValueError("header"), False, "ValueError: header"),
    ],
)
def test_failures(error: Exception, is_temporary: bool, reason: str) -> None:
    assert read_failure(error) == (is_temporary, reason)


@pytest.mark.parametrize(
    ("subject", "body", "fault"),
    [
        ("Hello {first_name}", "Bye {custom.roof|roof}", None),
        (" ", "x", ("subject", "Write something here.")),
        ("x", "", ("body", "Write something here.")),
        ("x", "one\n{frist_name}", ("body", "Line 2: {frist_name} is not a variable; did you mean {first_name}?")),
    ],
)
def test_template_faults(subject: str, body: str, fault: tuple[str, str] | None) -> None:
    assert find_template_fault(subject=subject, body=body) == fault


@given(st.text())
def test_a_subject_is_one_line_whatever_the_lead_is_called(name: str) -> None:
    subject = fill_subject("Hello {first_name}!", {"first_name": name})
    assert len(subject.splitlines()) == 1


def test_a_letter_with_its_footer() -> None:
    assert fill_body("Hello {first_name|you},\r\n\r\nbye\n", {"first_name": ""}) == "Hello you,\n\nbye"
    assert footer(sender="Acme", postal_address="1 Road\nTown", stop_url="https://x.test/s") == (
        "-- \nAcme\n1 Road\nTown\n\nNo more e-mails from us: https://x.test/s"
    )
