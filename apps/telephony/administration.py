"""Twilio behind the administration port: the account, its keys, numbers and permissions, and no call."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from twilio.rest import Client

from apps.telephony.carrier import AccountView, Administration, NewAccount, NewKey, NumberView, OwnNumber
from apps.telephony.errors import Blame, CarrierError
from apps.telephony.gateway import CarrierHttpClient, ask

# More than anybody chooses from by hand; the carrier gives a thousand at once.
MOST_NUMBERS: Final = 1000
RECENT_CALLS: Final = 50
NO_CALL: Final = "CA" + "0" * 32
GREETING_HOST: Final = "demo.twilio.com"
# Our test's name at the carrier; what an interrupted test left behind is known by it.
TEST_NAME: Final = "Fairdial address test"


def administration_of(sid: str, auth_token: str) -> Administration:
    """The administration of an account; made for each use, for these requests are rare."""
    return TwilioAdministration(Client(sid, auth_token, http_client=CarrierHttpClient()))


class TwilioAdministration:
    """The administration port on Twilio's REST API."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - twilio ships no types
        self.client = client

    def get_account(self) -> AccountView:
        answer = ask(lambda: self.client.api.v2010.accounts(self.client.account_sid).fetch_with_http_info())
        account = answer.data
        return AccountView(
            sid=account.sid,
            name=account.friendly_name or "",
            is_active=account.status == "active",
            is_trial=account.type == "Trial",
            answered_at=_date(answer.headers),
        )

    def open_account(self, name: str) -> NewAccount:
        account = ask(lambda: self.client.api.v2010.accounts.create(friendly_name=name[:64]))
        return NewAccount(sid=account.sid, auth_token=account.auth_token)

    def make_key(self, name: str) -> NewKey:
        key = ask(lambda: self.client.new_keys.create(friendly_name=name[:64]))
        return NewKey(sid=key.sid, secret=key.secret)

    def delete_key(self, sid: str) -> None:
        try:
            ask(lambda: self.client.keys(sid).delete())
        except CarrierError as error:
            if error.blame != Blame.GONE:
                raise

    def try_key(self, sid: str, secret: str) -> None:
        """Sign in with the key itself and ask for a call that cannot exist: that it is not found is the good answer."""
        holder = Client(sid, secret, self.client.account_sid, http_client=self.client.http_client)
        try:
            ask(holder.calls(NO_CALL).fetch)
        except CarrierError as error:
            if error.blame != Blame.GONE:
                raise

    def list_numbers(self) -> list[NumberView]:
        own = ask(lambda: self.client.incoming_phone_numbers.list(limit=MOST_NUMBERS))
        verified = ask(lambda: self.client.outgoing_caller_ids.list(limit=MOST_NUMBERS))
        return [NumberView(number.phone_number, number.friendly_name or "", is_own=True) for number in own] + [
            NumberView(number.phone_number, number.friendly_name or "", is_own=False) for number in verified
        ]

    def may_show(self, phone: str) -> bool:
        if self.find_own_number(phone):
            return True
        return bool(ask(lambda: self.client.outgoing_caller_ids.list(phone_number=phone, limit=1)))

    def find_own_number(self, phone: str) -> OwnNumber | None:
        found = ask(lambda: self.client.incoming_phone_numbers.list(phone_number=phone, limit=1))
        return OwnNumber(found[0].sid, _calls_go_to(found[0])) if found else None

    def send_calls(self, sid: str, *, voice_url: str, over_url: str) -> None:
        """Have the carrier ask `voice_url` about calls to the number, and tell `over_url` when one has ended."""
        changes = {
            "voice_url": voice_url,
            "voice_method": "POST",
            "status_callback": over_url,
            "status_callback_method": "POST",
        }
        ask(lambda: self.client.incoming_phone_numbers(sid).update(**changes))

    def verify_number(self, phone: str, label: str) -> str:
        """Have the carrier ring the number and ask for the code that is returned."""
        request = ask(lambda: self.client.validation_requests.create(phone_number=phone, friendly_name=label or phone))
        return str(request.validation_code)

    def may_dial(self, country: str) -> bool:
        permission = ask(lambda: self.client.voice.v1.dialing_permissions.countries(country).fetch())
        return bool(permission.low_risk_numbers_enabled)

    def longest_wait(self) -> float | None:
        """The longest time, in seconds, that one of the newest calls waited in the carrier's queue; None without calls.

        Calls from outside wait in none.
        """
        calls = ask(lambda: self.client.calls.list(limit=RECENT_CALLS))
        placed = (call for call in calls if call.direction != "inbound")
        return max((float(call.queue_time or 0) / 1000 for call in placed), default=None)

    def send_event(self, url: str) -> None:
        """Have a signed test event posted to our address: the one web hook that takes no call."""
        sink = ask(
            lambda: self.client.events.v1.sinks.create(
                description=TEST_NAME,
                sink_configuration={"destination": url, "method": "POST"},
                sink_type="webhook",
            )
        )
        ask(self.client.events.v1.sinks(sink.sid).sink_test.create)

    def stop_events(self) -> None:
        sinks = ask(lambda: self.client.events.v1.sinks.list(limit=RECENT_CALLS))
        for sink in sinks:
            if sink.description == TEST_NAME:
                ask(self.client.events.v1.sinks(sink.sid).delete)


def _calls_go_to(number: Any) -> str:  # noqa: ANN401 - twilio ships no types
    """A trunk comes before an application, and that before an address; a new number's plays the carrier's greeting."""
    address = number.voice_url or ""
    is_greeting = urlsplit(address).hostname == GREETING_HOST
    return str(number.trunk_sid or number.voice_application_sid or ("" if is_greeting else address))


def _date(headers: Any) -> datetime | None:  # noqa: ANN401 - twilio ships no types
    try:
        return parsedate_to_datetime(headers["Date"])
    except (KeyError, TypeError, ValueError):
        return None
