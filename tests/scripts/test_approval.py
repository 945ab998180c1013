from datetime import datetime

import pytest

from apps.accounts.models import Role, User
from apps.audit.models import AuditEntry
from apps.campaigns.selectors import find_blockers, list_usable_script_versions
from apps.campaigns.services.life import ScriptNotApprovedError, create_campaign, update_campaign
from apps.core.errors import InvalidError
from apps.scripts.domain.questions import END, Kind, Question
from apps.scripts.domain.wording import Wording
from apps.scripts.models import ScriptVersion
from apps.scripts.selectors import list_waiting_versions
from apps.scripts.services.approval import (
    OwnVersionError,
    ScriptFaultyError,
    VersionStateError,
    approve_version,
    return_version,
    submit_version,
)
from apps.scripts.services.writing import change_wording, create_script, put_question
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import add_member


@pytest.fixture
def officer(tenant: Tenant) -> User:
    return add_member(tenant, Role.COMPLIANCE).user


@pytest.fixture
def draft(tenant: Tenant, at: datetime) -> ScriptVersion:
    return create_script(name="Spring", wording=Wording("Hello"), created_by=None, at=at)


def next_version(version: ScriptVersion, text: str, at: datetime) -> ScriptVersion:
    wording = Wording(text)
    return change_wording(script_id=version.script_id, name="Spring", wording=wording, changed_by=None, at=at)


def submit(version: ScriptVersion, at: datetime) -> ScriptVersion:
    return submit_version(version_id=version.id, submitted_by=None, at=at)


def test_version_is_handed_in_and_approved(draft: ScriptVersion, officer: User, at: datetime) -> None:
    submit(draft, at)
    assert list(list_waiting_versions()) == [draft]
    approve_version(version_id=draft.id, approved_by=officer, at=at)
    draft.refresh_from_db()
    assert (draft.state, draft.submitted_at, draft.decided_by, draft.decided_at) == ("APPROVED", at, officer, at)
    assert [entry.action for entry in AuditEntry.objects.order_by("-id")[:2]] == ["script.approved", "script.submitted"]
    assert list(list_waiting_versions()) == []


def test_version_is_sent_back_with_a_reason(draft: ScriptVersion, officer: User, at: datetime) -> None:
    submit(draft, at)
    with pytest.raises(InvalidError, match="what has to change"):
        return_version(version_id=draft.id, reason=" ", returned_by=officer, at=at)
    return_version(version_id=draft.id, reason="Name the seller.", returned_by=officer, at=at)
    draft.refresh_from_db()
    assert (draft.state, draft.reason) == ("RETURNED", "Name the seller.")
    assert AuditEntry.objects.order_by("-id")[0].data == {"number": 1, "reason": "Name the seller."}
    assert next_version(draft, "Better", at).number == 2


def test_only_drafts_are_handed_in_and_only_waiting_ones_decided(
    draft: ScriptVersion, officer: User, at: datetime
) -> None:
    with pytest.raises(VersionStateError):
        approve_version(version_id=draft.id, approved_by=officer, at=at)
    submit(draft, at)
    with pytest.raises(VersionStateError):
        submit(draft, at)
    approve_version(version_id=draft.id, approved_by=officer, at=at)
    with pytest.raises(VersionStateError):
        return_version(version_id=draft.id, reason="No", returned_by=officer, at=at)


def test_newer_version_overtakes_the_waiting_one(draft: ScriptVersion, at: datetime) -> None:
    submit(draft, at)
    second = next_version(draft, "Better", at)
    submit(second, at)
    draft.refresh_from_db()
    assert (draft.state, draft.reason) == ("RETURNED", "Version 2 was handed in instead.")
    assert list(list_waiting_versions()) == [second]


def test_version_with_faults_cannot_be_handed_in(tenant: Tenant, at: datetime) -> None:
    questions = [Question("A", Kind.TEXT, then=END), Question("B", Kind.TEXT)]
    version = create_script(name="X", wording=Wording("Hi"), questions=questions, created_by=None, at=at)
    with pytest.raises(ScriptFaultyError, match=r"“B”.* is never asked"):
        submit(version, at)


def test_campaigns_use_the_newest_approved_version(draft: ScriptVersion, officer: User, at: datetime) -> None:
    assert list(list_usable_script_versions()) == []
    submit(draft, at)
    approve_version(version_id=draft.id, approved_by=officer, at=at)
    newer = next_version(draft, "Better", at)
    assert list(list_usable_script_versions()) == [draft]
    campaign = factories.CampaignFactory.create(script_version=draft)
    with pytest.raises(ScriptNotApprovedError):
        update_campaign(campaign=campaign, lists=None, actor=None, at=at, script_version=newer)
    with pytest.raises(ScriptNotApprovedError):
        create_campaign(lists=[], actor=None, at=at, name="Other", script_version=newer)


def test_campaign_with_an_unapproved_script_does_not_start(draft: ScriptVersion) -> None:
    campaign = factories.CampaignFactory.create(script_version=draft)
    assert "Spring v1 is not approved: choose an approved version, or have it approved." in find_blockers(campaign)


def write(step: str, draft: ScriptVersion, user: User, at: datetime) -> ScriptVersion:
    """A person writes some of a script in one way or another; returns the version that they then may not approve."""
    script_id = draft.script_id
    if step == "creates":
        return create_script(name="Own", wording=Wording("Hello"), created_by=user, at=at)
    if step == "changes words":
        change_wording(script_id=script_id, name="Spring", wording=Wording("Hi"), changed_by=user, at=at)
    elif step == "changes a question":
        put_question(script_id=script_id, question=Question("How?", Kind.TEXT), changed_by=user, at=at)
    else:
        submit(draft, at)
        change_wording(script_id=script_id, name="Spring", wording=Wording("Hi"), changed_by=user, at=at)
    return ScriptVersion.objects.filter(script_id=script_id).latest("number")


@pytest.mark.parametrize("step", ["creates", "changes words", "changes a question", "begins the next version"])
def test_whoever_has_written_some_of_it_does_not_approve_it(
    draft: ScriptVersion, officer: User, tenant: Tenant, at: datetime, step: str
) -> None:
    writer = add_member(tenant, Role.OWNER).user
    version = submit(write(step, draft, writer, at), at)
    with pytest.raises(OwnVersionError):
        approve_version(version_id=version.id, approved_by=writer, at=at)
    version.refresh_from_db()
    assert version.state == "SUBMITTED"
    # Somebody else approves it; and a writer may still send it back.
    approve_version(version_id=version.id, approved_by=officer, at=at)


def test_a_writer_may_send_it_back(draft: ScriptVersion, tenant: Tenant, at: datetime) -> None:
    writer = add_member(tenant, Role.OWNER).user
    version = submit(write("changes words", draft, writer, at), at)
    return_version(version_id=version.id, reason="I was wrong", returned_by=writer, at=at)
    version.refresh_from_db()
    assert version.state == "RETURNED"


def test_renaming_is_not_writing(draft: ScriptVersion, officer: User, at: datetime) -> None:
    change_wording(script_id=draft.script_id, name="Summer", wording=Wording("Hello"), changed_by=officer, at=at)
    submit(draft, at)
    approve_version(version_id=draft.id, approved_by=officer, at=at)


def test_a_tenant_may_let_its_writers_approve(draft: ScriptVersion, tenant: Tenant, at: datetime) -> None:
    writer = add_member(tenant, Role.OWNER).user
    version = submit(write("changes words", draft, writer, at), at)
    Tenant.objects.filter(id=tenant.id).update(is_second_person_needed=False)
    approve_version(version_id=version.id, approved_by=writer, at=at)
    version.refresh_from_db()
    assert (version.state, version.decided_by) == ("APPROVED", writer)
