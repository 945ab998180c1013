"""The end of e-mails, for the person who got one: outside every tenant, and without an account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.mail.models import Email, MailStop
from apps.mail.services.stopping import read_token, stop_mail
from apps.tenants.scope import tenant_scope


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button; a POST stops the e-mails, also that of a mail program (RFC 8058).

    Looking at the page changes nothing, because programs follow links by themselves.
    """
    proof = read_token(token)
    if proof is None:
        return render(request, "mail/stop_unknown.html", status=404)
    with tenant_scope(proof.tenant_id):
        email = Email.objects.select_related("tenant").filter(id=proof.email_id).first()
        if email is None:
            return render(request, "mail/stop_unknown.html", status=404)
        if request.method == "POST":
            stop_mail(address=email.address, source=MailStop.Source.LINK, by=None, at=clock.now())
        is_stopped = MailStop.objects.filter(address=email.address.lower()).exists()
    tenant = email.tenant
    context = {"is_stopped": is_stopped, "seller": tenant.mail_sender}
    return render(request, "mail/stop.html", context)
