"""The schemas that the documentation of the endpoints shares. Lead properties come from `domain.shape`."""

from typing import Any, Final

from apps.api.domain.shape import (
    LEAD,
    MAX_BATCH,
    MAX_CUSTOM_FIELDS,
    MAX_CUSTOM_NAME,
    MAX_CUSTOM_TEXT,
    OBJECTS,
    Property,
)

Schema = dict[str, Any]

_TYPES: Final = {str: "string", int: "integer", bool: "boolean"}
_TEXT: Final[Schema] = {"type": "string"}
_INSTANT: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_RESULT: Final[Schema] = {
    "type": "string",
    "enum": ["created", "updated", "unchanged"],
    "description": "created: new. updated: yours before, with other values. unchanged: yours before, the same.",
}
_LEAD_ID: Final[Schema] = {"type": "string", "description": "Id of the lead; it never changes and tells nothing else."}
_CAMPAIGN_ID: Final[Schema] = {"type": "string", "description": "Id of the campaign."}


def _object(properties: Schema, *, required: tuple[str, ...] | None = None, description: str = "") -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    names = list(properties) if required is None else list(required)
    return schema | ({"required": names} if names else {}) | ({"description": description} if description else {})


def _property(prop: Property) -> Schema:
    choices = {"enum": list(prop.choices)} if prop.choices else {}
    return {"type": _TYPES[prop.type], "description": prop.description, "examples": [prop.example], **choices}


def _list_of(name: str) -> Schema:
    return {"type": "array", "items": ref(name)}


def ref(name: str) -> Schema:
    """A reference to one of the shared schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


_CUSTOM: Final[Schema] = {
    "type": "object",
    "description": "Your own fields; they are kept and shown to the agent.",
    "maxProperties": MAX_CUSTOM_FIELDS,
    "propertyNames": {"maxLength": MAX_CUSTOM_NAME},
    "additionalProperties": {"type": ["string", "number", "boolean", "null"], "maxLength": MAX_CUSTOM_TEXT},
}
_DRY_RUN: Final[Schema] = {
    "type": "boolean",
    "default": False,
    "description": "Only say what would happen. Nothing is kept, nobody is called, and the status is 200.",
}
_CALL_NOW: Final[Schema] = {
    "type": "boolean",
    "default": False,
    "description": "Put the lead at the head of the queue of the key's campaign and wake the dialler.",
}
_LEAD_PROPERTIES: Final[Schema] = {
    **{name: _property(prop) for name, prop in LEAD.items()},
    **{
        name: _object({part: _property(prop) for part, prop in parts.items()}, required=())
        for name, parts in OBJECTS.items()
    },
    "custom": _CUSTOM,
    "call_now": _CALL_NOW,
}
_CALL_NOW_RESULT: Final[Schema] = {
    "type": ["string", "null"],
    "enum": ["queued", "waiting", "campaign_not_running", "called_before", None],
    "description": "queued: dialled as soon as an agent is free. waiting: at the head of the queue until the law "
    "allows it. campaign_not_running: at the head of the queue of a campaign that is not running. called_before: the "
    "campaign has called this lead, its retry plan goes on. null: not asked for.",
}
# What is said of a lead that was taken, in the answer to one as in each row of a batch.
_TAKEN: Final[Schema] = {
    "result": _RESULT,
    "lead": _object(
        {
            "id": {"type": ["string", "null"], "description": f"{_LEAD_ID['description']} null in a dry run."},
            "phone": _TEXT,
            "external_id": _TEXT,
        }
    ),
    "callable": {
        "anyOf": [ref("Callable"), {"type": "null"}],
        "description": "null when the key has no campaign.",
    },
    "call_now": _CALL_NOW_RESULT,
}
_INDEX: Final[Schema] = _COUNT | {"description": "Place of the lead in the request, from 0."}
SCHEMAS: Final[dict[str, Schema]] = {
    "Lead": _object(_LEAD_PROPERTIES, required=("phone",), description="A lead as you send it."),
    "NewLead": _object(_LEAD_PROPERTIES | {"dry_run": _DRY_RUN}, required=("phone",)),
    "Batch": _object(
        {
            "leads": {"type": "array", "items": ref("Lead"), "minItems": 1, "maxItems": MAX_BATCH},
            "dry_run": _DRY_RUN,
        },
        required=("leads",),
    ),
    "Callable": _object(
        {
            "now": {"type": "boolean", "description": "Whether the law and the campaign allow a call at this moment."},
            "reasons": {"type": "array", "items": _TEXT, "description": "Codes of everything that stands against it."},
            "next_allowed_at": _INSTANT | {"description": "When time alone will allow it; null when it will not."},
            "zones": {"type": "array", "items": _TEXT, "description": "Time zones the person may be in."},
            "rulebook": _TEXT | {"description": "Version of the rules that decided."},
        }
    ),
    "Verdict": _object({**_TAKEN, "dry_run": {"type": "boolean"}, "request_id": _TEXT}),
    "Problem": _object(
        {
            "field": _TEXT | {"description": "Path of the field, such as consent.level."},
            "code": _TEXT | {"description": "Stable code of the reason."},
            "message": _TEXT | {"description": "What is wrong."},
            "fix": _TEXT | {"description": "What to send instead."},
        }
    ),
    "BatchTaken": _object({"index": _INDEX, **_TAKEN}, description="A lead that was taken, with its verdict."),
    "BatchRefused": _object(
        {
            "index": _INDEX,
            "result": {"type": "string", "enum": ["duplicate", "invalid"]},
            "fields": _list_of("Problem"),
        },
        description="A lead that was not taken, and why.",
    ),
    "BatchVerdict": _object(
        {
            "dry_run": {"type": "boolean"},
            "counts": _object(dict.fromkeys(("created", "updated", "unchanged", "duplicate", "invalid"), _COUNT)),
            "results": {"type": "array", "items": {"anyOf": [ref("BatchTaken"), ref("BatchRefused")]}},
            "request_id": _TEXT,
        }
    ),
    "Standing": _object(
        {
            "id": _CAMPAIGN_ID,
            "state": {"type": "string", "enum": ["ready", "reserved", "waiting", "done"]},
            "reason": _TEXT | {"description": "Why it waits or is done; empty when it is ready."},
            "attempts": _COUNT,
            "next_attempt_at": _INSTANT,
        }
    ),
    "KeptLead": _object(
        {
            "id": _LEAD_ID,
            **{name: {"type": _TYPES[prop.type]} for name, prop in LEAD.items() if name != "dnc"},
            "custom": {"type": "object"},
            "created_at": _INSTANT,
            "campaigns": _list_of("Standing"),
        }
    ),
    "LeadAnswer": _object({"lead": ref("KeptLead"), "request_id": _TEXT}),
    "LeadPage": _object(
        {"leads": _list_of("KeptLead"), "next_cursor": {"type": ["string", "null"]}, "request_id": _TEXT}
    ),
    "Attempt": _object(
        {
            "id": _TEXT,
            "campaign": _CAMPAIGN_ID,
            "state": _TEXT | {"description": "How far it has come, from reserved to ended."},
            "outcome": _TEXT | {"description": "The dialler's outcome, such as NO_ANSWER; empty until it ends."},
            "disposition": {
                "anyOf": [_object({"code": _TEXT, "label": _TEXT}), {"type": "null"}],
                "description": "What the agent recorded.",
            },
            "reserved_at": _INSTANT,
            "placed_at": _INSTANT,
            "answered_at": _INSTANT,
            "ended_at": _INSTANT,
            "talk_seconds": _COUNT,
        }
    ),
    "AttemptPage": _object(
        {"attempts": _list_of("Attempt"), "next_cursor": {"type": ["string", "null"]}, "request_id": _TEXT}
    ),
    "Error": _object(
        {
            "error": _object(
                {
                    "code": _TEXT | {"description": "Stable code; decide by it, not by the message."},
                    "message": _TEXT,
                    "fields": _list_of("Problem"),
                    "request_id": _TEXT,
                }
            )
        }
    ),
}
