"""What the carrier refuses, in words for the person who can put it right."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.telephony.errors import Blame, CarrierError, Fate
from apps.telephony.models import CarrierCheck

_ADVICE: dict[Blame, Promise] = {
    Blame.ACCOUNT: gettext_lazy("Copy the account SID and the auth token once more from the carrier's console."),
    Blame.PERMISSION: gettext_lazy("Open the country under the carrier's geographic permissions."),
    Blame.RATE: gettext_lazy("The carrier asks to go slower: try again in a minute."),
    Blame.GONE: gettext_lazy("The carrier does not know it any more."),
    Blame.NUMBER: gettext_lazy("Check the number."),
    Blame.CALLER_ID: gettext_lazy("Check that the account owns the number or has verified it."),
}


def explain(error: CarrierError) -> str:
    """One or two sentences: what the carrier said, and what to do about it."""
    if error.blame == Blame.NETWORK:
        if error.fate == Fate.NOT_DONE:
            return _("The carrier could not be reached, so nothing was done. Try again.")
        return _("The carrier gave no clear answer. Look in its console whether it was done, then try again.")
    said = _("The carrier refused: %(message)s (%(code)s).") % {
        "message": error.message.rstrip("."),
        "code": error.code,
    }
    return f"{said} {_ADVICE[error.blame]}" if error.blame in _ADVICE else said


# Sentences of the checklist, by the code of what was found: the finding, and what to do about it.
_FINDINGS: dict[str, tuple[Promise, Promise | str]] = {
    "carrier_says": (gettext_lazy("%(said)s"), ""),
    "credentials_good": (gettext_lazy("The carrier knows the account as \u201c%(name)s\u201d."), ""),
    "account_good": (gettext_lazy("The account is active and paid."), ""),
    "account_inactive": (
        gettext_lazy("The carrier has suspended or closed the account."),
        gettext_lazy("See in its console why; often a payment is missing."),
    ),
    "account_trial": (
        gettext_lazy("It is a trial account: it calls verified numbers only, and says so to them."),
        gettext_lazy("Upgrade it in the carrier's console."),
    ),
    "account_suspended_here": (
        gettext_lazy("The account is good, but dialling stopped here when the carrier refused a call: %(trouble)s"),
        gettext_lazy("Save the account once more to dial again."),
    ),
    "clock_good": (gettext_lazy("They differ by %(seconds)s s."), ""),
    "clock_off": (
        gettext_lazy("They differ by %(seconds)s s, so the carrier may refuse agents' phones."),
        gettext_lazy("Set this server's clock by NTP."),
    ),
    "clock_unknown": (gettext_lazy("The carrier's answer had no date."), gettext_lazy("Test again.")),
    "key_good": (gettext_lazy("The carrier takes the key, and tokens made with it are in order."), ""),
    "key_missing": (gettext_lazy("There is none, so agents cannot phone in the browser."), gettext_lazy("Make one.")),
    "key_refused": (gettext_lazy("The carrier refuses the key: %(said)s"), gettext_lazy("Make a new one.")),
    "key_unsound": (gettext_lazy("Tokens made with the key do not read back."), gettext_lazy("Make a new one.")),
    "address_good": (gettext_lazy("%(address)s"), ""),
    "address_simulated": (gettext_lazy("%(address)s; the simulated carrier runs on this machine."), ""),
    "address_not_https": (
        gettext_lazy("%(address)s is not encrypted."),
        gettext_lazy("Set PUBLIC_BASE_URL to an https address with a valid certificate."),
    ),
    "address_local": (
        gettext_lazy("%(address)s cannot be reached from outside."),
        gettext_lazy("Set PUBLIC_BASE_URL to the address at which the Internet reaches this server."),
    ),
    "address_underscore": (
        gettext_lazy("%(address)s has an underscore in its host name, which the carrier refuses."),
        gettext_lazy("Give the server another name and set PUBLIC_BASE_URL."),
    ),
    "callback_waits": (gettext_lazy("The carrier was asked for a test event; waiting for it."), ""),
    "callback_good": (gettext_lazy("A test event came."), ""),
    "callback_missing": (
        gettext_lazy("The carrier was asked for a test event, but none came to %(address)s."),
        gettext_lazy("Check the name, the firewall, the certificate and the proxy in front of this server."),
    ),
    "signature_good": (gettext_lazy("The test event was signed with the account's token."), ""),
    "signature_wrong": (
        gettext_lazy("The test event's signature does not fit, so callbacks of calls would be refused too."),
        gettext_lazy(
            "Check that PUBLIC_BASE_URL is exactly what the carrier calls, and that the token is the primary one."
        ),
    ),
    "signature_untested": (
        gettext_lazy("No test event has come yet."),
        gettext_lazy("Test first that the carrier reaches us."),
    ),
    "numbers_good": (gettext_lazy("Every number in use is owned or verified: %(count)s."), ""),
    "numbers_none": (gettext_lazy("No number is in use."), gettext_lazy("Add one under Numbers.")),
    "numbers_strange": (
        gettext_lazy("The carrier does not let this account show %(numbers)s."),
        gettext_lazy("Buy the numbers, have them verified, or take them out of use."),
    ),
    "inbound_good": (
        gettext_lazy("Calls to every number in use come in here: %(count)s."),
        "",
    ),
    "inbound_nowhere": (
        gettext_lazy("Whoever calls %(numbers)s reaches nobody, and cannot ask not to be called."),
        gettext_lazy("Have the calls come in here."),
    ),
    "inbound_elsewhere": (
        gettext_lazy("Calls to %(numbers)s are not answered by us."),
        gettext_lazy(
            "See that whoever answers takes requests not to be called. Calls to a number that you own at the carrier "
            "can come in here: clear its voice settings there, then test again."
        ),
    ),
    "countries_good": (gettext_lazy("The account may dial %(countries)s."), ""),
    "countries_none": (
        gettext_lazy("The organisation's settings name no country."),
        gettext_lazy("Choose the countries in the settings."),
    ),
    "countries_closed": (
        gettext_lazy("The account may not dial %(countries)s."),
        gettext_lazy("Open them under the carrier's geographic permissions for voice."),
    ),
    "rate_good": (gettext_lazy("None of the newest calls waited at the carrier; we place up to %(cps)s a second."), ""),
    "rate_queued": (
        gettext_lazy("A call waited %(seconds)s s in the carrier's queue; we place up to %(cps)s a second."),
        gettext_lazy("Lower the rate on the account's page, or have a higher one approved."),
    ),
    "rate_untested": (
        gettext_lazy(
            "We place up to %(cps)s a second; without calls it cannot be seen whether the carrier queues them."
        ),
        gettext_lazy("Compare it with the rate in the carrier's console; new accounts have 1."),
    ),
}


def finding_text(check: CarrierCheck) -> str:
    """What was found."""
    values: dict[str, object] = check.values
    return str(_FINDINGS[check.finding][0]) % values


def finding_advice(check: CarrierCheck) -> str:
    """What to do about it; empty when there is nothing to do."""
    return str(_FINDINGS[check.finding][1])
