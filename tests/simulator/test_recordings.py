import io
import wave

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.conformance.running import Customer, RunningCarrier
from tests.simulator.helpers import BUSY, STEADY, dial, meet, park_agent

pytestmark = STEADY


def test_recording_started_in_the_call_completes_with_it(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    _, sid = meet(client, carrier, customer)

    started = client.calls(sid).recordings.create(
        recording_channels="dual",
        recording_status_callback=customer.url("/recording"),
        recording_status_callback_event=["in-progress", "completed"],
    )
    client.calls(sid).update(status="completed")

    done = customer.wait_for("/recording", 2)[-1].fields
    assert (started.status, started.channels, started.source) == ("in-progress", 2, "StartCallRecordingAPI")
    assert (done["RecordingStatus"], done["RecordingSid"], done["CallSid"]) == ("completed", started.sid, sid)
    assert done["RecordingUrl"].endswith(f"/Recordings/{started.sid}")
    assert client.recordings(started.sid).fetch().status == "completed"


def test_recording_is_paused_and_resumed(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    _, sid = meet(client, carrier, customer)
    client.calls(sid).recordings.create()

    paused = client.calls(sid).recordings("Twilio.CURRENT").update(status="paused", pause_behavior="skip")
    resumed = client.calls(sid).recordings("Twilio.CURRENT").update(status="in-progress")
    stopped = client.calls(sid).recordings("Twilio.CURRENT").update(status="stopped")

    assert [paused.status, resumed.status, stopped.status] == ["paused", "in-progress", "stopped"]
    with pytest.raises(TwilioRestException) as gone:
        client.calls(sid).recordings("Twilio.CURRENT").update(status="paused")
    assert gone.value.code == 20404


def test_call_recorded_from_the_answer_tells_with_completed(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    _, sid = meet(client, carrier, customer, record=True, recording_status_callback=customer.url("/recording"))
    client.calls(sid).update(status="completed")

    completed = customer.wait_for("/status", 4)[-1].fields
    (recorded,) = customer.wait_for("/recording")
    assert completed["RecordingSid"] == recorded.fields["RecordingSid"]
    assert recorded.fields["RecordingSource"] == "OutboundAPI"
    assert [one.sid for one in client.recordings.list(call_sid=sid)] == [recorded.fields["RecordingSid"]]


def test_recording_can_be_fetched_then_deleted(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    _, sid = meet(client, carrier, customer, record=True, recording_status_callback=customer.url("/recording"))
    client.calls(sid).update(status="completed")
    recorded = customer.wait_for("/recording")[0].fields

    media = requests.get(recorded["RecordingUrl"], auth=(client.username, client.password), timeout=10)
    with wave.open(io.BytesIO(media.content)) as sound:
        seconds = sound.getnframes() / sound.getframerate()

    assert seconds == float(recorded["RecordingDuration"])
    assert client.recordings(recorded["RecordingSid"]).delete()
    assert client.recordings.list() == []


def test_room_is_recorded_from_the_start(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    park_agent(
        client, customer, conference_record="true", conference_recording_status_callback=customer.url("/recording")
    )
    (room,) = client.conferences.list(status="in-progress")
    (recording,) = client.conferences(room.sid).recordings.list()

    paused = client.conferences(room.sid).recordings("Twilio.CURRENT").update(status="paused")
    client.conferences(room.sid).update(status="completed")

    assert (paused.sid, paused.status, paused.source) == (recording.sid, "paused", "Conference")
    assert customer.wait_for("/recording")[0].fields["ConferenceSid"] == room.sid


def test_call_that_is_not_up_can_not_be_recorded(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sid = dial(client, customer, BUSY)
    carrier.wait_over(sid)

    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).recordings.create()

    assert refused.value.code == 21220
