"""People hear the platform in their own language, whichever of its callbacks speaks to them."""

import re

import pytest

from apps.calls.models import Attempt
from apps.campaigns.models import Campaign
from apps.leads.models import Lead
from apps.telephony.domain.languages import Language
from apps.telephony.twiml.speech import SPEECHES
from tests.dialer.callbacks import answered, attempt, campaign, post, standing_clock

__all__ = ["attempt", "campaign", "standing_clock"]


@pytest.mark.parametrize(
    ("own", "of_campaign", "heard"),
    [("", "en", Language.EN), ("", "es", Language.ES), ("tr", "es", Language.TR), ("ja", "ar", Language.AR)],
)
def test_the_apology_and_its_opt_out_are_in_the_persons_language(
    attempt: Attempt, own: str, of_campaign: str, heard: Language
) -> None:
    Lead.objects.filter(id=attempt.lead_id).update(language=own)
    Campaign.objects.filter(id=attempt.campaign_id).update(language=of_campaign)
    speech = SPEECHES[heard]

    for hook in ("answer", "fallback"):
        apology = answered(post(attempt, hook, {}))
        assert re.findall('<Say language="(.*?)" voice="(.*?)">', apology) == [(speech.say_language, speech.voice)]
        assert (speech.nobody_free in apology, speech.press_nine in apology) == (True, True)
    assert speech.opted_out in answered(post(attempt, "optout", {"Digits": "9"}))
