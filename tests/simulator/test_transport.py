import pytest
from twilio.rest import Client

from simulator.transport import Overrides
from tests.conformance.running import Customer, Elsewhere, RunningCarrier
from tests.simulator.helpers import BUSY, FROM, PERSON, dial


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", Overrides()),
        ("ct=200&rt=1500&tt=2000", Overrides(connect_timeout=0.2, read_timeout=1.5, total_timeout=2.0)),
        ("rc=3&rp=5xx,ct,rt", Overrides(retries=3, policy=frozenset({"5xx", "ct", "rt"}))),
        ("ct=1&rt=99999&rc=9", Overrides()),
        ("e=ashburn&sni=y", Overrides()),
    ],
)
def test_overrides_are_read_from_the_fragment(fragment: str, expected: Overrides) -> None:
    assert Overrides.parse(fragment) == expected


def test_fragment_is_neither_sent_nor_signed(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    dial(client, customer, PERSON, url=customer.url("/answer?a=1") + "#rc=0&rt=2000")

    (answer,) = customer.wait_for("/answer?a=1")
    assert answer.signed


def test_get_hook_carries_its_fields_in_the_query(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    client.calls.create(
        to=BUSY,
        from_=FROM,
        twiml="<Response/>",
        status_callback=customer.url("/told?a=1"),
        status_callback_method="GET",
    )

    with customer.changed:
        assert customer.changed.wait_for(lambda: customer.diary, 10)
    (told,) = customer.diary
    assert (told.method, told.signed, told.fields) == ("GET", True, {})
    assert told.path.startswith("/told?a=1&CallSid=CA")


def test_redirect_is_followed_without_the_fields(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers |= {"/answer": Elsewhere("/moved?b=2"), "/moved": "<Response/>"}

    dial(client, customer, PERSON)

    (moved,) = customer.wait_for("/moved?b=2")
    assert (moved.method, moved.fields, moved.signed) == ("GET", {}, True)


def test_redirect_off_this_machine_is_not_followed(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers |= {"/answer": Elsewhere("http://example.com/"), "/fallback": "<Response/>"}

    dial(client, customer, PERSON, fallback_url=customer.url("/fallback"))

    assert customer.wait_for("/fallback")[0].fields["ErrorCode"] == "11200"


def test_endless_redirect_is_given_up(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers |= {"/answer": Elsewhere("/answer"), "/fallback": "<Response/>"}

    dial(client, customer, PERSON, fallback_url=customer.url("/fallback"))

    customer.wait_for("/fallback")
    # Five hops, and once more: a failure to connect is retried once by default.
    assert len(customer.received("/answer")) == 10
