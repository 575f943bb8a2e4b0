"""What a validator tells of its texts gives none of them away."""

from gating.text.words import LEAST_TEXTS, telling_words

LAW = [f"whereas the licence of party{number} holds the copyright notice forever" for number in range(12)]
CODE = [f"then return the value of self again and return {number}" for number in range(12)]


def test_words_that_many_texts_share_and_others_lack_are_told() -> None:
    law, code = telling_words([LAW, CODE])
    assert {"licence", "copyright"} <= set(law)
    assert {"return", "value"} <= set(code)
    assert "the" not in law + code


def test_names_and_numbers_of_few_texts_are_never_told() -> None:
    secret = [*LAW, *["the password is swordfish and the code is 4711 indeed"] * (LEAST_TEXTS - 1)]
    told, _ = telling_words([secret, CODE])
    assert "swordfish" not in told
    assert not any(character.isdigit() for word in told for character in word)
    assert telling_words([[], CODE])[0] == ()
