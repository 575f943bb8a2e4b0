from hypothesis import given
from hypothesis import strategies as st

from gating.text.holdings import divide_text, divide_texts, find_owner, split_sections

PARAGRAPHS = st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=120)
VALIDATORS = st.sets(st.sampled_from([f"validator-{at}" for at in range(8)]), min_size=1)


def text_of(count: int) -> str:
    return "\n\n".join(f"paragraph {at} says nothing new" for at in range(count))


@given(PARAGRAPHS, VALIDATORS)
def test_no_section_is_held_by_two_and_none_by_nobody(paragraphs, validators):
    text = "\n\n".join(paragraphs)
    owners = [find_owner(section, validators) for section in split_sections(text)]
    parts = {validator: divide_text(text, validators, validator) for validator in validators}
    for validator, part in parts.items():
        assert part == "\n\n".join(
            section for section, owner in zip(split_sections(text), owners, strict=True) if owner == validator
        )
    assert sum(len(part) for part in parts.values() if part) <= len(text)


@given(PARAGRAPHS, PARAGRAPHS, VALIDATORS)
def test_whole_sections_belong_to_the_same_validator_in_every_file_that_they_are_in(before, shared, validators):
    alone = list(split_sections("\n\n".join(shared)))
    within = list(split_sections("\n\n".join([*before, *shared])))
    assert within[len(within) - len(alone) + 1 :] == alone[1:]
    for section in alone[1:]:
        assert divide_text("\n\n".join([*before, *shared]), validators, find_owner(section, validators)).count(section)


@given(VALIDATORS)
def test_a_newcomer_takes_its_part_and_changes_nothing_among_the_others(validators):
    for section in split_sections(text_of(400)):
        before, after = find_owner(section, validators), find_owner(section, {*validators, "newcomer"})
        assert after in (before, "newcomer")


def test_a_large_text_is_divided_about_evenly_and_what_remains_is_readable():
    text = text_of(6000)
    validators = [f"v{at}" for at in range(4)]
    sizes = [len(divide_text(text, validators, validator)) for validator in validators]
    assert min(sizes) > 0.6 * max(sizes)
    assert sum(sizes) > 0.98 * len(text)
    sections = list(split_sections(text))
    assert 4 < sum(section.count("\n\n") + 1 for section in sections) / len(sections) < 16


def test_alone_a_validator_has_all_and_domains_without_a_part_are_left_out():
    texts = {"long": text_of(200), "short": "one paragraph"}
    assert set(divide_texts(texts, ["me"], "me")) <= {"long", "short"}
    assert "long" in divide_texts(texts, ["me"], "me")
    assert divide_texts({"none": ""}, ["me"], "me") == {}
