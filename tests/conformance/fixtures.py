"""Fixtures to import where a running simulator is needed: `carrier`, `customer`, `client`."""

from collections.abc import Iterator

import pytest
from twilio.rest import Client

from tests.conformance.client import conforming_client
from tests.conformance.running import Customer, RunningCarrier, fast_config


@pytest.fixture
def carrier(request: pytest.FixtureRequest) -> Iterator[RunningCarrier]:
    """A simulator on a fast clock, with a customer beside it that writes down what it is told.

    Its speed is 600, or the indirect parameter; tests that act during a call take a slower one.
    """
    with RunningCarrier(fast_config(speed=getattr(request, "param", 600.0))) as running:
        yield running


@pytest.fixture
def customer(carrier: RunningCarrier) -> Customer:
    """The customer of `carrier`."""
    return carrier.customer


@pytest.fixture
def client(carrier: RunningCarrier) -> Client:
    """Twilio's client for the first account of `carrier`; every exchange is checked against Twilio's description."""
    return conforming_client(carrier.address)
