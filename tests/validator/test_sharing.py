from dataclasses import replace

from tests.validator.test_weights import neuron, view
from validator.sharing import Charge, choose_group_size, find_miners


def test_newcomers_are_everybodys_until_the_next_epoch():
    charge = Charge(100, drawn=frozenset("abc"), ours=frozenset("ab"))
    assert charge.keep(frozenset("acd")) == frozenset("ad")


def test_work_is_spread_over_several_groups_of_at_most_one_session():
    assert [choose_group_size(miners) for miners in (1, 4, 9, 12, 31, 32, 4096)] == [1, 1, 2, 3, 7, 8, 8]


def test_validators_and_those_without_an_address_are_not_audited():
    graph = view().metagraph
    served = replace(
        graph, neurons=(*graph.neurons, neuron(3, "c", axon=("127.0.0.1", 1)), neuron(4, "v", axon=("::1", 2)))
    )
    assert find_miners(served, {"v": 1}) == ["c"]
