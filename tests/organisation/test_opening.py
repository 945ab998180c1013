"""`manage.py open_organisation`: from an empty installation to an owner who is in."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import Invitation, Membership, Role, User
from apps.audit.models import AuditEntry
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

pytestmark = pytest.mark.django_db
OWNER = "olga@example.test"
PASSWORD = "a long enough one"


def open_one(*options: str, slug: str = "bayside", email: str = OWNER) -> str:
    """The path of the link that the command prints."""
    output = StringIO()
    call_command("open_organisation", slug, "Bayside Roofing", email, *options, stdout=output)
    found = re.search(r"https?://[^/]+(/\S+)", output.getvalue())
    assert found is not None
    return found.group(1)


def test_owner_joins_by_the_printed_link() -> None:
    link = open_one(
        "--country", "ca", "--country", "US", "--legal-profile", "charity", "--time-zone", "America/Toronto"
    )
    assert Client().post(link, {"name": "Olga Owner", "password": PASSWORD}).status_code == 302

    tenant = Tenant.objects.get()
    assert (tenant.legal_profile, tenant.countries, tenant.time_zone) == ("CHARITY", ["CA", "US"], "America/Toronto")
    assert (tenant.seller_name, tenant.is_mfa_required) == ("Bayside Roofing", True)
    with tenant_scope(tenant.id):
        member = Membership.objects.select_related("user").get()
        told = list(AuditEntry.objects.order_by("id").values_list("action", "actor_label"))
    assert (member.role, member.user.email, member.user.check_password(PASSWORD)) == (Role.OWNER, OWNER, True)
    assert told == [("tenant.opened", "installation"), ("member.invited", "installation"), ("member.joined", "")]


def test_opening_again_replaces_the_link_until_somebody_has_joined() -> None:
    wrong = open_one(email="olgo@example.test")
    link = open_one()

    assert Client().get(wrong).status_code == 404
    Client().post(link, {"name": "Olga Owner", "password": PASSWORD})
    with pytest.raises(CommandError, match="There is an organisation bayside already, with members") as refused:
        open_one()
    assert refused.value.returncode == 2
    with tenant_scope(Tenant.objects.get().id):
        assert Invitation.objects.filter(accepted_at=None).count() == 0


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"slug": "Bay side"}, "slug: Use small letters, digits and hyphens only."),
        ({"email": "olga"}, "owner_email: Enter a valid email address."),
        ({"options": ["--country", "XX"]}, "countries: Select a valid choice. XX is not one of the available choices."),
        ({"options": ["--time-zone", "Mars"]}, "time_zone: Select a valid choice."),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(arguments: dict[str, str | list[str]], fault: str) -> None:
    options = arguments.pop("options", [])
    with pytest.raises(CommandError, match=re.escape(fault)) as refused:
        open_one(*options, **arguments)  # type: ignore[arg-type]  # texts, but for the options
    assert (refused.value.returncode, Tenant.objects.count(), User.objects.count()) == (2, 0, 0)


def test_defaults_are_those_of_a_tenant() -> None:
    open_one()
    tenant, fresh = Tenant.objects.get(), Tenant()
    assert (tenant.time_zone, tenant.legal_profile, tenant.countries) == (fresh.time_zone, fresh.legal_profile, ["US"])
