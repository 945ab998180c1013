"""Reads of what the dialler may do now."""

from datetime import datetime

from apps.calls.selectors import GATE_MODE
from apps.campaigns.models import Campaign, DialMode
from apps.campaigns.selectors import places_in_queue
from apps.compliance.domain.codes import DialMode as GateMode
from apps.compliance.domain.codes import LineType, Purpose, Subject
from apps.compliance.domain.facts import CallProfile, Place
from apps.compliance.domain.hours import WindowState, window_state
from apps.compliance.rulebook.loader import load_rulebook
from apps.compliance.services.gate import campaign_hours


def place_windows(campaign: Campaign, *, at: datetime) -> dict[int, list[WindowState]]:
    """For each place of the campaign's queue, by id, its calling window for every kind of subject."""
    rulebook = load_rulebook()
    hours = (campaign_hours(start=campaign.call_from, end=campaign.call_until, weekdays=campaign.weekdays),)
    mode = GateMode(GATE_MODE[DialMode(campaign.dial_mode)])
    purpose = Purpose(campaign.purpose.lower())
    profiles = [CallProfile(purpose, subject, mode, LineType.MOBILE) for subject in Subject]
    return {
        place.id: [
            window_state(Place(tuple(place.zones), tuple(place.jurisdictions)), profile, rulebook, at, hours)
            for profile in profiles
        ]
        for place in places_in_queue(campaign.id)
    }
