"""Files of leads: upload, mapping, start. The import itself runs in a worker (`leads.importing`)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.core.files import File

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.clock import real_seconds
from apps.core.errors import ConflictError, InvalidError
from apps.core.jobs import enqueue
from apps.leads.domain.mapping import ColumnMapping, MappingError
from apps.leads.importing.errors import FileError
from apps.leads.importing.files import FileFormat, Preview, inspect_file
from apps.leads.importing.limits import MAX_BYTES
from apps.leads.importing.progress import LEASE_SECONDS
from apps.leads.models import DedupeScope, LeadImport, LeadList
from apps.tenants.scope import get_tenant_id

_MAX_NAME: Final = 200


class ImportStartedError(ConflictError):
    """The import has been started before; its mapping cannot change any more."""

    code = "import_started"


class InvalidMappingError(InvalidError):
    """The columns cannot be imported as mapped."""

    code = "import_mapping"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is to be imported. `region` (ISO 3166) is where numbers without country code are at home.

    `dedupe_list_ids` are the lists that share a scope of CAMPAIGN.
    """

    region: str = "US"
    dedupe_scope: DedupeScope = DedupeScope.LIST
    dedupe_list_ids: Sequence[int] = ()
    on_duplicate: LeadImport.OnDuplicate = LeadImport.OnDuplicate.SKIP


def upload_file(*, lead_list: LeadList, upload: File[bytes], uploaded_by: User | None, at: datetime) -> LeadImport:
    """Keep an uploaded file with a guess of its columns, for a person to look at.

    Raises FileError when it cannot be a lead file, saying what to do; nothing is kept then.
    """
    size = upload.size or 0
    if size > MAX_BYTES:
        raise FileError(f"The file is larger than {MAX_BYTES >> 30} GB. Split it.", code="file_too_large")
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    name = Path(upload.name or "leads").name[-_MAX_NAME:]
    lead_import = LeadImport(
        lead_list=lead_list,
        file_name=name,
        size=size,
        sha256=digest.hexdigest(),
        created_by=uploaded_by,
        created_at=at,
        tenant_id=get_tenant_id(),
    )
    # The name on disk says nothing of the tenant's own file name.
    lead_import.file.save(f"{digest.hexdigest()[:24]}{Path(name).suffix[:8].lower()}", upload, save=False)
    try:
        preview = inspect_file(Path(lead_import.file.path))
    except FileError:
        lead_import.file.delete(save=False)
        raise
    lead_import.mapping = _stored_mapping(preview.format, preview.mapping)
    lead_import.save()
    return lead_import


def choose_sheet(*, import_id: int, sheet: str) -> LeadImport:
    """Take another sheet of a workbook, with a new guess of its columns. Raises FileError, ImportStartedError."""
    lead_import = _get_unstarted(import_id)
    preview = inspect_file(Path(lead_import.file.path), sheet=sheet)
    lead_import.mapping = _stored_mapping(preview.format, preview.mapping)
    lead_import.save(update_fields=["mapping"])
    return lead_import


def start_import(
    *, import_id: int, mapping: ColumnMapping, options: ImportOptions, started_by: User | None, at: datetime
) -> LeadImport:
    """Queue an uploaded file with its columns as a person confirmed them.

    Raises InvalidMappingError when the columns cannot be imported so, ImportStartedError, LeadImport.DoesNotExist.
    """
    lead_import = _get_unstarted(import_id)
    try:
        mapping.check()
    except MappingError as error:
        raise InvalidMappingError(str(error), field="columns") from error
    lead_import.mapping = {**lead_import.mapping, **mapping.to_json()}
    lead_import.default_region = options.region
    lead_import.dedupe_scope = options.dedupe_scope
    lead_import.dedupe_list_ids = sorted(set(options.dedupe_list_ids))
    lead_import.on_duplicate = options.on_duplicate
    lead_import.state = LeadImport.State.QUEUED
    # Should the message to the worker be lost, the import is found again after this.
    lead_import.lease_until = at + real_seconds(LEASE_SECONDS)
    lead_import.save()
    data = {"list": lead_import.lead_list_id, "file": lead_import.file_name, "sha256": lead_import.sha256}
    record(Action.IMPORT_STARTED, at=at, target=f"import:{import_id}", actor=started_by, data=data)
    enqueue("leads.run_import", tenant_id=lead_import.tenant_id, import_id=import_id)
    return lead_import


def preview_import(lead_import: LeadImport) -> Preview:
    """First rows and columns of an uploaded file, with the mapping that is stored. Raises FileError."""
    stored = FileFormat.from_json(lead_import.mapping["format"])
    preview = inspect_file(Path(lead_import.file.path), sheet=stored.sheet)
    mapping = ColumnMapping.from_json(lead_import.mapping, preview.mapping.headers)
    return Preview(preview.format, preview.sheets, preview.rows, mapping)


def _stored_mapping(file_format: FileFormat, mapping: ColumnMapping) -> dict[str, Any]:
    return {"format": file_format.to_json(), **mapping.to_json()}


def _get_unstarted(import_id: int) -> LeadImport:
    lead_import = LeadImport.objects.select_for_update(of=("self",)).get(id=import_id)
    if lead_import.state != LeadImport.State.UPLOADED:
        raise ImportStartedError("This file is being imported already.")
    return lead_import
