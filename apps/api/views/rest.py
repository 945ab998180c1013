"""The endpoints of /api/v1/: each reads the request, calls one service or selector, and writes the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request

from apps.api import openapi, selectors, serializers
from apps.api.domain.errors import (
    DuplicateError,
    FieldProblem,
    UnprocessableError,
    error_body,
    invalid,
    problems_json,
)
from apps.api.domain.shape import MAX_BATCH
from apps.api.http import Access, ApiView, answer, answer_once, open_source, read_json
from apps.api.models import ApiKey, Scope
from apps.api.services.posting import NO_CAMPAIGN, Posted, post_lead, post_leads
from apps.core import clock
from apps.core.domain.phones import normalise_phone
from apps.leads.services.intake import Incoming, Result

DEFAULT_PAGE, LARGEST_PAGE = 50, 200
_DUPLICATE = FieldProblem("phone", "duplicate", "The number is known already.", "Do not send it again.")


class LeadsView(ApiView):
    """One lead in, or the leads of the source out."""

    @openapi.post_lead
    def post(self, request: Request) -> HttpResponse:
        with open_source(request, Scope.LEADS_WRITE, at=clock.now()) as access:
            body = read_json(request)
            problems: list[FieldProblem] = []
            is_dry_run = serializers.read_flag(body, "dry_run", problems)
            incoming, wants_call = _read_lead(access, _reader(access), body, problems)

            def work() -> tuple[int, dict[str, Any]]:
                with _trial(is_dry_run):
                    posted = post_lead(api_key=access.api_key, incoming=incoming, wants_call=wants_call, at=access.at)
                access.counts["dry_run" if is_dry_run else posted.outcome.result] += 1
                return _verdict(access, incoming, posted, is_dry_run=is_dry_run)

            if is_dry_run:
                status, verdict = work()
                return answer(verdict, status=status)
            return answer_once(request, access, work)

    @openapi.list_leads
    def get(self, request: Request) -> HttpResponse:
        with open_source(request, Scope.LEADS_READ, at=clock.now()) as access:
            leads, next_cursor = selectors.page_of_leads(
                access.api_key, access.ids, phone=_read_phone(request, access.api_key), **_read_page(request)
            )
            queue = selectors.queue_rows([lead.id for lead in leads])
            rows = [serializers.lead_json(lead, queue[lead.id], access.ids) for lead in leads]
            return answer({"leads": rows, "next_cursor": next_cursor or None})


class BatchView(ApiView):
    """Up to MAX_BATCH leads in, each with its own result."""

    @openapi.post_batch
    def post(self, request: Request) -> HttpResponse:
        with open_source(request, Scope.LEADS_WRITE, at=clock.now()) as access:
            body = read_json(request)
            problems: list[FieldProblem] = []
            is_dry_run = serializers.read_flag(body, "dry_run", problems)
            rows = _read_rows(body, problems)

            def work() -> tuple[int, dict[str, Any]]:
                with _trial(is_dry_run):
                    results = _take_rows(access, rows, is_dry_run=is_dry_run)
                counts = dict.fromkeys((*Result, "invalid"), 0)
                for result in results:
                    counts[result["result"]] += 1
                access.counts.update({"dry_run": len(rows)} if is_dry_run else {k: n for k, n in counts.items() if n})
                return 200, {"dry_run": is_dry_run, "counts": counts, "results": results}

            if is_dry_run:
                status, results = work()
                return answer(results, status=status)
            return answer_once(request, access, work)


class LeadView(ApiView):
    """One lead of the source."""

    @openapi.get_lead
    def get(self, request: Request, lead_id: str) -> HttpResponse:
        with open_source(request, Scope.LEADS_READ, at=clock.now()) as access:
            lead = selectors.get_lead_of_source(access.api_key, lead_id, access.ids)
            queue = selectors.queue_rows([lead.id])[lead.id]
            return answer({"lead": serializers.lead_json(lead, queue, access.ids)})


class AttemptsView(ApiView):
    """What came of calling one lead of the source."""

    @openapi.list_attempts
    def get(self, request: Request, lead_id: str) -> HttpResponse:
        with open_source(request, Scope.LEADS_READ, at=clock.now()) as access:
            lead = selectors.get_lead_of_source(access.api_key, lead_id, access.ids)
            attempts, next_cursor = selectors.page_of_attempts(lead, **_read_page(request))
            rows = [serializers.attempt_json(attempt, access.ids) for attempt in attempts]
            return answer({"attempts": rows, "next_cursor": next_cursor or None})


@contextmanager
def _trial(is_dry_run: bool) -> Iterator[None]:
    """Undo everything that the block has written, and send nothing it has enqueued, when it is a dry run."""
    if not is_dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _reader(access: Access) -> serializers.LeadReader:
    return serializers.LeadReader(at=access.at, region=access.api_key.tenant.home_region)


def _read_lead(
    access: Access, reader: serializers.LeadReader, body: dict[str, Any], problems: list[FieldProblem]
) -> tuple[Incoming, bool]:
    """A lead and whether it is to be called now."""
    wants_call = serializers.read_flag(body, "call_now", problems)
    if wants_call and access.api_key.campaign is None:
        problems.append(NO_CAMPAIGN)
    return reader.read(body, problems), wants_call


def _verdict(access: Access, incoming: Incoming, posted: Posted, *, is_dry_run: bool) -> tuple[int, dict[str, Any]]:
    if posted.outcome.result == Result.DUPLICATE:
        where = access.api_key.get_dedupe_scope_display()
        message = f"This number is already in {where} and did not come from your source."
        error = DuplicateError(message, fields=[_DUPLICATE])
        return error.status, error_body(error)
    verdict = serializers.posted_json(posted, incoming.row, access.ids, is_dry_run=is_dry_run)
    is_new = posted.outcome.result == Result.CREATED and not is_dry_run
    return 201 if is_new else 200, {**verdict, "dry_run": is_dry_run}


def _read_rows(body: dict[str, Any], problems: list[FieldProblem]) -> list[Any]:
    rows = body.pop("leads", None)
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_BATCH:
        fix = f"Send a list of 1 to {MAX_BATCH:,} leads."
        problems.append(FieldProblem("leads", "batch_size", "leads is no list, is empty or is too long.", fix))
    problems += [serializers.unknown_field(name, "Send leads and dry_run.") for name in body]
    if problems:
        raise invalid(*problems)
    return list(rows)


def _take_rows(access: Access, rows: list[Any], *, is_dry_run: bool) -> list[dict[str, Any]]:
    reader = _reader(access)
    results: list[dict[str, Any]] = [{"index": index} for index in range(len(rows))]
    taken: list[dict[str, Any]] = []
    incoming: list[Incoming] = []
    wants_call: list[bool] = []
    for result, row in zip(results, rows, strict=True):
        try:
            lead, wants = _read_lead(access, reader, _as_object(row), [])
        except UnprocessableError as error:
            result.update({"result": "invalid", "fields": problems_json(error.fields)})
        else:
            taken.append(result)
            incoming.append(lead)
            wants_call.append(wants)
    posted = post_leads(api_key=access.api_key, incoming=incoming, wants_call=wants_call, at=access.at)
    duplicate = Result.DUPLICATE
    for result, lead, done in zip(taken, incoming, posted, strict=True):
        if done.outcome.result is duplicate:
            result.update({"result": duplicate, "fields": problems_json([_DUPLICATE])})
        else:
            result.update(serializers.posted_json(done, lead.row, access.ids, is_dry_run=is_dry_run))
    return results


def _as_object(row: object) -> dict[str, Any]:
    if isinstance(row, dict):
        return row
    raise invalid(FieldProblem("", "wrong_type", "This lead is no object.", "Send an object, in braces."))


def _read_page(request: Request) -> dict[str, Any]:
    text = request.GET.get("limit", str(DEFAULT_PAGE))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:4]) <= LARGEST_PAGE or len(text) > 3:
        fix = f"Send a whole number from 1 to {LARGEST_PAGE}."
        raise invalid(FieldProblem("limit", "limit_out_of_range", "limit is out of range.", fix))
    return {"cursor": request.GET.get("cursor", ""), "limit": int(text)}


def _read_phone(request: Request, api_key: ApiKey) -> str:
    text = request.GET.get("phone", "")
    if not text:
        return ""
    result = normalise_phone(text, api_key.tenant.home_region)
    if not result.is_valid:
        raise invalid(FieldProblem("phone", str(result.reason), result.message, result.fix))
    return result.e164
