"""The script builder: the words on one page with the list of questions, and a page for each question."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.domain.numbers import read_row_number
from apps.core.errors import AppError
from apps.core.forms import show_error
from apps.scripts.domain.flow import find_flow_faults
from apps.scripts.domain.picture import draw
from apps.scripts.domain.questions import Question, read_questions
from apps.scripts.domain.text import VARIABLES
from apps.scripts.forms import QuestionForm, WordingForms, branches_of
from apps.scripts.models import Script, ScriptVersion
from apps.scripts.selectors import get_latest_version
from apps.scripts.services import writing
from apps.scripts.views.scripts import crumbs

MANAGE = Permission.MANAGE_SCRIPTS
# Buttons of the words' page that ask for one more row instead of saving.
ROWS = ("rebuttals", "disclosures")


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def script_create(request: TenantRequest, slug: str) -> HttpResponse:
    """The words of a new script; its questions follow on the builder's page."""
    forms = WordingForms(_posted(request), version=None)
    if _is_to_save(request) and forms.is_valid():
        name = forms.form.cleaned_data["name"]
        try:
            version = writing.create_script(name=name, wording=forms.wording(), created_by=request.user, at=clock.now())
        except AppError as error:
            show_error(forms.form, error)
        else:
            messages.success(request, _("The script is saved as a draft. Now add its questions."))
            return redirect("scripts:script_edit", slug, version.script_id)
    context = {"forms": forms, "version": None, "variables": VARIABLES.items(), "crumbs": crumbs(slug)}
    return render(request, "scripts/script_form.html", context)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def script_edit(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """The builder with the newest version; the first change to one that has been handed in makes the next."""
    script = get_object_or_404(Script.objects, id=script_id)
    latest = get_latest_version(script)
    forms = WordingForms(_posted(request), version=latest)
    if _is_to_save(request) and forms.is_valid():
        try:
            writing.change_wording(
                script_id=script.id,
                name=forms.form.cleaned_data["name"],
                wording=forms.wording(),
                changed_by=request.user,
                at=clock.now(),
            )
        except AppError as error:
            show_error(forms.form, error)
        else:
            messages.success(request, _("The words are saved."))
            return redirect("scripts:script_edit", slug, script_id)
    questions = read_questions(latest.questions)
    context = {
        "forms": forms,
        "script": script,
        "version": latest,
        "outline": [(question, branches_of(question, questions)) for question in questions],
        "picture": draw(questions),
        "faults": find_flow_faults(questions),
        "variables": VARIABLES.items(),
        "crumbs": _script_crumbs(slug, script),
    }
    return render(request, "scripts/script_form.html", context)


def _posted(request: HttpRequest) -> dict[str, str] | None:
    """What was posted, with room for one more row where that was asked for."""
    if request.method != "POST":
        return None
    data = {name: str(value) for name, value in request.POST.items()}
    rows = data.get("add", "")
    if rows in ROWS:
        data[f"{rows}-TOTAL_FORMS"] = str(read_row_number(data.get(f"{rows}-TOTAL_FORMS", "")) + 1)
    return data


def _is_to_save(request: HttpRequest) -> bool:
    return request.method == "POST" and not {"add", "refresh"} & request.POST.keys()


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def question_create(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """A new question, at the end or before the one in ?before=."""
    script = get_object_or_404(Script.objects, id=script_id)
    return _question_page(request, slug, script, question=None)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def question_edit(request: TenantRequest, slug: str, script_id: int, key: str) -> HttpResponse:
    """A question of the newest version."""
    script = get_object_or_404(Script.objects, id=script_id)
    found = [question for question in _questions(get_latest_version(script)) if question.key == key]
    if not found:
        raise Http404
    return _question_page(request, slug, script, question=found[0])


def _questions(version: ScriptVersion) -> tuple[Question, ...]:
    return read_questions(version.questions)


def _question_page(request: TenantRequest, slug: str, script: Script, *, question: Question | None) -> HttpResponse:
    questions = _questions(get_latest_version(script))
    form = QuestionForm(_posted(request), question=question, questions=questions)
    if _is_to_save(request) and form.is_valid():
        try:
            saved = writing.put_question(
                script_id=script.id,
                question=form.question(),
                before=request.GET.get("before", "") if question is None else "",
                changed_by=request.user,
                at=clock.now(),
            )
        except AppError as error:
            show_error(form, error)
        else:
            return _after_question(request, slug, script, saved)
    context = {
        "form": form,
        "question": question,
        "questions": questions,
        "variables": VARIABLES.items(),
        "crumbs": _script_crumbs(slug, script),
        "back": _builder_url(slug, script, question.key if question else ""),
    }
    return render(request, "scripts/question_form.html", context)


def _after_question(request: TenantRequest, slug: str, script: Script, saved: Question) -> HttpResponse:
    if "another" in request.POST:
        messages.success(request, _("The question is saved. Write the next one."))
        return redirect("scripts:question_create", slug, script.id)
    messages.success(request, _("The question is saved."))
    return redirect(_builder_url(slug, script, saved.key))


@require_POST
@requires(MANAGE)
def question_move(request: TenantRequest, slug: str, script_id: int, key: str) -> HttpResponse:
    """One place up or down."""
    script = get_object_or_404(Script.objects, id=script_id)
    by = -1 if request.POST.get("to") == "up" else 1
    try:
        writing.move_question(script_id=script.id, key=key, by=by, changed_by=request.user, at=clock.now())
    except AppError as error:
        messages.error(request, error.message)
    return redirect(_builder_url(slug, script, key))


@require_POST
@requires(MANAGE)
def question_remove(request: TenantRequest, slug: str, script_id: int, key: str) -> HttpResponse:
    """Take a question out."""
    script = get_object_or_404(Script.objects, id=script_id)
    try:
        writing.remove_question(script_id=script.id, key=key, changed_by=request.user, at=clock.now())
    except AppError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The question is removed. Answers that were given to it are kept."))
    return redirect(_builder_url(slug, script, ""))


def _builder_url(slug: str, script: Script, key: str) -> str:
    url = reverse("scripts:script_edit", args=[slug, script.id])
    return f"{url}#question-{key}" if key else f"{url}#questions"


def _script_crumbs(slug: str, script: Script) -> list[tuple[str, str]]:
    return [*crumbs(slug), (script.name, reverse("scripts:script_detail", args=[slug, script.id]))]
