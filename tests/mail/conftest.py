from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.leads.models import Lead
from apps.mail.models import Email, MailTemplate
from apps.mail.services.writing import Letter, write_email
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import jobs

__all__ = ["jobs"]

Write = Callable[..., Email]


@pytest.fixture(autouse=True)
def mail_on(settings: Settings) -> None:
    """A mail server is configured; e-mails end in django.core.mail.outbox."""
    settings.MAIL_IS_ON = True
    settings.DEFAULT_FROM_EMAIL = "office@fairdial.example.test"
    settings.PUBLIC_BASE_URL = "https://dialler.example.test"


@pytest.fixture(autouse=True)
def addressed(tenant: Tenant) -> None:
    """The tenant has said what every e-mail must state."""
    tenant.postal_address = "100 Example Street\nNew York, NY 10001"
    tenant.mail_from_name = "Acme Windows, New York"
    tenant.mail_reply_to = "answers@acme.example.test"
    tenant.save()


@pytest.fixture
def lead(tenant: Tenant) -> Lead:
    found: Lead = factories.LeadFactory.create(
        email="Ada@people.example.test", place__jurisdictions=["US", "US-NY"], first_name="Ada"
    )
    return found


@pytest.fixture
def template(tenant: Tenant) -> MailTemplate:
    return MailTemplate.objects.create(
        name="Thanks", kind="FOLLOW_UP", subject="Thank you, {first_name|friend}", body="Hello {first_name},\n\nbye."
    )


@pytest.fixture
def agent(tenant: Tenant) -> User:
    found: User = factories.UserFactory.create(name="Alex Agent")
    return found


@pytest.fixture
def write(lead: Lead, template: MailTemplate, agent: User, at: datetime, jobs: object) -> Write:
    """Writes the template to the lead as the agent."""

    def act(**changes: Any) -> Email:
        known: dict[str, Any] = {"lead": lead, "template": template, "campaign_id": 7, "values": {"first_name": "Ada"}}
        return write_email(letter=Letter(**{**known, **changes}), sender=agent, at=at)

    return act
