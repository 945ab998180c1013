"""Forms of a file's way into a list: upload, columns, options."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from apps.core.domain.numbers import read_row_number
from apps.leads.domain.fields import LABELS, Field
from apps.leads.domain.mapping import ColumnMapping, MappingError
from apps.leads.domain.values import DateOrder
from apps.leads.models import DedupeScope, LeadImport
from apps.leads.selectors import list_lists
from apps.leads.services.imports import ImportOptions

_DATE_ORDERS: Final = (
    (DateOrder.UNKNOWN, _("Refuse dates that could be either")),
    (DateOrder.MONTH_FIRST, _("Month first: 03/04 is 4 March")),
    (DateOrder.DAY_FIRST, _("Day first: 03/04 is 3 April")),
)
NEW_LIST: Final = 0
_FIELD_CHOICES: Final = [(field.value, LABELS[field]) for field in Field]


class UploadForm(forms.Form):
    """A file, and the list that takes its leads."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx", "class": "dropzone"}),
        help_text=_("CSV or Excel (.xlsx). Drop it here or choose it."),
    )
    lead_list = forms.TypedChoiceField(label=_("Into"), coerce=int)
    name = forms.CharField(
        label=_("Name of the new list"),
        max_length=120,
        required=False,
        help_text=_("Without a name it is called like the file."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        field: Any = self.fields["lead_list"]
        field.choices = [(NEW_LIST, _("a new list")), *list_lists().values_list("id", "name")]

    def new_list_name(self) -> str:
        """What a new list is to be called."""
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        stem = str(upload.name or "").rpartition(".")[0] or str(upload.name or "")
        return str(self.cleaned_data["name"] or stem)[:120]


class OptionsForm(forms.Form):
    """How dates, numbers without country code and numbers that are there already are read."""

    region = forms.ChoiceField(label=_("Numbers without country code are from"))
    date_order = forms.ChoiceField(label=_("Dates with two small numbers"), choices=_DATE_ORDERS, required=False)
    dedupe_scope = forms.ChoiceField(
        label=_("A number counts as there already when it is in"), choices=DedupeScope.choices
    )
    dedupe_list_ids = forms.CharField(required=False, widget=forms.HiddenInput)
    on_duplicate = forms.ChoiceField(
        label=_("What to do with a lead that is there already"), choices=LeadImport.OnDuplicate.choices
    )

    def __init__(self, *args: Any, countries: Iterable[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        field: Any = self.fields["region"]
        field.choices = [(code, code) for code in countries] or [("US", "US")]

    def clean_dedupe_list_ids(self) -> list[int]:
        parts = (part.strip() for part in str(self.cleaned_data["dedupe_list_ids"]).split(","))
        ids = [read_row_number(part) for part in parts if part]
        if not all(ids):
            raise forms.ValidationError(_("Choose one of the campaigns."))
        return ids

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("dedupe_scope") == DedupeScope.CAMPAIGN and not values.get("dedupe_list_ids"):
            self.add_error("dedupe_scope", _("Choose the campaign whose lists count."))
        return values

    def options(self) -> ImportOptions:
        """The options of a valid form."""
        values = self.cleaned_data
        return ImportOptions(
            region=values["region"],
            dedupe_scope=DedupeScope(values["dedupe_scope"]),
            dedupe_list_ids=values["dedupe_list_ids"] if values["dedupe_scope"] == DedupeScope.CAMPAIGN else (),
            on_duplicate=LeadImport.OnDuplicate(values["on_duplicate"]),
        )


class ColumnsForm(forms.Form):
    """What each column of the file means, one field a column: `column-0`, `column-1`, …"""

    def __init__(self, *args: Any, mapping: ColumnMapping, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        self.headers = mapping.headers
        for index, (header, field) in enumerate(zip(mapping.headers, mapping.fields, strict=True)):
            self.fields[f"column-{index}"] = forms.ChoiceField(
                label=header, choices=_FIELD_CHOICES, initial=field.value
            )

    def mapping(self, date_order: DateOrder) -> ColumnMapping:
        """The mapping of a valid form."""
        fields = tuple(Field(self.cleaned_data[f"column-{index}"]) for index in range(len(self.headers)))
        return ColumnMapping(self.headers, fields, date_order)

    def check(self, mapping: ColumnMapping) -> bool:
        """Whether the file can be imported so; what is wrong goes above the form."""
        try:
            mapping.check()
        except MappingError as error:
            self.add_error(None, str(error))
            return False
        return True

    def rows(self, samples: Sequence[Sequence[str]]) -> list[tuple[forms.BoundField, list[str]]]:
        """Each column's field with the first values in it."""
        return [
            (self[f"column-{index}"], [cells[index] for cells in samples if index < len(cells) and cells[index]][:3])
            for index in range(len(self.headers))
        ]
