from datetime import datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.conformance.running import Customer, RunningCarrier
from tests.simulator.helpers import FROM, JOIN, PERSON, ROOM, STEADY, VOICEMAIL, dial, event, meet, park_agent

pytestmark = STEADY


def room(client: Client) -> Any:
    """The room in use."""
    (found,) = client.conferences.list(friendly_name=ROOM, status="in-progress")
    return client.conferences(found.sid)


def told(customer: Customer) -> list[tuple[str, str | None]]:
    return [(event(one), one.fields.get("ParticipantLabel")) for one in customer.received("/conference")]


def test_client_leg_answers_at_once_and_stays(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sid = park_agent(
        client, customer, status_callback=customer.url("/agent"), status_callback_event=["ringing", "answered"]
    )

    customer.wait_for("/agent", 2)
    seat = room(client).participants("agent-7").fetch()
    assert (seat.call_sid, seat.status, seat.muted, seat.hold) == (sid, "connected", False, False)
    assert carrier.sim("stats")["dialled"] == 0


def test_room_tells_its_story_in_order(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    agent, lead = meet(client, carrier, customer)

    client.calls(lead).update(status="completed")
    carrier.wait_over(lead)
    assert room(client).participants("agent-7").delete()

    customer.wait_for("/conference", where=lambda one: event(one) == "conference-end")
    assert told(customer) == [
        ("participant-join", "agent-7"),
        ("conference-start", None),
        ("participant-join", "lead-1"),
        ("participant-leave", "lead-1"),
        ("participant-leave", "agent-7"),
        ("conference-end", None),
    ]
    assert [one.fields["SequenceNumber"] for one in customer.received("/conference")] == ["1", "2", "3", "4", "5", "6"]
    end = customer.received("/conference")[-1].fields
    assert (end["ReasonConferenceEnded"], end["CallSidEndingConference"]) == ("last-participant-kicked", agent)
    assert all(one.signed for one in customer.diary)


def test_first_entrant_decides_who_is_told(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "sale_slow")
    customer.answers["/answer"] = JOIN.replace("participantLabel", 'statusCallback="/other" participantLabel')
    park_agent(client, customer)

    dial(client, customer, PERSON)

    customer.wait_for("/conference", where=lambda one: one.fields.get("ParticipantLabel") == "lead-1")
    assert customer.received("/other") == []


def test_hold_and_mute_are_state_and_told(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    meet(client, carrier, customer)

    held = room(client).participants("lead-1").update(hold=True, muted=True)
    room(client).participants("lead-1").update(hold=False)

    customer.wait_for("/conference", where=lambda one: event(one) == "participant-unhold")
    assert (held.hold, held.muted) == (True, True)
    assert [one for one, _ in told(customer)][3:] == ["participant-mute", "participant-hold", "participant-unhold"]
    assert [seat.label for seat in room(client).participants.list(muted=True)] == ["lead-1"]


@pytest.mark.parametrize(
    ("wait_url", "waits", "personality"), [("", True, "sale_slow"), ('waitUrl="" ', False, "sale")]
)
def test_music_plays_until_the_conference_starts_unless_told_otherwise(
    client: Client, carrier: RunningCarrier, customer: Customer, wait_url: str, waits: bool, personality: str
) -> None:
    carrier.pin(PERSON, personality)
    carrier.pin(VOICEMAIL, "sale")
    customer.answers["/answer"] = JOIN.replace('waitUrl="" ', wait_url)
    sid = dial(client, customer, PERSON)
    call = carrier.carrier.registry.calls[sid]
    patience = call.plan.patience_seconds if call.plan else 0
    carrier.wait_until(sid, lambda row: row["answered_at"] is not None)

    if not waits:
        over = carrier.wait_over(sid)
        stayed = datetime.fromisoformat(over["ended_at"]) - datetime.fromisoformat(over["answered_at"])
        # The answer hook adds its own real time, which is no more than that of a talk.
        assert (over["ended_by"], 0 <= stayed.total_seconds() - patience < 60) == ("callee", True)
        return
    target = client.conferences(ROOM).participants.create(from_=FROM, to=VOICEMAIL, label="target-1", timeout=60)
    carrier.wait_until(target.call_sid, lambda row: row["answered_at"] is not None)
    assert call.seat is not None
    assert (call.seat.room.status, call.seat.hears_music, call.ear.waited) == ("in-progress", False, 0.0)


def test_supervisor_coaches_then_barges(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    agent, _ = meet(client, carrier, customer)

    whisper = client.conferences(ROOM).participants.create(
        from_=FROM, to="client:t1-u9", label="supervisor", coaching=True, call_sid_to_coach=agent
    )
    customer.wait_for("/conference", where=lambda one: one.fields.get("Coaching") == "true")
    barge = room(client).participants("supervisor").update(coaching=False, muted=False)

    assert (whisper.coaching, whisper.call_sid_to_coach) == (True, agent)
    assert barge.coaching is False


def test_coached_leg_must_be_in_the_room(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    park_agent(client, customer)

    with pytest.raises(TwilioRestException) as refused:
        client.conferences(ROOM).participants.create(
            from_=FROM, to="client:t1-u9", coaching=True, call_sid_to_coach="CA" + "1" * 32
        )

    assert refused.value.code == 16028


@pytest.mark.parametrize(
    ("label", "code"), [("agent-7", 16026), ("a/b", 16024), ("x" * 129, 16023), ("CA" + "1" * 32, 16025)]
)
def test_bad_label_is_refused(client: Client, customer: Customer, label: str, code: int) -> None:
    park_agent(client, customer)

    with pytest.raises(TwilioRestException) as refused:
        client.conferences(ROOM).participants.create(from_=FROM, to="client:t1-u9", label=label)

    assert refused.value.code == code


def test_leg_that_ends_the_room_takes_all_with_it(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    _, lead = meet(client, carrier, customer)
    room(client).participants("lead-1").update(end_conference_on_exit=True)

    client.calls(lead).update(status="completed")

    end = customer.wait_for("/conference", where=lambda one: event(one) == "conference-end")[0]
    assert end.fields["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert client.conferences.list(friendly_name=ROOM, status="in-progress") == []


def test_room_ends_by_api(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    _, lead = meet(client, carrier, customer)
    ended = room(client).update(status="completed")

    assert (ended.status, ended.reason_conference_ended) == ("completed", "conference-ended-via-api")
    assert carrier.wait_over(lead)["ended_by"] == "script"
    left = customer.wait_for("/conference", 2, where=lambda one: event(one) == "participant-leave")
    assert {one.fields["ReasonParticipantLeft"] for one in left} == {"conference_ended_via_api"}


def test_kicked_lead_goes_on_with_its_twiml(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    meet(client, carrier, customer)
    customer.answers["/answer"] = "<Response/>"
    lead = room(client).participants("lead-1").fetch()

    room(client).participants("lead-1").delete()

    assert carrier.wait_over(lead.call_sid)["ended_by"] == "script"


def test_name_is_free_again_after_the_end(client: Client, customer: Customer) -> None:
    park_agent(client, customer)
    first = client.conferences.list(friendly_name=ROOM)[0].sid
    client.conferences(first).update(status="completed")
    customer.wait_for("/conference", where=lambda one: event(one) == "conference-end")

    customer.diary.clear()
    park_agent(client, customer)

    assert room(client).fetch().sid != first
    assert client.conferences(first).participants.list() == []


def test_phone_is_dialled_into_the_room(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "sale_slow")
    park_agent(client, customer)

    leg = client.conferences(ROOM).participants.create(
        from_=FROM,
        to=PERSON,
        label="lead-1",
        machine_detection="Enable",
        amd_status_callback=customer.url("/amd"),
        status_callback=customer.url("/status"),
        status_callback_event=["ringing", "answered"],
    )

    customer.wait_for("/conference", where=lambda one: one.fields.get("ParticipantLabel") == "lead-1")
    assert leg.status == "queued"
    assert customer.wait_for("/amd")[0].fields["AnsweredBy"] in {"human", "unknown"}
    assert [one.fields["CallStatus"] for one in customer.wait_for("/status", 2)] == ["ringing", "in-progress"]


def test_room_in_use_is_listed(client: Client, customer: Customer) -> None:
    park_agent(client, customer)

    rooms = client.conferences.list(status="in-progress")

    assert [(room.friendly_name, room.region) for room in rooms] == [(ROOM, "us1")]


def test_phone_that_never_answers_leaves_no_seat(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "busy")
    park_agent(client, customer)

    leg = client.conferences(ROOM).participants.create(from_=FROM, to=PERSON, label="lead-1")

    carrier.wait_over(leg.call_sid)
    assert [seat.label for seat in room(client).participants.list()] == ["agent-7"]
    with pytest.raises(TwilioRestException) as gone:
        room(client).participants("lead-1").fetch()
    assert gone.value.code == 20404


def test_ringing_participant_can_be_put_out(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "no_answer")
    park_agent(client, customer)
    leg = client.conferences(ROOM).participants.create(from_=FROM, to=PERSON, label="lead-1", timeout=600)
    carrier.wait_until(leg.call_sid, lambda row: row["status"] == "ringing")

    assert room(client).participants("lead-1").delete()

    assert carrier.wait_over(leg.call_sid)["status"] == "canceled"


def test_phone_dialled_before_the_room_ended_opens_it_anew(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    carrier.pin(PERSON, "sale_slow")
    carrier.change("sale_slow", ring=[500, 500])
    park_agent(client, customer)
    first = client.conferences.list(friendly_name=ROOM)[0].sid
    leg = client.conferences(first).participants.create(from_=FROM, to=PERSON, label="lead-1", timeout=600)

    client.conferences(first).update(status="completed")
    carrier.wait_until(leg.call_sid, lambda row: row["status"] == "ringing")
    carrier.sim(f"calls/{leg.call_sid}/answer", "POST")

    carrier.wait_until(leg.call_sid, lambda row: row["answered_at"] is not None)
    rooms = [(one.sid == first, one.status) for one in client.conferences.list(friendly_name=ROOM)]
    assert rooms == [(False, "in-progress"), (True, "completed")]


def test_ended_room_takes_nobody(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    park_agent(client, customer)
    first = client.conferences.list(friendly_name=ROOM)[0].sid
    client.conferences(ROOM).update(status="completed")

    with pytest.raises(TwilioRestException) as gone:
        client.conferences(first).participants.create(from_=FROM, to="client:t1-u9")

    assert gone.value.code == 20404


def test_full_room_refuses(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    meet(client, carrier, customer)

    with pytest.raises(TwilioRestException) as refused:
        client.conferences(ROOM).participants.create(from_=FROM, to="client:t1-u9", max_participants=2)

    assert refused.value.code == 16020


def test_label_taken_in_twiml_ends_the_dial(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers |= {
        "/answer": JOIN.replace("<Dial>", '<Dial action="/after">').replace("lead-1", "agent-7"),
        "/after": "<Response/>",
    }
    park_agent(client, customer)

    dial(client, customer, PERSON)

    assert customer.wait_for("/after")[0].fields["DialCallStatus"] == "failed"
    assert carrier.sim("notifications")["notifications"][0]["code"] == 16026
