import pytest
from twilio.twiml.voice_response import VoiceResponse

from simulator.twiml import NOT_SIMULATED, PERFORMED, VOCABULARY
from tests.conformance.twiml import faults, vocabulary


def test_vocabulary_has_all_elements_of_the_builder() -> None:
    assert len(vocabulary()) == 58


def test_builder_output_has_no_faults() -> None:
    response = VoiceResponse()
    dial = response.dial(timeout=20)
    dial.conference("room", start_conference_on_enter=False, participant_label="lead-1", beep="false", wait_url="")
    gather = response.gather(num_digits=1, action="/optout")
    gather.say("Press 9 and we will not call again.")

    assert faults(str(response)) == []


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("<Response><Say voyce='x'>Hello</Say></Response>", "<Say> has no attribute 'voyce'"),
        (
            "<Response><Dial><Conference participantLabell='a'>r</Conference></Dial></Response>",
            "<Conference> has no attribute 'participantLabell'",
        ),
        ("<Response><Gather><Dial/></Gather></Response>", "<Gather> can't hold <Dial>"),
        ("<Response><Speak>Hello</Speak></Response>", "<Response> can't hold <Speak>"),
        ("<Answer/>", "the root is <Answer>, not <Response>"),
    ],
)
def test_fault_is_named(document: str, fault: str) -> None:
    assert faults(document) == [fault]


@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_simulator_knows_the_same_attributes(name: str) -> None:
    assert VOCABULARY[name].attributes == vocabulary()[name].attributes


@pytest.mark.parametrize("name", sorted(set(VOCABULARY) - {"Say"}))
def test_simulator_knows_the_same_children(name: str) -> None:
    assert VOCABULARY[name].children == vocabulary()[name].children


def test_simulator_knows_every_verb() -> None:
    assert vocabulary()["Response"].children == PERFORMED | NOT_SIMULATED
