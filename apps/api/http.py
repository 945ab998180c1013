"""What every endpoint shares: reading JSON, opening the tenant of the key, and the one error shape."""

import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, HttpResponse, JsonResponse, UnreadablePostError
from psycopg.errors import UndefinedColumn, UndefinedTable
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.domain import errors
from apps.api.domain.errors import ApiError, FieldProblem, error_body
from apps.api.domain.ids import PublicIds
from apps.api.domain.keys import PresentedKey, read_key
from apps.api.models import ApiKey, Scope
from apps.api.selectors import find_key
from apps.api.services.idempotency import claim_answer, hash_request, keep_answer
from apps.api.services.keys import is_use_due, note_use
from apps.api.services.limits import Allowance, take_request
from apps.api.services.usage import count_answers
from apps.core.errors import AppError, ConflictError, InvalidError
from apps.core.logs import request_id
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

_JSON: Final = "application/json"
_IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{1,200}")


@dataclass(slots=True)
class Access:
    """A request let in by a key; `counts` collects its answer codes for the source's page."""

    api_key: ApiKey
    at: datetime
    allowance: Allowance | None = None
    counts: Counter[str] = field(default_factory=Counter)
    ids: PublicIds = field(init=False)

    def __post_init__(self) -> None:
        self.ids = PublicIds(self.api_key.tenant.id_key)


class ApiView(APIView):
    """An endpoint: JSON in, JSON out, every failure in one shape.

    DRF's negotiation, authentication and throttling are left out: there is one media type, and a key can only be
    looked up inside its tenant's scope, in the transaction that also does the work.
    """

    http_method_names = ["get", "head", "post"]
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - DRF's own signature
        """Nothing: see the class."""

    def handle_exception(self, exc: Exception) -> Any:  # noqa: ANN401 - DRF's own type is its Response
        """The answer to a failed request."""
        return _error_response(_as_api_error(exc, allowed=self.allowed_methods))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - likewise
        """Say how much of the rate limit is left, and keep the answer out of every cache."""
        access: Access | None = getattr(request, "access", None)
        if access is not None and access.allowance is not None:
            response.headers["X-RateLimit-Limit"] = str(access.allowance.limit)
            response.headers["X-RateLimit-Remaining"] = str(access.allowance.remaining)
        response.headers["Cache-Control"] = "no-store"
        return response


class NothingHereView(ApiView):
    """Every address that is no endpoint."""

    schema = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - DRF's own signature
        """404, whatever the method."""
        return _error_response(errors.NotFoundError())


@contextmanager
def open_source(request: Request, scope: Scope, *, at: datetime) -> Iterator[Access]:
    """Let the request in by its key and run the block in the tenant's scope, in one transaction.

    A refusal raised in the block rolls the transaction back; the request is counted all the same. Raises
    KeyRefusedError, ForbiddenError and RateLimitedError.
    """
    presented = _present_key(request)
    # All of it must be here before the transaction begins: a slow sender may not hold one open.
    len(request.body)
    access: Access | None = None
    try:
        with tenant_scope(presented.tenant_id):
            access = Access(api_key=find_key(presented), at=at)
            request.access = access  # type: ignore[attr-defined]  # for finalize_response
            _admit(access, scope)
            yield access
    except AppError as error:
        if access is not None:
            access.counts[error.code] += 1
        raise
    finally:
        if access is not None:
            _settle(access)


def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises MediaTypeError, LengthRequiredError, TooLargeError, MalformedError."""
    media_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if media_type != _JSON:
        raise errors.MediaTypeError(f"Send JSON, with the header Content-Type: {_JSON}.")
    if not request.META.get("CONTENT_LENGTH"):
        raise errors.LengthRequiredError("Send the body in one piece, with a Content-Length header.")
    try:
        body = json.loads(request.body, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise errors.MalformedError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise errors.MalformedError(f"The body is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise errors.MalformedError("Send a JSON object, in braces.")
    return body


def answer(body: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A JSON answer with the request id in it, in an error inside of that."""
    identity = {"request_id": request_id.get()}
    named = {"error": {**body["error"], **identity}} if "error" in body else {**body, **identity}
    return JsonResponse(named, status=status)


def answer_once(request: Request, access: Access, work: Callable[[], tuple[int, dict[str, Any]]]) -> HttpResponse:
    """The answer of `work` (status and body), or the first one when the request carries a known Idempotency-Key.

    Runs in the transaction of `open_source`: when the work fails, the key is free again. Raises UnprocessableError for
    a key that cannot be kept, KeyReusedError when it belongs to another request.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        status, body = work()
        return answer(body, status=status)
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        fix = "Send 1 to 200 visible ASCII characters, for example a UUID."
        raise errors.invalid(FieldProblem("Idempotency-Key", "idempotency_key_unusable", "This key is unusable.", fix))
    request_hash = hash_request(method=str(request.method), path=request.path, body=request.body)
    first = claim_answer(api_key=access.api_key, key=key, request_hash=request_hash, at=access.at)
    if first is None:
        status, body = work()
        keep_answer(api_key=access.api_key, key=key, status=status, body=body)
        return answer(body, status=status)
    access.counts["replayed"] += 1
    response = answer(first.body, status=first.status)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _present_key(request: Request) -> PresentedKey:
    scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise errors.KeyRefusedError("Send your key in the header Authorization: Bearer fd_...", code="key_missing")
    presented = read_key(text.strip())
    if presented is None:
        raise errors.KeyRefusedError("This is no Fairdial key; they look like fd_1_ and 52 letters and digits.")
    return presented


def _admit(access: Access, scope: Scope) -> None:
    if access.api_key.revoked_at is not None:
        raise errors.KeyRefusedError("This key has been revoked. Ask for a new one.", code="key_revoked")
    if scope not in access.api_key.scopes:
        raise errors.ForbiddenError(f"This key lacks the scope {scope}.")
    access.allowance = take_request(key_id=access.api_key.id, per_minute=access.api_key.per_minute, at=access.at)
    if not access.allowance.is_allowed:
        raise errors.RateLimitedError(retry_after=access.allowance.retry_after)


def _settle(access: Access) -> None:
    api_key = access.api_key
    if access.counts:
        on = access.at.astimezone(ZoneInfo(api_key.tenant.time_zone)).date()
        count_answers(key_id=api_key.id, on=on, counts=access.counts)
    if is_use_due(api_key, at=access.at):
        with tenant_scope(api_key.tenant_id):
            note_use(api_key=api_key, at=access.at)


def _as_api_error(exc: Exception, *, allowed: list[str]) -> ApiError:
    match exc:
        case ApiError():
            return exc
        case InvalidError():
            return errors.invalid(FieldProblem(field=exc.field, code=exc.code, message=exc.message))
        case ConflictError():
            return _with_status(409, exc)
        case AppError():
            return _with_status(422, exc)
        case Http404():
            return errors.NotFoundError()
        case MethodNotAllowed():
            names = ", ".join(allowed)
            return errors.MethodError(f"Use {names} here.", headers={"Allow": names})
        case RequestDataTooBig():
            return errors.TooLargeError("The body is larger than 8 MB. Send it in several batches.")
        case UnreadablePostError():
            return errors.MalformedError("The body ended before its Content-Length.")
        case OperationalError() | InterfaceError() | ProgrammingError(__cause__=UndefinedTable() | UndefinedColumn()):
            # Tables that are not there yet are those of a release whose migrations still run.
            logger.error("api.database_unavailable", exc_info=exc)
            return errors.UnavailableError()
    logger.error("api.failed", exc_info=exc)
    return errors.InternalError()


def _with_status(status: int, error: AppError) -> ApiError:
    refusal = ApiError(error.message, code=error.code)
    refusal.status = status
    return refusal


def _error_response(error: ApiError) -> HttpResponse:
    response = answer(error_body(error), status=error.status)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response
