"""Erases what the audit keeps of a person who asks for it. The entries stay, and the ledger still verifies."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.services import erase_values
from apps.core import clock
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope


class Command(BaseCommand):
    help = (
        "Erases every value that the audit of a tenant keeps beside its ledger and that is exactly one of those given: "
        "a phone number as +12125550142, an e-mail address, a name. Exit code 0: done. 2: no such tenant."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="SLUG", help="short name of the tenant")
        parser.add_argument("values", metavar="VALUE", nargs="+", help="what to erase, as it was written")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.", returncode=2)
        with tenant_scope(tenant.id):
            erased = erase_values(values=options["values"], at=clock.now(), actor_label="installation")
        self.stdout.write(f"{tenant.slug}: {erased} values erased from the audit.")
