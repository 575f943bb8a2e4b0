"""What is remembered of runtime calls."""

from chain.node.rpc.answers import RecentAnswers


def test_answers_are_remembered_by_block_method_and_arguments():
    answers = RecentAnswers()
    answers.put((1, "m", b"a"), "0x01")
    assert answers.get((1, "m", b"a")) == "0x01"
    assert [answers.get(other) for other in ((2, "m", b"a"), (1, "n", b"a"), (1, "m", b""))] == [None] * 3


def test_memory_is_bounded_in_number_and_in_bytes_and_the_used_stay():
    answers = RecentAnswers()
    for number in range(1000):
        answers.put((number, "m", b""), "0x")
        answers.get((0, "m", b""))
    assert answers.get((0, "m", b"")) == "0x"
    assert answers.get((500, "m", b"")) is None
    assert len(answers._answers) == 256
    for number in range(40):
        answers.put((number, "large", b""), "x" * (1 << 20))
    assert answers._size_bytes <= 16 << 20
    assert answers.get((39, "large", b"")) is not None
