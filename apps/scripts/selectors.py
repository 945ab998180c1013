"""Reads of scripts."""

from django.db.models import OuterRef, QuerySet, Subquery

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
        .select_related("script", "created_by", "decided_by")
        .order_by("-number", "id")
    )


def get_latest_version(script: Script) -> ScriptVersion:
    """The newest version of a script; every script has one. Raises ScriptVersion.DoesNotExist."""
    return ScriptVersion.objects.select_related("script").filter(script=script).latest("number")


def list_waiting_versions() -> QuerySet[ScriptVersion]:
    """Versions that wait for approval, the longest first."""
    return (
        ScriptVersion.objects.filter(state=ScriptVersion.State.SUBMITTED)
        .select_related("script")
        .order_by("submitted_at", "id")
    )
