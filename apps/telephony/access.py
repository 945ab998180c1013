"""Access tokens for browsers, signed here with the account's API key: https://www.twilio.com/docs/iam/access-tokens."""

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from apps.telephony.models import ProviderAccount


def make_access_token(account: ProviderAccount, *, identity: str, seconds: int) -> str:
    """A token that lets a browser take calls as `identity` for so many real seconds, and dial nobody."""
    token = AccessToken(account.sid, account.api_key_sid, account.api_key_secret, identity=identity, ttl=seconds)
    token.add_grant(VoiceGrant(incoming_allow=True))
    return str(token.to_jwt())
