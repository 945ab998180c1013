"""EMAIL_URL: what is wrong stops the start, and without it e-mail is off."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from environ import Env

from config.settings.mail import read_mail

GOOD = "smtp+tls://user:secret@mail.example.com:587"


def read(monkeypatch: pytest.MonkeyPatch, url: str, *, carrier: str = "twilio", sender: str = "us@firm.com") -> bool:
    monkeypatch.setenv("EMAIL_URL", url)
    return read_mail(Env(), sender=sender, carrier=carrier).has_server


@pytest.mark.parametrize(
    ("url", "has_server"), [("", False), ("consolemail://", False), (GOOD, True), ("smtp://localhost:25", True)]
)
def test_a_server_turns_mail_on(monkeypatch: pytest.MonkeyPatch, url: str, has_server: bool) -> None:
    assert read(monkeypatch, url) is has_server


@pytest.mark.parametrize(
    ("url", "changes", "words"),
    [
        ("mail.example.com", {}, "EMAIL_URL begins with"),
        ("http://mail.example.com", {}, "EMAIL_URL begins with 'http'"),
        ("smtp://", {}, "names no host and port"),
        ("smtp://mail.example.com", {}, "names no host and port"),
        ("smtp://mail.example.com:port", {}, "cannot be read"),
        (GOOD, {"sender": "somebody"}, "which is no e-mail address"),
        (GOOD, {"sender": "fairdial@localhost"}, "an address of your own domain"),
        (GOOD, {"carrier": "simulator"}, "a simulation sends e-mail to this machine only"),
    ],
)
def test_what_is_wrong_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, url: str, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        read(monkeypatch, url, **changes)


def test_a_simulation_sends_to_the_catcher(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, "smtp://127.0.0.1:8025", carrier="simulator", sender="fairdial@localhost")
