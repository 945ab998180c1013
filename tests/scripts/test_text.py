from hypothesis import given
from hypothesis import strategies as st

from apps.scripts.domain.text import SAMPLE, VARIABLES, TextFault, find_faults, render


def test_render_fills_variables_and_words_for_missing_ones() -> None:
    text = "Hello {first_name|there}, I am {agent_name} of {custom.Shop Name}{ company | }."
    assert render(text, {"first_name": "", "agent_name": "Sam", "custom.Shop Name": "Glass & Co"}) == (
        "Hello there, I am Sam of Glass & Co."
    )


def test_render_does_not_read_values_as_text() -> None:
    assert render("{first_name}", {"first_name": "{agent_name}", "agent_name": "Sam"}) == "{agent_name}"


def test_every_variable_has_a_sample_value() -> None:
    assert SAMPLE.keys() == VARIABLES.keys()


def test_find_faults_names_line_and_likely_variable() -> None:
    assert find_faults("Hello {first_name}\n{fist_name} {nothing like it}\n} {custom.Any Field|x}\n{unclosed") == [
        TextFault(2, "{fist_name} is not a variable; did you mean {first_name}?"),
        TextFault(2, "{nothing like it} is not a variable; choose one from the list of variables."),
        TextFault(3, "A } stands alone: write variables as {first_name}."),
        TextFault(4, "A { stands alone: write variables as {first_name}."),
    ]


@given(st.lists(st.one_of(st.text("ab \n"), st.sampled_from([f"{{{name}|x}}" for name in VARIABLES]))))
def test_good_text_has_no_faults_and_leaves_no_brace(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert find_faults(text) == []
    assert not {"{", "}"} & set(render(text, SAMPLE))
