from typing import Any

import pytest

from gating.text.objective import AuditShape, build_objective
from validator.holdings import Holdings, read_texts

TEXT = "\n\n".join(f"paragraph {at} says nothing new" for at in range(300))


@pytest.fixture
def hold(tokenizer):
    """Makes holdings whose objectives tell, beside what they do, which texts they were made of."""

    def make(own, shared):
        def build(texts):
            made: Any = build_objective(texts, tokenizer, AuditShape(4, 8, 4))
            made.texts = dict(texts)
            return made

        return Holdings(own, shared, build)

    return make


async def test_two_validators_never_audit_with_the_same_part_of_what_they_share(hold):
    validators = frozenset({"me", "you"})
    own = {"own": "words of our own " * 20}
    mine, yours = [await hold(own, {"shared": TEXT}).divide(validators, name) for name in ("me", "you")]
    assert mine.domains == yours.domains == ("own", "shared")
    assert not set(mine.texts["shared"].split("\n\n")) & set(yours.texts["shared"].split("\n\n"))
    contexts = {item.context for item in mine.draw(b"seed", 40) if item.domain == "shared"}
    assert contexts
    assert all(context in mine.texts["shared"] for context in contexts)


async def test_texts_are_divided_anew_only_when_validators_come_or_go(hold):
    holdings = hold({}, {"shared": TEXT})
    assert holdings.shared
    assert await holdings.divide(frozenset({"you"}), "me") is None
    alone = await holdings.divide(frozenset({"me"}), "me")
    assert await holdings.divide(frozenset({"me"}), "me") is None
    together = await holdings.divide(frozenset({"me", "you"}), "me")
    assert len(together.texts["shared"]) < len(alone.texts["shared"])


async def test_shared_text_of_a_domain_comes_after_our_own(hold):
    found = await hold({"prose": "our own"}, {"prose": TEXT}).divide(frozenset({"me"}), "me")
    assert found.texts["prose"].startswith("our own\n\nparagraph 0")


def test_without_a_folder_nothing_is_shared(hold, tmp_path):
    (tmp_path / "prose.txt").write_text("words")
    assert read_texts(tmp_path) == {"prose": "words"}
    assert not hold({}, read_texts(None)).shared
