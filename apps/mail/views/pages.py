"""Pages of a manager: templates, what was sent, and who wants no more e-mails."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.errors import InvalidError
from apps.mail.domain.permission import Refusal
from apps.mail.domain.words import fill_body, fill_subject, footer
from apps.mail.forms import StopForm, TemplateForm
from apps.mail.models import MailStop, MailTemplate
from apps.mail.selectors import list_emails, list_stops, list_templates
from apps.mail.services.stopping import stop_mail
from apps.mail.services.templates import TemplateValues, save_template
from apps.mail.wording import refusal_text
from apps.scripts.domain.text import SAMPLE, VARIABLES

PAGE_SIZE = 50
MANAGE = Permission.MANAGE_MAIL


def _tabs(slug: str, current: str) -> list[dict[str, object]]:
    pages = (("template_list", _("Templates")), ("sent", _("Sent")), ("stopped", _("No more e-mails")))
    return [
        {"label": label, "url": reverse(f"mail:{name}", args=[slug]), "is_current": name == current}
        for name, label in pages
    ]


def _hindrance(request: TenantRequest) -> str:
    """Why agents cannot send anything at the moment, or empty."""
    if not settings.MAIL_IS_ON:
        return refusal_text(Refusal.OFF)
    return "" if request.tenant.postal_address else refusal_text(Refusal.NO_POSTAL_ADDRESS)


@require_GET
@requires(MANAGE)
def template_list(request: TenantRequest, slug: str) -> HttpResponse:
    """All templates."""
    context = {
        "templates": list_templates(),
        "tabs": _tabs(slug, "template_list"),
        "hindrance": _hindrance(request),
        "catcher": f"{settings.SIMULATOR_URL}/mail" if settings.CARRIER == "simulator" and settings.MAIL_IS_ON else "",
    }
    return render(request, "mail/template_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def template_create(request: TenantRequest, slug: str) -> HttpResponse:
    """Write a template."""
    return _edit(request, slug, None)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def template_edit(request: TenantRequest, slug: str, template_id: int) -> HttpResponse:
    """Change a template."""
    return _edit(request, slug, get_object_or_404(MailTemplate.objects, id=template_id))


def _edit(request: TenantRequest, slug: str, template: MailTemplate | None) -> HttpResponse:
    initial = {name: getattr(template, name) for name in TemplateForm.base_fields} if template else {}
    form = TemplateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = TemplateValues(**form.cleaned_data)
        try:
            save_template(template=template, values=values, by=request.user, at=clock.now())
        except InvalidError as error:
            form.add_error(error.field or None, error.message)
        else:
            messages.success(request, _("The template is saved."))
            return redirect("mail:template_list", slug)
    tenant = request.tenant
    context = {
        "form": form,
        "template": template,
        "variables": list(VARIABLES.items()),
        "sample": template
        and {"subject": fill_subject(template.subject, SAMPLE), "body": fill_body(template.body, SAMPLE)},
        "footer": footer(
            sender=tenant.mail_sender,
            postal_address=tenant.postal_address or _("(the postal address of your settings)"),
            stop_url=_("(a link)"),
        ),
        "crumbs": [(_("E-mail"), reverse("mail:template_list", args=[slug]))],
    }
    return render(request, "mail/template_form.html", context)


@require_GET
@requires(MANAGE)
def sent(request: TenantRequest, slug: str) -> HttpResponse:
    """Every e-mail, with its state and why it did not leave."""
    page = Paginator(list_emails(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "mail/sent.html", {"page": page, "tabs": _tabs(slug, "sent")})


@require_GET
@requires(MANAGE)
def stopped(request: TenantRequest, slug: str) -> HttpResponse:
    """Addresses that get nothing any more."""
    return _stopped_page(request, slug, StopForm())


def _stopped_page(request: TenantRequest, slug: str, form: StopForm, status: int = 200) -> HttpResponse:
    page = Paginator(list_stops(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "tabs": _tabs(slug, "stopped")}
    return render(request, "mail/stopped.html", context, status=status)


@require_POST
@requires(MANAGE)
def stop_add(request: TenantRequest, slug: str) -> HttpResponse:
    """Somebody has said by other means that they want no more e-mails."""
    form = StopForm(request.POST)
    if not form.is_valid():
        return _stopped_page(request, slug, form, status=422)
    address = form.cleaned_data["address"]
    stop_mail(address=address, source=MailStop.Source.MANAGER, by=request.user, at=clock.now())
    messages.success(request, _("No more e-mails go to %(address)s.") % {"address": address})
    return redirect("mail:stopped", slug)
