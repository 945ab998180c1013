"""Twilio's REST errors, by code (https://www.twilio.com/docs/api/errors)."""

from typing import Any

ERRORS: dict[int, tuple[int, str]] = {
    10004: (429, "Call concurrency limit exceeded"),
    16020: (400, "Maximum number of participants reached"),
    16023: (400, "Participant label is too long"),
    16024: (400, "Participant label contains a character that is not allowed"),
    16025: (400, "Participant label must not look like a call SID"),
    16026: (400, "Participant label is already used in this conference"),
    16027: (400, "The participant to coach is on hold"),
    16028: (400, "The participant to coach is not in the conference"),
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20005: (403, "Account is not active"),
    20404: (404, "The requested resource was not found"),
    20409: (409, "The resource is in a state that does not allow this"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url is not a valid URL"),
    21206: (400, "SendDigits is not valid"),
    21208: (400, "Timeout is not valid"),
    21209: (400, "Method is not valid"),
    21210: (400, "The source phone number provided is not yet verified for your account"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID"),
    21213: (400, "No 'From' number is specified"),
    21214: (400, "'To' phone number cannot be reached"),
    21215: (400, "Account not authorized to call the destination"),
    21216: (400, "Account not allowed to call the destination"),
    21217: (400, "Phone number does not appear to be valid"),
    21218: (400, "Invalid ApplicationSid"),
    21220: (400, "Call is not in-progress"),
    21234: (400, "Invalid answering machine detection configuration"),
    21262: (400, "AsyncAmdStatusCallback is required when AsyncAmd is true"),
    21263: (400, "Invalid answering machine detection parameter"),
    21452: (400, "No phone numbers found"),
    21609: (400, "Invalid 'StatusCallback' URL"),
    21626: (400, "Invalid value for StatusCallbackEvent"),
    22005: (400, "Call queue is full"),
    32018: (400, "Twiml is longer than 4000 characters"),
}


class CarrierError(Exception):
    """A refusal in Twilio's own words: `code`, HTTP `status`, `message`."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.status, text = ERRORS[code]
        self.message = f"{text}: {detail}" if detail else text
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """The JSON body Twilio sends with it."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
