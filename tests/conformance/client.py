"""Twilio's client under the eye of Twilio's description: every request and every answer is checked."""

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN
from tests.conformance.spec import spec_for


class SpecAdapter(HTTPAdapter):
    """Sends to `simulator` what is meant for Twilio, and checks it both ways (ConformanceError is raised)."""

    def __init__(self, simulator: str) -> None:
        super().__init__()
        self._simulator = simulator.rstrip("/")

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Check, send, check."""
        official = request.copy()
        path = "/" + (request.url or "").split("://", 1)[1].partition("/")[2]
        host, spec = spec_for(urlsplit(path).path)
        official.url = host + path
        spec.check_request(official)
        request.url = self._simulator + path
        response = super().send(request, *args, **kwargs)
        # A scripted server gives wrong answers on purpose, and says so.
        if "X-Scripted" not in response.headers:
            spec.check_response(official, response)
        return response


def watch(session: requests.Session, simulator: str) -> requests.Session:
    """Put the check under any requests session, for instance the product's own HTTP client's."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, SpecAdapter(simulator))
    return session


class ConformingHttpClient(TwilioHttpClient):  # type: ignore[misc]  # twilio ships no types
    """An `http_client` for twilio.rest.Client that talks to a simulator and checks everything."""

    def __init__(self, simulator: str, timeout: float = 10.0) -> None:
        super().__init__(timeout=timeout)
        watch(self.session, simulator)


def conforming_client(simulator: str, sid: str = DEFAULT_ACCOUNT_SID, token: str = DEFAULT_AUTH_TOKEN) -> Client:
    """Twilio's client for an account of a simulator."""
    return Client(sid, token, http_client=ConformingHttpClient(simulator))
