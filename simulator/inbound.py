"""Calls from outside: somebody rings a number of an account, and its settings say who is asked about it."""

from simulator.callees import Plan
from simulator.clock import Clock, Timeline
from simulator.model import Account, Call, CallStatus, Ear, Hook, Script
from simulator.registry import new_sid


def inbound_call(clock: Clock, account: Account, *, sender: str, to: str, plan: Plan) -> Call | None:
    """A call that rings now; None when nobody is asked about calls to the number."""
    number = account.numbers.get(to) or account.implied.get(to)
    settings = number.settings if number else {}
    if not settings.get("VoiceUrl"):
        return None
    at = clock.now()
    over_url = settings.get("StatusCallback", "")
    return Call(
        sid=new_sid("CA"),
        account=account,
        to=to,
        sender=sender,
        direction="inbound",
        created_at=at,
        updated_at=at,
        timeline=Timeline(clock, at),
        program=Script(
            url=settings["VoiceUrl"],
            method=settings.get("VoiceMethod", "POST"),
            fallback_url=settings.get("VoiceFallbackUrl", ""),
            fallback_method=settings.get("VoiceFallbackMethod", "POST"),
            fields={"CallStatus": CallStatus.RINGING.value},
        ),
        plan=plan,
        ear=Ear.of(plan),
        status_hook=Hook(over_url, settings.get("StatusCallbackMethod", "POST"), frozenset({"completed"}))
        if over_url
        else None,
    )
