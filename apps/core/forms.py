"""What forms of all apps share."""

from datetime import UTC, datetime

from django import forms
from django.forms import BaseForm

from apps.core.errors import AppError, InvalidError


class InstantField(forms.DateTimeField):
    """A local time, cleaned to an instant in UTC; one that is in no year of ours there could be stored and not read."""

    def clean(self, value: object) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


def show_error(form: BaseForm, error: AppError) -> None:
    """Put a service's refusal beside the field it names, or above the form."""
    field = error.field if isinstance(error, InvalidError) and error.field in form.fields else None
    form.add_error(field, error.message)
