"""Twilio behind the carrier port; the simulator speaks the same REST, only the host differs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from apps.telephony.carrier import CallOrder, CallView, Carrier, CoachOrder, LegOrder, Sound, StaffOrder, TargetOrder
from apps.telephony.errors import Blame, CarrierError, Fate

T = TypeVar("T")

# Twilio's error codes by what has to change (its error dictionary); any other 4xx is a fault of ours.
BLAME_OF_CODE: dict[int, Blame] = {
    **dict.fromkeys((20003, 20005, 10001, 21219, 32100), Blame.ACCOUNT),
    **dict.fromkeys((21210, 21212, 13247, 32206), Blame.CALLER_ID),
    **dict.fromkeys((21211, 21214, 21216, 21217, 21202, 21421, 13223, 13224, 13225, 13226), Blame.NUMBER),
    **dict.fromkeys((21215, 21203, 13227, 32205), Blame.PERMISSION),
    **dict.fromkeys((20429, 22005, 10004), Blame.RATE),
    **dict.fromkeys((20404, 21220), Blame.GONE),
}
REQUEST_TIMEOUT = 408
API = "https://api.twilio.com"
GONE = 20404
# What Twilio calls recordings that are not over.
UNDER_WAY = ("in-progress", "paused")
# Bytes of a recording that are passed on at a time.
PIECE = 64 * 1024
TRANSIENT = {Blame.RATE, Blame.NETWORK}


class TimeoutAdapter(HTTPAdapter):
    """Gives connecting and reading limits of their own; Twilio's client knows one number for both."""

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - the adapter's own signature
        kwargs["timeout"] = (settings.CARRIER_CONNECT_TIMEOUT, settings.CARRIER_READ_TIMEOUT)
        return super().send(*args, **kwargs)


class CarrierHttpClient(TwilioHttpClient):  # type: ignore[misc]  # twilio ships no types
    """Twilio's client with time-outs, and with every host mapped to the simulator when that is the carrier."""

    def __init__(self) -> None:
        super().__init__(timeout=settings.CARRIER_READ_TIMEOUT)
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, TimeoutAdapter())

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - twilio's own
        return super().request(method, _at_carrier(url), *args, **kwargs)


def _at_carrier(url: str) -> str:
    """The same address at the simulator when that is the carrier."""
    if settings.CARRIER != "simulator":
        return url
    parts = urlsplit(url)
    return str(settings.SIMULATOR_URL).rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")


@lru_cache(maxsize=256)
def carrier_for(sid: str, auth_token: str) -> Carrier:
    """The carrier for an account; one HTTP session per account and process."""
    return TwilioCarrier(Client(sid, auth_token, http_client=CarrierHttpClient()))


class TwilioCarrier:
    """The carrier port on Twilio's REST API, version 2010-04-01."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - twilio ships no types
        self.client = client

    def create_call(self, order: CallOrder) -> CallView:
        detection = {}
        if order.amd_url:
            detection = {
                "machine_detection": "Enable",
                "async_amd": "true",
                "async_amd_status_callback": order.amd_url,
            }
        return ask(
            lambda: _view(
                self.client.calls.create(
                    to=order.to,
                    from_=order.caller_id,
                    url=order.answer_url,
                    fallback_url=order.fallback_url,
                    status_callback=order.status_url,
                    status_callback_event=["initiated", "ringing", "answered", "completed"],
                    timeout=order.ring_seconds,
                    **detection,
                )
            )
        )

    def call_staff(self, order: StaffOrder) -> str:
        ended = {"status_callback": order.ended_url} if order.ended_url else {}
        call = ask(
            lambda: self.client.calls.create(
                to=order.to, from_=order.caller_id, url=order.answer_url, timeout=order.ring_seconds, **ended
            )
        )
        return str(call.sid)

    def create_leg(self, order: LegOrder) -> str:
        return self._add_client(
            order,
            start_conference_on_enter=True,
            conference_status_callback=order.conference_url,
            conference_status_callback_event=["start", "end", "join", "leave"],
        )

    def create_coach(self, order: CoachOrder) -> str:
        coaching = {"coaching": True, "call_sid_to_coach": order.coached_sid} if order.coached_sid else {}
        return self._add_client(order, start_conference_on_enter=False, muted=order.is_muted, **coaching)

    def _add_client(self, order: LegOrder | CoachOrder, **options: Any) -> str:  # noqa: ANN401 - the carrier's options
        """Ring a client into a conference that it neither announces itself in nor ends; returns the leg's sid."""
        leg = ask(
            lambda: self.client.conferences(order.room).participants.create(
                from_=order.caller_id,
                to=order.to,
                label=order.label,
                beep="false",
                end_conference_on_exit=False,
                early_media=False,
                time_limit=order.time_limit,
                **options,
            )
        )
        return str(leg.call_sid)

    def create_target(self, order: TargetOrder) -> str:
        leg = ask(
            lambda: self.client.conferences(order.room).participants.create(
                from_=order.caller_id,
                to=order.to,
                label=order.label,
                beep="false",
                start_conference_on_enter=True,
                end_conference_on_exit=order.is_alone_with_person,
                early_media=not order.is_alone_with_person,
                timeout=order.ring_seconds,
                status_callback=order.status_url,
                status_callback_event=["initiated", "ringing", "answered", "completed"],
            )
        )
        return str(leg.call_sid)

    def change_coach(self, *, room_sid: str, sid: str, is_muted: bool, coached_sid: str) -> None:
        coaching = {"coaching": True, "call_sid_to_coach": coached_sid} if coached_sid else {"coaching": False}
        ask(lambda: self.client.conferences(room_sid).participants(sid).update(muted=is_muted, **coaching))

    def hold_leg(self, *, room_sid: str, sid: str, is_held: bool) -> None:
        ask(lambda: self.client.conferences(room_sid).participants(sid).update(hold=is_held))

    def start_recording(self, *, sid: str, status_url: str) -> str:
        """Record a leg from now on, the person on one channel and all others on the second; the recording's sid."""
        recording = ask(
            lambda: self.client.calls(sid).recordings.create(
                recording_channels="dual",
                recording_status_callback=status_url,
                recording_status_callback_event=["in-progress", "completed", "absent"],
            )
        )
        return str(recording.sid)

    def find_recording(self, *, sid: str) -> str:
        """The newest recording of a leg that is still being made; empty when there is none."""
        recordings = ask(lambda: self.client.calls(sid).recordings.list(limit=20))
        return next((str(one.sid) for one in recordings if one.status in UNDER_WAY), "")

    def pause_recording(self, *, sid: str, recording_sid: str, is_paused: bool) -> None:
        """Leave a silence from now on, as long as the pause, or record again."""
        change = {"status": "paused", "pause_behavior": "silence"} if is_paused else {"status": "in-progress"}
        ask(lambda: self.client.calls(sid).recordings(recording_sid).update(**change))

    def open_recording(self, sid: str) -> Sound:
        account = self.client.username
        url = _at_carrier(f"{API}/2010-04-01/Accounts/{account}/Recordings/{sid}.wav")
        return ask(lambda: self._sound(url, account))

    def _sound(self, url: str, account: str) -> Sound:
        """The file itself, which Twilio's client cannot fetch. Raises what its client would raise."""
        session = self.client.http_client.session
        answer = session.get(url, auth=(account, self.client.password), stream=True)
        if answer.status_code != requests.codes.ok:
            answer.close()
            gone = GONE if answer.status_code == requests.codes.not_found else None
            raise TwilioRestException(answer.status_code, url, "The carrier gives no sound.", code=gone)
        return Sound(int(answer.headers["Content-Length"]), answer.iter_content(PIECE))

    def delete_recordings_of(self, call_sid: str) -> None:
        for recording in ask(self.client.calls(call_sid).recordings.list):
            self.delete_recording(recording.sid)

    def delete_recording(self, sid: str) -> None:
        ask(lambda: self.client.recordings(sid).delete())

    def mute_leg(self, *, room_sid: str, sid: str, is_muted: bool) -> None:
        ask(lambda: self.client.conferences(room_sid).participants(sid).update(muted=is_muted))

    def redirect_call(self, sid: str, document: str) -> None:
        ask(lambda: self.client.calls(sid).update(twiml=document))

    def end_call(self, sid: str) -> None:
        ask(lambda: self.client.calls(sid).update(status="completed"))

    def cancel_call(self, sid: str) -> None:
        ask(lambda: self.client.calls(sid).update(status="canceled"))

    def find_calls(self, *, to: str, caller_id: str, since: datetime) -> list[CallView]:
        # No StartTime filter: a call still in Twilio's queue has no start time.
        views = ask(lambda: list(map(_view, self.client.calls.list(to=to, from_=caller_id, limit=50))))
        return [view for view in views if view.created_at >= since - timedelta(seconds=2)]

    def get_call(self, sid: str) -> CallView:
        return ask(lambda: _view(self.client.calls(sid).fetch()))


def _view(call: Any) -> CallView:  # noqa: ANN401 - twilio ships no types
    """The call in our types. Raises ValueError for an answer that is none."""
    if not call.sid:
        raise ValueError("The carrier's answer names no call.")
    created = call.date_created or datetime.min.replace(tzinfo=UTC)
    return CallView(
        sid=call.sid, status=call.status, created_at=created, queue_seconds=float(call.queue_time or 0) / 1000
    )


def ask(request: Callable[[], T]) -> T:
    """Send one request and translate every way it can fail."""
    try:
        return request()
    except TwilioRestException as error:
        raise _refused(error) from error
    except requests.ConnectTimeout as error:
        raise _network("The carrier could not be reached.", Fate.NOT_DONE) from error
    except requests.ConnectionError as error:
        fate = Fate.NOT_DONE if "NewConnectionError" in repr(error) else Fate.UNKNOWN
        raise _network("The connection to the carrier failed.", fate) from error
    except (requests.RequestException, TwilioException, ValueError, TypeError, AttributeError, KeyError) as error:
        # The last four: an answer that is no JSON, or not the JSON of a call.
        raise _network("The carrier did not answer in a readable way.", Fate.UNKNOWN) from error


def _network(message: str, fate: Fate) -> CarrierError:
    return CarrierError(message, code="network", blame=Blame.NETWORK, fate=fate, permanent=False)


def _refused(error: TwilioRestException) -> CarrierError:
    if error.status >= 500 or error.status == REQUEST_TIMEOUT:
        # A create may have happened before the fault (Twilio's error 20500).
        return _network(f"The carrier answered {error.status}.", Fate.UNKNOWN)
    blame = BLAME_OF_CODE.get(error.code, Blame.RATE if error.status == 429 else Blame.US)
    return CarrierError(
        str(error.msg), code=str(error.code), blame=blame, fate=Fate.NOT_DONE, permanent=blame not in TRANSIENT
    )
