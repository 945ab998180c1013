"""What forms of all apps share."""

from django.forms import BaseForm

from apps.core.errors import AppError, InvalidError


def show_error(form: BaseForm, error: AppError) -> None:
    """Put a service's refusal beside the field it names, or above the form."""
    field = error.field if isinstance(error, InvalidError) and error.field in form.fields else None
    form.add_error(field, error.message)
