"""The carrier's test event; the callbacks of calls are in dialer."""

import re

from django.db.models import BigIntegerField
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.telephony.selectors import find_account
from apps.telephony.services.trial_event import note_event
from apps.telephony.signature import is_signed_json
from apps.tenants.scope import tenant_scope


@csrf_exempt
@require_POST
def event(request: HttpRequest, tenant_id: int) -> HttpResponse:
    """Note that the test event came, and whether its signature is right; 403 when it is not."""
    token = request.GET.get("c", "")
    if tenant_id > BigIntegerField.MAX_BIGINT or not re.fullmatch("[0-9a-f]{32}", token):
        return HttpResponse(status=403)
    with tenant_scope(tenant_id):
        account = find_account()
        is_good = account is not None and is_signed_json(request, account.auth_token)
        note_event(token, is_signed=is_good)
    return HttpResponse(status=204 if is_good else 403)
