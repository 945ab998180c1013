"""Every way a request can fail, in the one shape that the API answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.errors import AppError


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, `leads` paths included, and what to send instead."""

    field: str
    code: str
    message: str
    fix: str = ""


class ApiError(AppError):
    """A refusal: HTTP status, stable code, a sentence, the fields at fault, and headers such as Retry-After."""

    status = 400

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fields: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.fields = tuple(fields)
        self.headers = dict(headers or {})


class MalformedError(ApiError):
    """The body is no JSON object."""

    code = "malformed_json"


class KeyRefusedError(ApiError):
    """No key, an unknown one, or one that was revoked."""

    status = 401
    code = "key_unknown"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"WWW-Authenticate": 'Bearer realm="Fairdial API"'})


class ForbiddenError(ApiError):
    """The key is good but may not do this."""

    status = 403
    code = "scope_missing"


class NotFoundError(ApiError):
    """There is nothing here that this key may see."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "There is nothing at this address that your key may see.") -> None:
        super().__init__(message)


class MethodError(ApiError):
    """The address exists, but not for this method."""

    status = 405
    code = "method_not_allowed"


class DuplicateError(ApiError):
    """The number is already in another list or from another source, within the key's duplicate scope."""

    status = 409
    code = "duplicate"


class KeyReusedError(ApiError):
    """The Idempotency-Key was used before with another request."""

    status = 409
    code = "idempotency_key_reused"


class LengthRequiredError(ApiError):
    """The body came in chunks without a Content-Length."""

    status = 411
    code = "length_required"


class TooLargeError(ApiError):
    """The body is larger than the server takes."""

    status = 413
    code = "too_large"


class MediaTypeError(ApiError):
    """The body is not declared as JSON."""

    status = 415
    code = "unsupported_media_type"


class UnprocessableError(ApiError):
    """One or more fields are wrong; each says how to put it right."""

    status = 422
    code = "invalid"


class RateLimitedError(ApiError):
    """The key sent more requests than it may."""

    status = 429
    code = "rate_limited"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(
            f"Too many requests with this key. Try again in {retry_after} s.",
            headers={"Retry-After": str(retry_after)},
        )


class InternalError(ApiError):
    """Our fault; it is logged under the request id."""

    status = 500
    code = "internal"

    def __init__(self) -> None:
        super().__init__("Something failed on our side. Tell us the request id, or send the request again.")


class UnavailableError(ApiError):
    """The database cannot be reached or is still being set up."""

    status = 503
    code = "unavailable"

    def __init__(self) -> None:
        super().__init__("We cannot take requests right now. Try again.", headers={"Retry-After": "5"})


def invalid(*problems: FieldProblem) -> UnprocessableError:
    """The 422 of these problems: of each field the first, so that every field is named once."""
    fields: dict[str, FieldProblem] = {}
    for problem in problems:
        fields.setdefault(problem.field, problem)
    more = f" And {len(fields) - 1} more." if len(fields) > 1 else ""
    return UnprocessableError(f"{problems[0].message}{more}", fields=tuple(fields.values()))


def problems_json(problems: Sequence[FieldProblem]) -> list[dict[str, str]]:
    """Fields at fault as the API names them."""
    return [
        {"field": problem.field, "code": problem.code, "message": problem.message, "fix": problem.fix}
        for problem in problems
    ]


def error_body(error: ApiError) -> dict[str, Any]:
    """The JSON body of an error, the same for every status; the request id is added when it is sent."""
    return {"error": {"code": error.code, "message": error.message, "fields": problems_json(error.fields)}}
