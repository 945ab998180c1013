from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.api.domain.keys import PREFIX_LENGTH, format_key, read_key
from apps.api.models import ApiKey
from apps.api.services.keys import (
    KeyRevokedError,
    KeyTerms,
    SourceTakenError,
    change_key,
    create_key,
    is_use_due,
    note_use,
    renew_key,
    revoke_key,
)
from apps.audit.models import AuditEntry
from apps.tenants.models import Tenant
from tests import factories
from tests.api.conftest import Source, make_source


@given(tenant_id=st.integers(1, 36**12 - 1), random=st.binary(min_size=32, max_size=32))
def test_key_reads_back_as_its_tenant(tenant_id: int, random: bytes) -> None:
    text = format_key(tenant_id=tenant_id, random=random)

    presented = read_key(text)

    assert presented is not None
    assert (presented.tenant_id, presented.prefix) == (tenant_id, text[:PREFIX_LENGTH])


@pytest.mark.parametrize(
    "text", ["", "fd_1_", "fd__" + "a" * 52, "fd_1_" + "a" * 51, "fd_1_" + "A" * 52, "xx_1_" + "a" * 52]
)
def test_key_that_is_not_ours_is_refused(text: str) -> None:
    assert read_key(text) is None


def test_only_a_hash_of_the_key_is_kept(source: Source) -> None:
    kept = {str(value) for value in ApiKey.objects.values_list().get()}

    assert source.text not in kept
    assert not any(source.text[PREFIX_LENGTH:] in value for value in kept)


def test_source_name_is_taken_once(source: Source, at: datetime) -> None:
    terms = KeyTerms(source=source.api_key.source, lead_list=source.api_key.lead_list)

    with pytest.raises(SourceTakenError):
        create_key(terms=terms, created_by=None, at=at)


def test_renewing_stops_the_old_key_and_revives_a_revoked_one(source: Source, at: datetime) -> None:
    user = factories.UserFactory.create()
    revoke_key(api_key=source.api_key, revoked_by=user, at=at)

    text = renew_key(api_key=source.api_key, renewed_by=user, at=at)

    assert source.get().status_code == 401
    assert Source(source.api_key, text).get().status_code == 200


def test_revoking_twice_is_a_conflict(source: Source, at: datetime) -> None:
    user = factories.UserFactory.create()
    revoke_key(api_key=source.api_key, revoked_by=user, at=at)

    with pytest.raises(KeyRevokedError):
        revoke_key(api_key=source.api_key, revoked_by=user, at=at)


def test_changes_of_keys_are_audited(source: Source, at: datetime) -> None:
    user = factories.UserFactory.create()
    terms = KeyTerms(source="Renamed", lead_list=source.api_key.lead_list, per_minute=10)
    change_key(api_key=source.api_key, terms=terms, changed_by=user, at=at)
    renew_key(api_key=source.api_key, renewed_by=user, at=at)
    revoke_key(api_key=source.api_key, revoked_by=user, at=at)

    entries = AuditEntry.objects.filter(target=f"api_key:{source.api_key.id}").order_by("id")

    assert [entry.action for entry in entries] == [
        "api_key.created",
        "api_key.changed",
        "api_key.changed",
        "api_key.revoked",
    ]
    assert not any(source.text in str(entry.data) for entry in entries)


def test_last_use_is_written_once_a_minute(source: Source, at: datetime) -> None:
    uses = [at, at + timedelta(seconds=30), at + timedelta(seconds=60)]
    written = []
    for used_at in uses:
        source.api_key.refresh_from_db()
        if is_use_due(source.api_key, at=used_at):
            note_use(api_key=source.api_key, at=used_at)
            written.append(used_at)

    source.api_key.refresh_from_db()
    assert written == [uses[0], uses[2]]
    assert source.api_key.last_used_at == uses[2]


def test_key_of_one_tenant_says_nothing_in_another(source: Source, other_tenant: Tenant, at: datetime) -> None:
    foreign = make_source(at, tenant=other_tenant)
    forged = foreign.text.rpartition("_")[0] + "_" + source.text.rpartition("_")[2]

    assert Source(source.api_key, forged).get().json()["error"]["code"] == "key_unknown"
