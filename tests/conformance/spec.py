"""Twilio's own OpenAPI description, sharpened where its prose is stricter than its schema."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError

FOLDER = (
    Path(__file__).resolve().parents[2] / "node_modules" / "@twilio" / "cli-core" / "src" / "services" / "twilio-api"
)
API, LOOKUPS = "https://api.twilio.com", "https://lookups.twilio.com"
EVENTS, VOICE = "https://events.twilio.com", "https://voice.twilio.com"
KEPT = (
    "/Calls",
    "/Conferences",
    "/Recordings",
    "/IncomingPhoneNumbers",
    "/OutgoingCallerIds",
    "/Accounts.json",
    "/Accounts/{Sid}",
    "/Keys",
)
DROPPED = ("/AddOnResults", "/Transcriptions", "/AssignedAddOns", "/Payments", "/Streams", "/Siprec", "/UserDefined")
METHODS = ("get", "post", "delete")
# Fields of the current client that the description lacks.
NEWER_FIELDS = {"RecordingConfigurationId", "Passports"}
RFC_2822 = r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d \+0000$"
CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
ENUMS: Mapping[str, list[str]] = {
    "StatusCallbackEvent": CALL_EVENTS,
    "ConferenceStatusCallbackEvent": [
        "start",
        "end",
        "join",
        "leave",
        "mute",
        "hold",
        "modify",
        "speaker",
        "announcement",
    ],
    "MachineDetection": ["Enable", "DetectMessageEnd"],
    "AsyncAmd": ["true", "false"],
    "RecordingChannels": ["mono", "dual"],
    "RecordingTrack": ["inbound", "outbound", "both"],
    "Trim": ["trim-silence", "do-not-trim"],
}
RECORDING_EVENTS = ["in-progress", "completed", "absent"]
RANGES: Mapping[str, tuple[int, int]] = {
    "Timeout": (1, 600),
    "MachineDetectionTimeout": (3, 59),
    "MachineDetectionSpeechThreshold": (1000, 6000),
    "MachineDetectionSpeechEndThreshold": (500, 5000),
    "MachineDetectionSilenceTimeout": (2000, 10_000),
}
ERROR_BODY = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string"},
        "status": {"type": "integer"},
    },
}


class ConformanceError(AssertionError):
    """A request or a response that Twilio's description does not allow."""


class Spec:
    """Checks one exchange with a Twilio API."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._openapi = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))

    def check_request(self, request: requests.PreparedRequest) -> None:
        """Raise ConformanceError for a wrong, unknown or missing field."""
        try:
            self._openapi.validate_request(RequestsOpenAPIRequest(request))
        except OpenAPIError as error:
            raise ConformanceError(f"{request.method} {request.url}: {_reason(error)}") from error
        operation = self._operation(request)
        sent = {name for name, _ in parse_qsl(_text(request.body), keep_blank_values=True)}
        asked = {name for name, _ in parse_qsl(urlsplit(request.url or "").query, keep_blank_values=True)}
        known = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        if unknown := (sent - set(_form(operation)) - NEWER_FIELDS) | (asked - known):
            raise ConformanceError(f"{request.method} {request.url}: unknown fields {sorted(unknown)}")

    def check_response(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """Raise ConformanceError for a wrong status, type, or a field Twilio does not send."""
        try:
            self._openapi.validate_response(RequestsOpenAPIRequest(request), RequestsOpenAPIResponse(response))
        except OpenAPIError as error:
            raise ConformanceError(
                f"{request.method} {request.url}: {response.text[:400]}: {_reason(error)}"
            ) from error
        answers = self._operation(request)["responses"]
        schema = _schema(answers.get(str(response.status_code), answers["default"]))
        if unknown := set(response.json() if response.content else {}) - self.properties(schema):
            raise ConformanceError(f"{request.method} {request.url}: Twilio sends no {sorted(unknown)}")

    def properties(self, schema: Mapping[str, Any]) -> set[str]:
        """The names a schema describes."""
        return set(self._resolve(schema).get("properties", {}))

    def resource(self, name: str) -> set[str]:
        """The field names of a resource, by the name of its schema."""
        return set(self._document["components"]["schemas"][name]["properties"])

    def _operation(self, request: requests.PreparedRequest) -> dict[str, Any]:
        path = urlsplit(request.url or "").path.split("/")
        for template, item in self._document["paths"].items():
            if _matches(template.split("/"), path):
                found: dict[str, Any] = item[(request.method or "").lower()]
                return found
        raise ConformanceError(f"no such path: {request.url}")

    def _resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in schema:
            return schema
        found: Mapping[str, Any] = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return found


@cache
def api_spec() -> Spec:
    """The voice part of the 2010 API, with the overlay."""
    document = _read("twilio_api_v2010.json")
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if any(part in path for part in KEPT) and not any(part in path for part in DROPPED)
    }
    _sharpen(document)
    return Spec(document)


@cache
def lookups_spec() -> Spec:
    """Lookup v2."""
    document = _read("twilio_lookups_v2.json")
    document["paths"] = {
        path: item for path, item in document["paths"].items() if path == "/v2/PhoneNumbers/{PhoneNumber}"
    }
    _sharpen(document)
    _allow_nulls(document)
    return Spec(document)


@cache
def events_spec() -> Spec:
    """The sinks of Event Streams."""
    return _part_of("twilio_events_v1.json", "/v1/Sinks")


@cache
def voice_spec() -> Spec:
    """Dialling permissions."""
    return _part_of("twilio_voice_v1.json", "/v1/DialingPermissions/Countries")


def spec_for(path: str) -> tuple[str, Spec]:
    """The host that serves a path at Twilio, and its description."""
    if path.startswith("/v1/"):
        return (EVENTS, events_spec()) if path.startswith("/v1/Sinks") else (VOICE, voice_spec())
    return (LOOKUPS, lookups_spec()) if path.startswith("/v2/") else (API, api_spec())


def _part_of(name: str, prefix: str) -> Spec:
    document = _read(name)
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith(prefix)}
    _sharpen(document)
    return Spec(document)


def _read(name: str) -> dict[str, Any]:
    file = FOLDER / name
    if not file.exists():
        raise ConformanceError(f"Twilio's OpenAPI description is not installed: run `npm ci` (missing {file.name})")
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def _sharpen(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for operation in _operations(item):
            operation["responses"]["default"] = {
                "description": "error",
                "content": {"application/json": {"schema": ERROR_BODY}},
            }
            _sharpen_form(operation, of_participant="/Participants" in path)
            for answer in operation["responses"].values():
                _relax_page_addresses(_schema(answer))
    for schema in document["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            if field.get("format") == "date-time-rfc-2822":
                field["pattern"] = RFC_2822


def _sharpen_form(operation: dict[str, Any], *, of_participant: bool) -> None:
    fields = _form(operation)
    for name, field in fields.items():
        target = field.get("items", field)
        if name in ENUMS:
            target["enum"] = ENUMS[name]
        if name == "RecordingStatusCallbackEvent" and not of_participant:
            target["enum"] = RECORDING_EVENTS
        if name in RANGES:
            field["minimum"], field["maximum"] = RANGES[name]
    lists = {name: {"style": "form", "explode": True} for name, field in fields.items() if field.get("type") == "array"}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["encoding"] = lists


def _relax_page_addresses(schema: dict[str, Any]) -> None:
    # Twilio's own pages carry relative addresses under the format "uri".
    for field in schema.get("properties", {}).values():
        if field.get("format") == "uri":
            field["format"] = "uri-reference"


def _allow_nulls(document: dict[str, Any]) -> None:
    # Twilio's own Lookup examples are full of nulls that the schema does not allow.
    for schema in document["components"]["schemas"].values():
        for part in (schema, *schema.get("properties", {}).values()):
            if "$ref" not in part:
                part["nullable"] = True


def _operations(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (item[method] for method in METHODS if method in item)


def _form(operation: Mapping[str, Any]) -> dict[str, Any]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        fields: dict[str, Any] = content["schema"].get("properties", {})
        return fields
    return {}


def _schema(answer: Mapping[str, Any]) -> dict[str, Any]:
    for content in answer.get("content", {}).values():
        schema: dict[str, Any] = content.get("schema", {})
        return schema
    return {}


def _matches(template: list[str], path: list[str]) -> bool:
    return len(template) == len(path) and all(_fits(*pair) for pair in zip(template, path, strict=True))


def _fits(part: str, word: str) -> bool:
    head, brace, rest = part.partition("{")
    if not brace:
        return part == word
    tail = rest.partition("}")[2]
    return word.startswith(head) and word.endswith(tail) and len(word) > len(head) + len(tail)


def _text(body: bytes | str | None) -> str:
    return body.decode() if isinstance(body, bytes) else body or ""


def _reason(error: OpenAPIError) -> str:
    causes = getattr(error.__cause__, "schema_errors", None) or getattr(error, "schema_errors", None) or ()
    return "; ".join(getattr(cause, "message", str(cause)) for cause in causes) or f"{error} {error.__cause__ or ''}"
