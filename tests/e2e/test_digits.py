"""Another objective on the same roads: classifiers of images over real gRPC, audited, paid and routed."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from gating.classification.digits import load_digits
from tests.patience import PATIENCE_SECONDS
from wire import oip_pb2
from wire.errors import ExpertRefused
from wire.operations import INPUT
from wire.service import path_of

EXAMPLE = Path(__file__).parents[2] / "scripts" / "examples" / "digits.py"


@pytest.fixture(scope="module")
def digits():
    spec = importlib.util.spec_from_file_location("digits_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_good_classifiers_earn_bad_ones_do_not_and_routing_beats_the_best_single(digits):
    async with digits.open_market() as market:
        await digits.audit(market, rounds=8)
        outcome = await digits.judge(market)
        assert min(outcome.shares.get(name, 0.0) for name in digits.SPECIALISTS) > 0.1
        assert outcome.shares.get("liar", 0.0) == outcome.shares.get("guesser", 0.0) == 0.0
        assert outcome.routed < 0.85 * min(outcome.alone.values())
        assert outcome.routed < 0.5 * outcome.anchor
        states = [one["state"] for one in market.demand.describe()["contexts"]]
        assert "thin" in states


async def test_one_call_classifies_and_metadata_names_the_tensor(digits):
    async with digits.open_market() as market:
        seller = next(one for one in market.sellers.values() if one.name == "low")
        images = load_digits()
        zeros = images.pixels[images.labels == 0][:20]
        found = await seller.channel.classify(list(zeros), timeout=PATIENCE_SECONDS)
        assert (found.dense().argmax(axis=1) == 0).all()
        request = oip_pb2.ModelMetadataRequest(name="expert").SerializeToString()
        told = await seller.channel._channel.unary_unary(path_of("ModelMetadata"))(request, timeout=PATIENCE_SECONDS)
        (tensor,) = oip_pb2.ModelMetadataResponse.FromString(told).inputs
        assert (tensor.name, tensor.datatype, list(tensor.shape)) == (INPUT, "FP32", [-1, 8, 8])


async def test_experts_of_tensors_refuse_what_is_no_tensor_of_their_shape(digits):
    async with digits.open_market() as market:
        seller = next(iter(market.sellers.values()))
        for questions in ([[1, 2, 3]], [np.zeros((4, 4), np.float32)], [np.full((8, 8), np.nan, np.float32)]):
            with pytest.raises(ExpertRefused):
                async with seller.session(questions, step_timeout=PATIENCE_SECONDS):
                    pass
        with pytest.raises(ExpertRefused, match="cannot read tokens"):
            await seller.channel.score([[1, 2, 3]], timeout=PATIENCE_SECONDS)
        with pytest.raises(ValueError, match="one session"):
            async with seller.session([[1], np.zeros((8, 8), np.float32)], step_timeout=PATIENCE_SECONDS):
                pass
