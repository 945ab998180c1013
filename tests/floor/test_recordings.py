"""Recordings: who may hear them, that hearing is audited, in whole or in part, and that they are deleted in time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession
from apps.audit.models import AuditEntry
from apps.calls import control
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt, CallNote, Recording
from apps.floor.services import recordings
from apps.telephony.carrier import Sound
from apps.telephony.errors import Blame, CarrierError, Fate
from apps.telephony.gateway import carrier_for
from apps.tenants.models import Tenant
from tests.conformance.running import RunningCarrier
from tests.dialling import exchange, now, open_campaign, wait_for
from tests.pages import client_of, member_client

__all__ = ["exchange"]

SID = "RE" + "1" * 32


@pytest.fixture
def recording(on_call: Attempt) -> Recording:
    """A recording of a call of the agent."""
    return Recording.objects.create(attempt=on_call, sid=SID, status="completed", seconds=12)


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What the carrier gives as the sound, in pieces."""
    held = bytes(range(250))

    def give(**_: Any) -> Sound:
        return Sound(len(held), iter([held[:100], held[100:101], held[101:]]))

    monkeypatch.setattr(control, "open_recording", give)
    return held


def actions() -> list[str]:
    ours = ["recording.heard", "recording.deleted", "attempt.coached"]
    return list(AuditEntry.objects.filter(action__in=ours).order_by("id").values_list("action", flat=True))


def body(response: Any) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response.streaming_content)  # type: ignore[arg-type]  # of a synchronous view


@pytest.mark.parametrize("path", ["", "{id}/", "{id}/sound.wav"])
def test_recordings_are_for_some_roles(
    tenant: Tenant, recording: Recording, sound: bytes, other_client: Client, path: str
) -> None:
    url = "/t/acme/recordings/" + path.format(id=recording.id)
    answers = {role: member_client(tenant, role).get(url).status_code for role in Role}
    assert [role for role, status in answers.items() if status == 200] == [
        Role.OWNER,
        Role.MANAGER,
        Role.SUPERVISOR,
        Role.COMPLIANCE,
    ]
    assert {answers[Role.AGENT], answers[Role.VENDOR]} == {403}
    assert other_client.get(url).status_code == 404


def test_hearing_is_audited_and_looking_is_not(supervisor: Membership, recording: Recording, sound: bytes) -> None:
    client = client_of(supervisor)
    assert client.get(f"/t/acme/recordings/{recording.id}/").status_code == 200
    assert actions() == []
    answer = client.get(f"/t/acme/recordings/{recording.id}/sound.wav")
    assert (body(answer), answer.headers["Content-Length"], answer.headers["Accept-Ranges"]) == (sound, "250", "bytes")
    entry = AuditEntry.objects.get(action="recording.heard")
    assert (entry.actor, entry.data["recording"]) == (supervisor.user, SID)


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("bytes=0-", 0, 249), ("bytes=90-110", 90, 110), ("bytes=240-999", 240, 249)]
)
def test_part_of_the_sound(
    supervisor: Membership, recording: Recording, sound: bytes, asked: str, first: int, last: int
) -> None:
    answer = client_of(supervisor).get(f"/t/acme/recordings/{recording.id}/sound.wav", headers={"range": asked})
    assert (answer.status_code, body(answer)) == (206, sound[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/250"
    assert answer.headers["Content-Length"] == str(last + 1 - first)


def test_part_beyond_the_end(supervisor: Membership, recording: Recording, sound: bytes) -> None:
    url = f"/t/acme/recordings/{recording.id}/sound.wav"
    answer = client_of(supervisor).get(url, headers={"range": "bytes=250-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */250")


@pytest.mark.parametrize(("blame", "status"), [(Blame.GONE, 404), (Blame.NETWORK, 502)])
def test_sound_that_the_carrier_does_not_give(
    supervisor: Membership, recording: Recording, monkeypatch: pytest.MonkeyPatch, blame: Blame, status: int
) -> None:
    def refuse(**_: Any) -> Sound:
        raise CarrierError("no", code="x", blame=blame, fate=Fate.NOT_DONE, permanent=True)

    monkeypatch.setattr(control, "open_recording", refuse)
    answer = client_of(supervisor).get(f"/t/acme/recordings/{recording.id}/sound.wav")
    assert (answer.status_code, actions()) == (status, [])


@given(st.lists(st.binary(max_size=9), max_size=9), st.integers(0, 90), st.integers(0, 90))
def test_cut_is_the_slice(pieces: list[bytes], first: int, last: int) -> None:
    assert b"".join(recordings.cut(iter(pieces), first=first, last=last)) == b"".join(pieces)[first : last + 1]


def test_note_reaches_the_agent_when_the_call_is_over(
    supervisor: Membership, recording: Recording, state: Callable[[], dict[str, Any]], at: datetime
) -> None:
    url = f"/t/acme/recordings/{recording.id}/"
    answer = client_of(supervisor).post(url, {"text": " Let her finish. ", "second": "7"})
    assert answer.status_code == 302
    assert state()["coaching"] == []
    Attempt.objects.update(state=AttemptState.ENDED, ended_at=at)
    (note,) = state()["coaching"]
    assert (note["text"], note["second"], note["author"]) == ("Let her finish.", 7, "Sam Supervisor")
    assert actions() == ["attempt.coached"]
    assert "Let her finish." in client_of(supervisor).get(url).content.decode()


def test_notes_are_written_by_supervisors_only(tenant: Tenant, recording: Recording) -> None:
    compliance = member_client(tenant, Role.COMPLIANCE)
    answer = compliance.post(f"/t/acme/recordings/{recording.id}/", {"text": "x"})
    assert (answer.status_code, CallNote.objects.count()) == (200, 0)


@pytest.mark.parametrize(("days", "age", "kept"), [(None, 4000, 1), (30, 29, 1), (30, 31, 0)])
def test_recordings_are_deleted_in_time(
    tenant: Tenant,
    recording: Recording,
    monkeypatch: pytest.MonkeyPatch,
    at: datetime,
    days: int | None,
    age: int,
    kept: int,
) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(control, "delete_recording", lambda *, account, sid: deleted.append(sid))
    Tenant.objects.filter(id=tenant.id).update(recording_days=days)
    Attempt.objects.update(reserved_at=at - timedelta(days=age))
    assert recordings.expire_recordings(tenant_id=tenant.id, at=at) == 1 - kept
    assert (Recording.objects.count(), len(deleted), len(actions())) == (kept, 1 - kept, 1 - kept)


def test_recording_that_the_carrier_keeps_is_kept_here_too(
    tenant: Tenant, recording: Recording, monkeypatch: pytest.MonkeyPatch, at: datetime
) -> None:
    def refuse(**_: Any) -> None:
        raise CarrierError("busy", code="x", blame=Blame.NETWORK, fate=Fate.UNKNOWN, permanent=False)

    monkeypatch.setattr(control, "delete_recording", refuse)
    Tenant.objects.filter(id=tenant.id).update(recording_days=1)
    assert recordings.expire_recordings(tenant_id=tenant.id, at=at + timedelta(days=9)) == 0
    assert (Recording.objects.count(), actions()) == (1, [])


def test_one_that_the_carrier_does_not_delete_keeps_no_others(
    tenant: Tenant, recording: Recording, monkeypatch: pytest.MonkeyPatch, at: datetime
) -> None:
    others = [
        Recording.objects.create(attempt=recording.attempt, sid=f"RE{number:032x}", status="completed")
        for number in range(5)
    ]
    deleted: list[str] = []

    def refuse_the_first(*, sid: str, **_: Any) -> None:
        if sid == recording.sid:
            raise CarrierError("kept", code="x", blame=Blame.US, fate=Fate.NOT_DONE, permanent=True)
        deleted.append(sid)

    monkeypatch.setattr(control, "delete_recording", refuse_the_first)
    monkeypatch.setattr(recordings, "BATCH", 1)
    Tenant.objects.filter(id=tenant.id).update(recording_days=1)
    assert recordings.expire_recordings(tenant_id=tenant.id, at=at + timedelta(days=9)) == 5
    assert deleted == [one.sid for one in others]
    assert Recording.objects.get().sid == recording.sid


@pytest.mark.parametrize("exchange", [600.0], indirect=True)
def test_sound_is_fetched_and_deleted_at_the_carrier(
    tenant: Tenant, exchange: RunningCarrier, session: AgentSession
) -> None:
    campaign = open_campaign(now())
    account = campaign.caller_id.account
    carrier = carrier_for(account.sid, account.auth_token)
    carrier.client.calls.create(  # type: ignore[attr-defined]  # the client behind the port
        to="+12125550180",
        from_=campaign.caller_id.phone,
        twiml='<Response><Pause length="3"/><Hangup/></Response>',
        record=True,
    )
    recordings = exchange.carrier.registry.recordings
    held = wait_for(lambda: next((one for one in recordings.values() if one.status == "completed"), None))
    sound = control.open_recording(account=account, sid=held.sid)
    file = b"".join(sound.pieces)
    assert (file[:4], len(file)) == (b"RIFF", sound.size)
    control.delete_recording(account=account, sid=held.sid)
    control.delete_recording(account=account, sid=held.sid)
    with pytest.raises(CarrierError) as refused:
        control.open_recording(account=account, sid=held.sid)
    assert refused.value.blame == Blame.GONE
