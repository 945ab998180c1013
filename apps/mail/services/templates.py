"""Writing the templates of e-mails."""

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import InvalidError
from apps.mail.domain.words import find_template_fault
from apps.mail.models import MailTemplate


@dataclass(frozen=True, slots=True)
class TemplateValues:
    """A template as it is written; `kind` is one of MailKind."""

    name: str
    kind: str
    subject: str
    body: str
    is_active: bool = True


def save_template(
    *, template: MailTemplate | None, values: TemplateValues, by: User | None, at: datetime
) -> MailTemplate:
    """Change a template, or write a new one (None). E-mails that wait keep their words.

    Raises InvalidError naming the field.
    """
    fault = find_template_fault(subject=values.subject, body=values.body)
    if fault:
        raise InvalidError(fault[1], field=fault[0])
    name = values.name.strip()
    if MailTemplate.objects.filter(name__iexact=name).exclude(id=template.id if template else 0).exists():
        raise InvalidError(f"Another template is called “{name}”: choose another name.", field="name")
    action = Action.MAIL_TEMPLATE_CHANGED if template else Action.MAIL_TEMPLATE_CREATED
    template = template or MailTemplate()
    template.name, template.kind, template.is_active = name, values.kind, values.is_active
    template.subject, template.body = " ".join(values.subject.split()), values.body.replace("\r\n", "\n").strip()
    template.save()
    data = {"name": name, "is_active": values.is_active}
    record(action, at=at, target=f"mail_template:{template.id}", actor=by, data=data)
    return template
