"""Reads of scripts."""

from django.db.models import OuterRef, QuerySet, Subquery

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.accounts.selectors import list_members
from apps.scripts.domain.wording import Disclosure, Rebuttal, Wording
from apps.scripts.models import Script, ScriptVersion


def list_scripts(*, is_archived: bool = False) -> QuerySet[Script]:
    """Scripts by name, each with number, instant and state of its newest version as `latest_…`."""
    newest = ScriptVersion.objects.filter(script_id=OuterRef("id")).order_by("-number")
    return (
        Script.objects.filter(archived_at__isnull=not is_archived)
        .annotate(
            latest_number=Subquery(newest.values("number")[:1]),
            latest_at=Subquery(newest.values("created_at")[:1]),
            latest_state=Subquery(newest.values("state")[:1]),
        )
        .order_by("name", "id")
    )


def list_versions(script: Script) -> QuerySet[ScriptVersion]:
    """All versions of a script, newest first."""
    return (
        ScriptVersion.objects.filter(script=script)
        .select_related("script", "created_by", "decided_by", "tenant")
        .order_by("-number", "id")
    )


def get_latest_version(script: Script) -> ScriptVersion:
    """The newest version of a script; every script has one. Raises ScriptVersion.DoesNotExist."""
    return ScriptVersion.objects.select_related("script").filter(script=script).latest("number")


def list_other_approvers(version: ScriptVersion) -> list[User]:
    """Members who may approve scripts and have written nothing of this version."""
    writers = {version.created_by_id, *version.editor_ids}
    members = [member for member in list_members() if may(member, Permission.APPROVE_SCRIPTS)]
    return [member.user for member in members if member.user_id not in writers]


def wording_of(version: ScriptVersion) -> Wording:
    """What is stored of a version's words, as it was written."""
    return Wording(
        text=version.text,
        kind=version.kind,
        rebuttals=tuple(Rebuttal(item["objection"], item["answer"]) for item in version.rebuttals),
        disclosures=tuple(Disclosure(item["jurisdiction"], item["text"]) for item in version.disclosures),
        call_to_action=version.call_to_action,
    )


def list_waiting_versions() -> QuerySet[ScriptVersion]:
    """Versions that wait for approval, the longest first."""
    return (
        ScriptVersion.objects.filter(state=ScriptVersion.State.SUBMITTED)
        .select_related("script")
        .order_by("submitted_at", "id")
    )
