"""Writing and sending: the queue, the law at both ends, retries, and the end of e-mails by a link."""

import re
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.compliance.models import Evidence
from apps.compliance.services.consents import revoke_consent
from apps.compliance.services.suppression import add_dnc_entry
from apps.core.errors import InvalidError
from apps.leads.models import Lead
from apps.mail.models import Email, MailStop, MailTemplate
from apps.mail.services import sending
from apps.mail.services.stopping import stop_mail, stop_url
from apps.mail.services.writing import JustWrittenError, MailRefusedError
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.dialling import Jobs
from tests.mail.conftest import Write


def send(email: Email, at: datetime) -> Email:
    sending.send_email(tenant_id=email.tenant_id, email_id=email.id, at=at)
    return Email.objects.get(id=email.id)


def test_an_email_is_queued_with_its_words_and_sent_after_commit(write: Write, jobs: Jobs, agent: User) -> None:
    email = write()
    assert (email.state, email.subject, email.body) == ("QUEUED", "Thank you, Ada", "Hello Ada,\n\nbye.")
    assert (email.address, email.sender) == ("Ada@people.example.test", agent)
    assert jobs.sent == [("mail.send_email", {"tenant_id": email.tenant_id, "email_id": str(email.id)})]


def test_what_arrives_says_who_writes_from_where_and_how_to_end_it(write: Write, at: datetime) -> None:
    email = send(write(), at)
    (message,) = mail.outbox
    assert (email.state, email.sent_at, email.try_count) == ("SENT", at, 1)
    assert message.to == ["Ada@people.example.test"]
    assert message.from_email == '"Acme Windows, New York" <office@fairdial.example.test>'
    assert message.reply_to == ["answers@acme.example.test"]
    url = stop_url(email)
    assert message.extra_headers["List-Unsubscribe"] == f"<{url}>"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.extra_headers["Message-ID"] == f"<{email.id}@fairdial.example.test>"
    assert message.body == (
        "Hello Ada,\n\nbye.\n\n-- \nAcme Windows, New York\n100 Example Street\nNew York, NY 10001\n\n"
        f"No more e-mails from us: {url}\n"
    )
    assert re.fullmatch(r"https://dialler\.example\.test/mail/stop/[\w.-]+/", url)


def test_a_message_that_comes_twice_sends_once(write: Write, at: datetime) -> None:
    email = write()
    send(email, at)
    send(email, at)
    assert len(mail.outbox) == 1


def test_the_same_letter_is_not_written_twice_in_a_row(write: Write, template: MailTemplate) -> None:
    write()
    with pytest.raises(JustWrittenError):
        write()
    other = MailTemplate.objects.create(name="Other", kind="INTRO", subject="x", body="y")
    assert write(template=other).subject == "x"


def test_a_missing_address_is_asked_for_and_kept_with_the_lead(write: Write, lead: Lead) -> None:
    Lead.objects.update(email="")
    with pytest.raises(MailRefusedError) as caught:
        write()
    assert caught.value.code == "no_address"
    with pytest.raises(InvalidError):
        write(new_address="not an address")

    assert write(new_address=" new@people.example.test ").address == "new@people.example.test"

    lead.refresh_from_db()
    assert lead.email == "new@people.example.test"
    entry = AuditEntry.objects.get(action="lead.changed")
    assert (entry.target, entry.data["fields"]) == (f"lead:{lead.id}", ["email"])


def test_an_address_on_record_is_not_changed_at_the_desk(write: Write, lead: Lead) -> None:
    with pytest.raises(InvalidError):
        write(new_address="other@people.example.test")
    lead.refresh_from_db()
    assert lead.email == "Ada@people.example.test"


def forbid(how: str, lead: Lead, at: datetime) -> None:
    if how == "stopped":
        stop_mail(address=lead.email.upper(), source=MailStop.Source.AGENT, by=None, at=at)
    elif how == "consent_revoked":
        revoke_consent(phone=lead.phone, source=Evidence.AGENT, revoked_by="test", at=at)
    elif how == "no_postal_address":
        Tenant.objects.filter(id=lead.tenant_id).update(postal_address="")
    else:
        campaign_id = 7 if how == "do_not_call in the campaign" else None
        add_dnc_entry(phone=lead.phone, campaign_id=campaign_id, source=Evidence.AGENT, created_by="test", at=at)


WAYS = ["stopped", "do_not_call", "do_not_call in the campaign", "consent_revoked", "no_postal_address"]


@pytest.mark.parametrize("how", WAYS)
def test_who_wants_none_is_not_written_to(write: Write, lead: Lead, at: datetime, how: str) -> None:
    forbid(how, lead, at)
    with pytest.raises(MailRefusedError) as caught:
        write()
    assert (caught.value.code, Email.objects.count()) == (how.partition(" ")[0], 0)


@pytest.mark.parametrize("how", WAYS)
def test_a_no_that_comes_while_it_waits_is_heard(write: Write, lead: Lead, at: datetime, how: str) -> None:
    email = write()
    forbid(how, lead, at)
    email = send(email, at)
    assert (email.state, bool(email.reason), mail.outbox) == ("FAILED", True, [])


def test_a_no_to_another_campaign_or_address_is_none_to_this(write: Write, lead: Lead, at: datetime) -> None:
    add_dnc_entry(phone=lead.phone, campaign_id=8, source=Evidence.AGENT, created_by="test", at=at)
    stop_mail(address="eve@people.example.test", source=MailStop.Source.AGENT, by=None, at=at)
    assert send(write(), at).state == "SENT"


def test_without_a_mail_server_nothing_is_written(write: Write, settings: Settings) -> None:
    settings.MAIL_IS_ON = False
    with pytest.raises(MailRefusedError) as caught:
        write()
    assert caught.value.code == "off"


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(message: EmailMessage, **_: object) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", fail)


def test_a_refusal_for_now_is_tried_again_and_in_the_end_given_up(
    write: Write, at: datetime, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = write()
    failing(monkeypatch, SMTPDataError(452, b"Mailbox full"))
    waits = []
    now = at
    for _ in range(5):
        email = send(email, now)
        assert (email.state, email.reason) == ("QUEUED", "452 Mailbox full")
        assert sending.wake_due(tenant_id=email.tenant_id, at=email.next_try_at - timedelta(seconds=1)) == 0
        waits.append((email.next_try_at - now).total_seconds() / 60)
        now = email.next_try_at
        assert sending.wake_due(tenant_id=email.tenant_id, at=now) == 1
    assert waits == [1, 5, 15, 60, 240]
    email = send(email, now)
    assert (email.state, email.try_count, email.reason) == ("FAILED", 6, "452 Mailbox full")


def test_a_refusal_for_good_ends_it(write: Write, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, SMTPRecipientsRefused({"Ada@people.example.test": (550, b"No such mailbox")}))
    email = send(write(), at)
    assert (email.state, email.reason) == ("FAILED", "550 No such mailbox")


def test_what_a_lost_worker_was_sending_is_not_sent_again(write: Write, at: datetime) -> None:
    email = write()
    Email.objects.update(state="SENDING", lease_until=at + timedelta(seconds=60))
    assert sending.wake_due(tenant_id=email.tenant_id, at=at) == 0
    assert Email.objects.get().state == "SENDING"
    sending.wake_due(tenant_id=email.tenant_id, at=at + timedelta(seconds=61))
    assert (Email.objects.get().state, Email.objects.get().reason) == ("FAILED", sending.LOST)


def path_of(email: Email) -> str:
    return stop_url(email).removeprefix("https://dialler.example.test")


def test_the_link_asks_first_and_one_click_ends_it(write: Write, at: datetime, tenant: Tenant) -> None:
    email = send(write(), at)
    reader = Client(enforce_csrf_checks=True)

    page = reader.get(path_of(email))
    assert (page.status_code, MailStop.objects.count()) == (200, 0)
    assert "Acme Windows, New York" in page.content.decode()

    # What a mail program sends (RFC 8058).
    answer = reader.post(path_of(email), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "You get no more e-mails" in answer.content.decode()) == (200, True)
    stop = MailStop.objects.get()
    assert (stop.address, stop.source) == ("ada@people.example.test", "LINK")
    reader.post(path_of(email))
    assert AuditEntry.objects.filter(action="mail.stopped").count() == 1


@pytest.mark.parametrize("token", ["nothing", "1-00000000000000000000000000000000.xyz", "x.y"])
def test_a_link_that_we_did_not_sign_does_nothing(tenant: Tenant, token: str) -> None:
    answer = Client().post(f"/mail/stop/{token}/")
    assert (answer.status_code, MailStop.objects.count()) == (404, 0)


def test_a_link_ends_the_emails_of_its_own_tenant_only(write: Write, at: datetime, other_tenant: Tenant) -> None:
    Client().post(path_of(write()))
    with tenant_scope(other_tenant.id):
        assert MailStop.objects.count() == 0


def test_a_link_signed_with_the_former_key_works(write: Write, settings: Settings) -> None:
    path = path_of(write())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "b" * 50, [settings.SECRET_KEY]
    factories.UserFactory.create()
    assert Client().get(path).status_code == 200
