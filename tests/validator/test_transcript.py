from hypothesis import given
from hypothesis import strategies as st

from validator.transcript import Transcript


def speak(pieces, stop=()):
    transcript = Transcript(stop)
    text = [transcript.add(piece) for piece in pieces]
    return [*text, transcript.finish()], transcript.stopped


def test_character_split_over_tokens_arrives_whole():
    assert speak(["é".encode()[:1], "é".encode()[1:]]) == (["", "é", ""], False)


def test_stop_sequence_split_over_tokens_is_never_sent():
    assert speak([b"one\n", b"Us", b"er: no"], ["\nUser:"]) == (["one", "", "", ""], True)


def test_text_that_only_began_like_a_stop_sequence_is_sent():
    assert speak([b"one\n", b"Use"], ["\nUser:"]) == (["one", "", "\nUse"], False)


def test_unfinished_character_becomes_a_replacement():
    assert speak([b"a\xe2\x82"]) == (["a", "�"], False)


@given(st.text(), st.integers(1, 5))
def test_text_is_the_same_however_it_is_cut(text, size):
    data = text.encode()
    pieces, _ = speak([data[at : at + size] for at in range(0, len(data), size)])
    assert "".join(pieces) == text


@given(st.text(alphabet="abc"), st.text(alphabet="abc", min_size=1, max_size=3), st.integers(1, 4))
def test_answer_ends_before_the_first_stop_sequence(text, stop, size):
    data = text.encode()
    pieces, stopped = speak([data[at : at + size] for at in range(0, len(data), size)], [stop])
    assert "".join(pieces) == text.split(stop)[0]
    assert stopped == (stop in text)
