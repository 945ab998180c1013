"""Two versions side by side: what was added, removed, changed and moved, and how the words differ."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Role
from apps.scripts.domain.compare import Asked, Content, compare, compare_words
from apps.scripts.domain.questions import END, Kind, Question, Rule
from apps.scripts.domain.wording import Disclosure, Rebuttal, Wording
from apps.scripts.services.approval import approve_version, submit_version
from apps.scripts.services.writing import change_wording, create_script, put_question
from apps.tenants.models import Tenant
from tests.pages import add_member, client_of, member_client


def asked(key: str, *, ways: tuple[str, ...] = (), **values: Any) -> Asked:
    return Asked(Question(**{"text": f"{key}?", "kind": Kind.TEXT, "key": key, **values}), ways)


def content(*questions: Asked, **words: Any) -> Content:
    return Content(Wording(**{"text": "Hello", **words}), questions)


def changes(old: Content, new: Content) -> list[tuple[str, str, str]]:
    """Section, name and change of all that differs."""
    return [(item.section, item.name, item.change) for item in compare(old, new) if item.change != "same"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (content(), content(), []),
        (content(), content(text="Good day"), [("text", "", "changed")]),
        (content(), content(kind="SURVEY"), [("kind", "", "changed")]),
        (content(), content(call_to_action="Buy"), [("call_to_action", "", "changed")]),
        (
            content(rebuttals=(Rebuttal("No time", "One minute"), Rebuttal("Dear", "No"))),
            content(rebuttals=(Rebuttal("No time", "Two minutes"), Rebuttal("Later", "When?"))),
            [("rebuttal", "No time", "changed"), ("rebuttal", "Dear", "removed"), ("rebuttal", "Later", "added")],
        ),
        (
            content(disclosures=(Disclosure("US-CA", "Recorded."),)),
            content(disclosures=(Disclosure("US-WA", "Recorded."),)),
            [("disclosure", "US-CA", "removed"), ("disclosure", "US-WA", "added")],
        ),
        (
            content(asked("a"), asked("b"), asked("c")),
            content(asked("a"), asked("x"), asked("c")),
            [("question", "b", "removed"), ("question", "x", "added")],
        ),
        (content(asked("a"), asked("b"), asked("c")), content(asked("b"), asked("c"), asked("a")), [("question", "a", "moved")]),
        (content(asked("a")), content(asked("a", text="Really?")), [("question", "a", "changed")]),
        (content(asked("a")), content(asked("a", is_required=True)), [("question", "a", "changed")]),
    ],
)  # fmt: skip
def test_what_differs_is_named(old: Content, new: Content, expected: list[tuple[str, str, str]]) -> None:
    assert changes(old, new) == expected


def test_a_question_shows_the_sides_that_differ() -> None:
    colour = {"kind": Kind.SINGLE, "options": ("White", "Brown"), "rules": (Rule(END, "Brown"),)}
    old = asked("colour", ways=("Brown → End",), **colour)
    new = asked(
        "colour",
        ways=("Brown → How many?", "White → End"),
        **{**colour, "options": ("White", "Brown", "Black"), "rules": (Rule("many", "Brown"), Rule(END, "White"))},
    )
    item = next(item for item in compare(content(old), content(new)) if item.section == "question")
    shown = {
        facet.name: [[(p.text, p.is_changed) for p in side] for side in (facet.old, facet.new)] for facet in item.facets
    }
    assert shown == {
        "words": [[("colour?", False)], [("colour?", False)]],
        "options": [
            [("White", False), ("Brown", False)],
            [("White", False), ("Brown", False), ("Black", True)],
        ],
        "branches": [[("Brown → End", True)], [("Brown → How many?", True), ("White → End", True)]],
    }


def test_a_branch_is_the_same_when_only_the_question_it_leads_to_is_worded_anew() -> None:
    rules = {"kind": Kind.NUMBER, "rules": (Rule("b", least=1),)}
    old = content(asked("a", ways=("≥ 1 → b?",), **rules), asked("b"))
    new = content(asked("a", ways=("≥ 1 → Better?",), **rules), asked("b", text="Better?"))
    assert changes(old, new) == [("question", "b", "changed")]


def test_words_are_compared_word_by_word() -> None:
    old, new = compare_words("Hello {first_name}, this is Acme.", "Hello {first_name}, here is Acme calling.")
    assert [(piece.text, piece.is_changed) for piece in old] == [
        ("Hello {first_name},", False),
        (" this", True),
        (" is", False),
        (" Acme.", True),
    ]
    assert "".join(piece.text for piece in new if not piece.is_changed) == "Hello {first_name}, is"


@given(st.text(alphabet="ab \n", max_size=40), st.text(alphabet="ab \n", max_size=40))
def test_pieces_join_to_the_texts_and_mark_what_differs(old: str, new: str) -> None:
    left, right = compare_words(old, new)
    assert ("".join(piece.text for piece in left), "".join(piece.text for piece in right)) == (old, new)
    common = ["".join(piece.text for piece in side if not piece.is_changed) for side in (left, right)]
    assert common[0] == common[1]
    assert any(piece.is_changed for piece in (*left, *right)) == (old != new)


KEYS = st.lists(st.sampled_from("abcdef"), unique=True)


@given(KEYS, KEYS)
def test_every_question_of_both_versions_is_told_once(old: list[str], new: list[str]) -> None:
    items = compare(content(*map(asked, old)), content(*map(asked, new)))
    told = {item.name: item.change for item in items if item.section == "question"}
    assert sorted(told) == sorted({*old, *new})
    assert {name for name, change in told.items() if change == "added"} == set(new) - set(old)
    assert {name for name, change in told.items() if change == "removed"} == set(old) - set(new)
    # The newer order is kept.
    assert [item.name for item in items if item.name in new] == new


def test_page_compares_the_newest_with_the_approved_one_and_says_who_approved(tenant: Tenant, at: datetime) -> None:
    officer = add_member(tenant, Role.COMPLIANCE, name="Cora Compliance").user
    first = create_script(name="Spring", wording=Wording("Hello there"), created_by=None, at=at)
    submit_version(version_id=first.id, submitted_by=None, at=at)
    approve_version(version_id=first.id, approved_by=officer, at=at)
    change_wording(script_id=first.script_id, name="Spring", wording=Wording("Hello <you>"), changed_by=None, at=at)
    put_question(script_id=first.script_id, question=Question("How many?", Kind.NUMBER), changed_by=None, at=at)
    client, url = member_client(tenant), f"/t/acme/scripts/{first.script_id}/compare/"

    page = client.get(url)
    html = page.content.decode()
    assert (page.context["old"].number, page.context["new"].number) == (1, 2)
    assert "<del> there</del>" in html
    assert "<ins> &lt;you&gt;</ins>" in html
    assert "Cora Compliance" in html
    assert [(item.section, item.change) for item in page.context["items"]] == [
        ("text", "changed"),
        ("question", "added"),
    ]
    other_way = client.get(f"{url}?old=2&new=1").context["items"]
    assert [item.change for item in other_way] == ["changed", "removed"]
    assert client.get(f"{url}?old=1&new=1").context["items"] == []


def test_page_of_a_waiting_version_says_who_may_approve_it_or_what_to_do(tenant: Tenant, at: datetime) -> None:
    owner = add_member(tenant, Role.OWNER)
    version = create_script(name="Spring", wording=Wording("Hello"), created_by=owner.user, at=at)
    submit_version(version_id=version.id, submitted_by=owner.user, at=at)
    client, url = client_of(owner), f"/t/acme/scripts/{version.script_id}/"

    alone = client.get(url).content.decode()
    assert "Nobody else here may approve scripts." in alone
    assert 'value="approve"' not in alone
    refused = client.post(f"{url}decide/", {"version": "1", "decision": "approve", "reason": ""}, follow=True)
    assert "You have written some of this version: somebody else has to approve it." in refused.content.decode()
    version.refresh_from_db()
    assert version.state == "SUBMITTED"

    officer = add_member(tenant, Role.COMPLIANCE, name="Cora Compliance")
    assert "Cora Compliance" in client.get(url).content.decode()
    assert 'value="approve"' in client_of(officer).get(url).content.decode()
