"""What the tests of imports share."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile

from apps.leads.importing.files import inspect_file
from apps.leads.importing.run import run_import
from apps.leads.models import Lead, LeadImport, LeadList
from apps.leads.services.imports import ImportOptions, preview_import, start_import, upload_file
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

AT = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
HEADER = ("Phone", "First Name", "State", "Zip")

__all__ = ["AT", "HEADER", "Ticking", "csv_bytes", "import_file", "inspect_file", "phones_of", "reject_rows"]


class Ticking:
    """A clock that moves on by a second at every look."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def csv_bytes(rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([header, *rows])
    return stream.getvalue().encode()


def queue_file(tenant: Tenant, lead_list: LeadList, content: bytes, name: str = "leads.csv", **options: Any) -> int:
    """Upload and start with the guessed mapping; returns the id of the import."""
    with tenant_scope(tenant.id):
        uploaded = upload_file(lead_list=lead_list, upload=ContentFile(content, name), uploaded_by=None, at=AT)
        mapping = preview_import(uploaded).mapping
        start_import(import_id=uploaded.id, mapping=mapping, options=ImportOptions(**options), started_by=None, at=AT)
        return uploaded.id


def import_file(
    tenant: Tenant, lead_list: LeadList, content: bytes, name: str = "leads.csv", **options: Any
) -> LeadImport:
    """Upload, start and run; returns the import as it ended."""
    import_id = queue_file(tenant, lead_list, content, name, **options)
    run_import(tenant_id=tenant.id, import_id=import_id, clock=Ticking())
    with tenant_scope(tenant.id):
        return LeadImport.objects.get(id=import_id)


def phones_of(tenant: Tenant, lead_list: LeadList) -> list[str]:
    with tenant_scope(tenant.id):
        return list(Lead.objects.filter(lead_list=lead_list).order_by("id").values_list("phone", flat=True))


def reject_rows(done: LeadImport) -> list[list[str]]:
    """The file of rejects without its header."""
    if not done.rejects:
        return []
    with done.rejects.open("rb") as stream:
        return list(csv.reader(io.StringIO(stream.read().decode("utf-8-sig"), newline="")))[1:]
