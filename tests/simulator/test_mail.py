"""The catcher takes e-mails over real SMTP, shows them, and refuses those whose address asks for it."""

from collections.abc import Iterator
from dataclasses import replace
from smtplib import SMTP, SMTPRecipientsRefused

import pytest
import requests
from django.core.mail import EmailMessage, get_connection

from tests.conformance.running import RunningCarrier, fast_config


@pytest.fixture(scope="module")
def carrier() -> Iterator[RunningCarrier]:
    with RunningCarrier(replace(fast_config(), smtp_port=0)) as running:
        yield running


def port(carrier: RunningCarrier) -> int:
    return carrier.carrier.catcher.port


def test_an_email_is_caught_and_shown(carrier: RunningCarrier) -> None:
    server = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port(carrier), timeout=5
    )
    text = "Grüße <b>aus</b> New York"
    message = EmailMessage("Hallo", text, "Acme <us@acme.example.test>", ["ada@people.example.test"], connection=server)
    assert message.send() == 1

    (caught,) = requests.get(f"{carrier.address}/sim/mail", timeout=5).json()["messages"]
    assert (caught["sender"], caught["recipients"]) == ("us@acme.example.test", ["ada@people.example.test"])
    assert (caught["headers"]["Subject"], caught["text"].strip()) == ("Hallo", text)
    page = requests.get(f"{carrier.address}/mail", timeout=5).text
    assert "Grüße &lt;b&gt;aus&lt;/b&gt; New York" in page
    requests.delete(f"{carrier.address}/sim/mail", timeout=5)
    assert requests.get(f"{carrier.address}/sim/mail", timeout=5).json() == {"messages": []}


@pytest.mark.parametrize(("local", "codes"), [("bounce-7", [550, 550]), ("later-7", [451, None])])
def test_some_addresses_are_refused_or_put_off(carrier: RunningCarrier, local: str, codes: list[int | None]) -> None:
    found: list[int | None] = []
    for _ in codes:
        with SMTP("127.0.0.1", port(carrier), timeout=5) as client:
            try:
                client.sendmail("us@acme.example.test", f"{local}@people.example.test", "Subject: x\n\ny")
                found.append(None)
            except SMTPRecipientsRefused as refused:
                found.append(next(iter(refused.recipients.values()))[0])
    assert found == codes
