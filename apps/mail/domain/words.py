"""What an e-mail says: a template with its variables filled in, and the footer that the law asks for."""

from collections.abc import Mapping

from apps.scripts.domain.text import find_faults, render


def find_template_fault(*, subject: str, body: str) -> tuple[str, str] | None:
    """The field of a template that is wrong and why, or None."""
    for field, text in (("subject", subject), ("body", body)):
        if not text.strip():
            return field, "Write something here."
        for fault in find_faults(text):
            return field, f"Line {fault.line}: {fault.message}"
    return None


def fill_subject(subject: str, values: Mapping[str, str]) -> str:
    """One line, whatever the values hold: a line end would begin another header."""
    return " ".join(render(subject, values).split())[:300]


def fill_body(body: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in, and plain line ends."""
    return render(body.replace("\r\n", "\n"), values).strip()


def footer(*, sender: str, postal_address: str, stop_url: str) -> str:
    """Who writes, from where, and how to get no more (15 USC 7704(a)(3) and (5))."""
    return f"-- \n{sender}\n{postal_address}\n\nNo more e-mails from us: {stop_url}"
