"""Proves that no audit entry and no compliance decision was changed, removed or slipped in afterwards."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from apps.audit.ledger import FAULTS, verify_tenant
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope


class Command(BaseCommand):
    help = (
        "Checks the hash chain of every ledger and prints its head, which an outsider may note down. "
        "Exit code 0: all whole. 1: a broken link, named. 2: no such tenant, or no database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="check this tenant only")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        try:
            connection.ensure_connection()
        except OperationalError as error:
            message = "No database answers: start one with `make run`, or name it in DATABASE_URL."
            raise CommandError(message, returncode=2) from error
        tenants = Tenant.objects.order_by("slug", "id")
        if options["tenant"]:
            tenants = tenants.filter(slug=options["tenant"])
            if not tenants:
                raise CommandError(f"There is no tenant {options['tenant']!r}.", returncode=2)
        broken = False
        for tenant in tenants:
            with tenant_scope(tenant.id):
                reports = verify_tenant(tenant_id=tenant.id)
            for report in reports:
                line = f"{tenant.slug} {report.table}: {report.entries} entries, head {report.head or '-'}"
                if report.bad_id is not None:
                    broken = True
                    line += f"; BROKEN at id {report.bad_id}: {FAULTS[report.fault]}"
                self.stdout.write(line)
        if broken:
            sys.exit(1)
