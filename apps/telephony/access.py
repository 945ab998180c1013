"""Access tokens for browsers, signed here with the account's API key: https://www.twilio.com/docs/iam/access-tokens."""

import jwt
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from apps.telephony.models import ProviderAccount


def make_access_token(account: ProviderAccount, *, identity: str, seconds: int) -> str:
    """A token that lets a browser take calls as `identity` for so many real seconds, and dial nobody."""
    token = AccessToken(account.sid, account.api_key_sid, account.api_key_secret, identity=identity, ttl=seconds)
    token.add_grant(VoiceGrant(incoming_allow=True))
    return str(token.to_jwt())


def is_token_sound(account: ProviderAccount, *, identity: str, seconds: int) -> bool:
    """Whether a token made for the account reads back as the carrier will read it."""
    token = make_access_token(account, identity=identity, seconds=seconds)
    claims = jwt.decode(token, account.api_key_secret, algorithms=["HS256"], options={"require": ["exp", "iss", "sub"]})
    is_for_carrier = str(jwt.get_unverified_header(token).get("cty", "")).startswith("twilio-fpa")
    grants = {"identity": identity, "voice": {"incoming": {"allow": True}}}
    return is_for_carrier and (claims["iss"], claims["sub"], claims["grants"]) == (
        account.api_key_sid,
        account.sid,
        grants,
    )
