"""The documentation of every endpoint: what it takes, what it answers, with an example of each."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from apps.api.domain.shape import LEAD, MAX_BATCH, OBJECTS
from apps.api.schemas import SCHEMAS, Schema, ref

_ERRORS: Final = {
    400: "The body is no JSON object (malformed_json).",
    401: "No key, an unknown one or a revoked one (key_missing, key_unknown, key_revoked).",
    403: "The key may not do this (scope_missing).",
    404: "There is nothing here that the key may see (not_found).",
    409: "The number is known already within the key's duplicate scope (duplicate), or the Idempotency-Key was used "
    "for another request (idempotency_key_reused).",
    411: "The body came without Content-Length (length_required).",
    413: "The body is too large (too_large).",
    415: "The body is not declared as JSON (unsupported_media_type).",
    422: "Fields are wrong; each is named with the reason and the fix.",
    429: "Too many requests; wait for Retry-After seconds (rate_limited).",
    500: "Our fault (internal).",
    503: "The database cannot be reached or is still being set up; wait for Retry-After seconds (unavailable).",
}
_INTRODUCTION: Final = """Send leads, hear at once whether they were taken and may be called, and follow what comes of them.

- **Key.** Each source has its own: `Authorization: Bearer fd_...`. It sees the leads it has sent, and no others.
- **Errors** have one shape, `{"error": {"code", "message", "fields", "request_id"}}`. Decide by `code`; `fields` names
  each field at fault and the fix. Tell us the `request_id` when you ask about an answer.
- **Repeats are safe.** Send an `Idempotency-Key` with every POST, and send it again when you got no answer.
- **Limit.** A key may send so many requests a minute, and ten seconds' worth of them at once; `X-RateLimit-Limit` and
  `X-RateLimit-Remaining` say where you stand, `Retry-After` how many seconds to wait.
- **Fields** we do not know are refused by name. Put your own into `custom`.
"""
_ALWAYS: Final = (401, 403, 429, 500, 503)
_WITH_BODY: Final = (400, *_ALWAYS, 409, 411, 413, 415, 422)

_IDEMPOTENCY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200},
    OpenApiParameter.HEADER,
    description="Makes a repeated request safe: for 7 days it gets the first answer again and does nothing. A "
    "request that failed may be sent again with the same key.",
)
_CURSOR: Final = OpenApiParameter("cursor", str, description="next_cursor of the page before; leave it out to begin.")
_LIMIT: Final = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, description="Rows on a page."
)
_REQUEST_ID: Final = "0f6c2f0d9d7f4a3fb6f2a8f0c1d2e3f4"
_SOME_LEAD: Final = "lead_5f0c3a9be1d24f7786a0d3c9e84b1f52"
_SOME_CAMPAIGN: Final = "campaign_c81e5d02f7a94b36b5e90a7d13f6428c"
_SENT: Final[dict[str, Any]] = {
    name: prop.example for name, prop in LEAD.items() if name not in ("dnc", "country", "rank", "company", "language")
}
_KEPT: Final[dict[str, Any]] = {
    "id": _SOME_LEAD,
    **{name: prop.example for name, prop in LEAD.items() if name != "dnc"},
    "phone": "+12125550142",
    "custom": {"windows": 6},
    "created_at": "2026-06-16T17:00:00Z",
    "campaigns": [
        {
            "id": _SOME_CAMPAIGN,
            "state": "waiting",
            "reason": "retry",
            "attempts": 1,
            "next_attempt_at": "2026-06-16T21:00:00Z",
        }
    ],
}
_TAKEN_EXAMPLE: Final[dict[str, Any]] = {
    "result": "created",
    "lead": {"id": _SOME_LEAD, "phone": "+12125550142", "external_id": "crm-7781"},
    "callable": {
        "now": True,
        "reasons": [],
        "next_allowed_at": None,
        "zones": ["America/New_York"],
        "rulebook": "2026-11-21",
    },
    "call_now": "queued",
}
_VERDICT: Final[dict[str, Any]] = {**_TAKEN_EXAMPLE, "dry_run": False, "request_id": _REQUEST_ID}
_PROBLEM: Final[dict[str, Any]] = {
    "field": "phone",
    "code": "phone_no_area_code",
    "message": "The area code is missing.",
    "fix": "Put the area code in front of the seven digits.",
}
_ATTEMPT: Final[dict[str, Any]] = {
    "id": "7d9f1c1e-6f0c-4f57-9a53-2f3f0a1b2c3d",
    "campaign": _SOME_CAMPAIGN,
    "state": "ended",
    "outcome": "CONNECTED",
    "disposition": {"code": "CALLBK", "label": "Call back"},
    "reserved_at": "2026-06-16T17:00:01Z",
    "placed_at": "2026-06-16T17:00:02Z",
    "answered_at": "2026-06-16T17:00:11Z",
    "ended_at": "2026-06-16T17:02:40Z",
    "talk_seconds": 149,
}


def _responses(success: dict[int, str], errors: tuple[int, ...]) -> dict[Any, Any]:
    found = {(status, "application/json"): ref(name) for status, name in success.items()}
    return found | {(status, "application/json"): ref("Error") for status in sorted(errors)}


def _sends(name: str, value: Schema) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answers(name: str, status: int, value: Schema) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def _error(code: str, message: str, *problems: Schema) -> Schema:
    return {"error": {"code": code, "message": message, "fields": list(problems), "request_id": _REQUEST_ID}}


post_lead = extend_schema(
    operation_id="post_lead",
    tags=["Leads"],
    summary="Send one lead",
    description="The answer is the verdict: whether the lead was taken, whether it may be called now and, if not, why "
    "not and from when. Sending a lead again updates it. For a lead that is waiting for your call, set call_now.",
    parameters=[_IDEMPOTENCY],
    request={"application/json": ref("NewLead")},
    responses=_responses({200: "Verdict", 201: "Verdict"}, _WITH_BODY),
    examples=[
        _sends(
            "A warm lead with its consent",
            {
                **_SENT,
                "custom": {"windows": 6},
                "consent": {name: prop.example for name, prop in OBJECTS["consent"].items()},
                "call_now": True,
            },
        ),
        _sends("Only a check", {"phone": "(212) 555-0142", "dry_run": True}),
        _answers("New", 201, _VERDICT),
        _answers("Yours before", 200, {**_VERDICT, "result": "unchanged", "call_now": "called_before"}),
        _answers("A field to put right", 422, _error("invalid", str(_PROBLEM["message"]), _PROBLEM)),
        _answers("Known already", 409, _error("duplicate", "This number is already in all lists.")),
        _answers("Too fast", 429, _error("rate_limited", "Too many requests with this key. Try again in 2 s.")),
    ],
)
post_batch = extend_schema(
    operation_id="post_leads",
    tags=["Leads"],
    summary=f"Send up to {MAX_BATCH:,} leads",
    description="Each lead gets a result of its own; one that is wrong does not stop the others. A number that comes "
    "twice in one request is a duplicate the second time.",
    parameters=[_IDEMPOTENCY],
    request={"application/json": ref("Batch")},
    responses=_responses({200: "BatchVerdict"}, _WITH_BODY),
    examples=[
        _sends("Two leads", {"leads": [{**_SENT, "call_now": True}, {"phone": "555-0142"}]}),
        _answers(
            "One taken, one not",
            200,
            {
                "dry_run": False,
                "counts": {"created": 1, "updated": 0, "unchanged": 0, "duplicate": 0, "invalid": 1},
                "results": [
                    {"index": 0, **_TAKEN_EXAMPLE},
                    {"index": 1, "result": "invalid", "fields": [_PROBLEM]},
                ],
                "request_id": _REQUEST_ID,
            },
        ),
    ],
)
list_leads = extend_schema(
    operation_id="list_leads",
    tags=["Leads"],
    summary="List your leads",
    description="The leads that your source has sent, oldest first, and where each stands.",
    parameters=[OpenApiParameter("phone", str, description="Only the lead with this number."), _CURSOR, _LIMIT],
    responses=_responses({200: "LeadPage"}, (*_ALWAYS, 422)),
    examples=[_answers("A page", 200, {"leads": [_KEPT], "next_cursor": None, "request_id": _REQUEST_ID})],
)
get_lead = extend_schema(
    operation_id="get_lead",
    tags=["Leads"],
    summary="Look at one lead",
    responses=_responses({200: "LeadAnswer"}, (*_ALWAYS, 404)),
    examples=[_answers("A lead", 200, {"lead": _KEPT, "request_id": _REQUEST_ID})],
)
list_attempts = extend_schema(
    operation_id="list_attempts",
    tags=["Leads"],
    summary="List the attempts to call a lead",
    parameters=[_CURSOR, _LIMIT],
    responses=_responses({200: "AttemptPage"}, (*_ALWAYS, 404, 422)),
    examples=[_answers("A page", 200, {"attempts": [_ATTEMPT], "next_cursor": None, "request_id": _REQUEST_ID})],
)


def complete_schema(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Hook of drf-spectacular: add the shared schemas, the key, and what each error means."""
    result["info"]["description"] = _INTRODUCTION
    result["components"] = {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "description": "The key of your source: fd_..."}
        },
    }
    result["security"] = [{"key": []}]
    for path in result["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
            for status, response in operation["responses"].items():
                response["description"] = _ERRORS.get(int(status), "Done.")
    return result
