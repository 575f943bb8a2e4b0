import asyncio
import io
import json

import openai
import pytest

from validator.api.admission import Admission, Capacity
from validator.api.errors import ApiError
from validator.panel import Deadlines, Patience
from validator.routing import ANCHOR


async def post(api, path="/v1/completions", **body):
    async with api.http.post(path, json={"model": "moe/auto", "prompt": "The fox", "max_tokens": 3, **body}) as reply:
        return reply, await reply.json()


async def test_client_lists_and_retrieves_models(api):
    names = [model.id async for model in api.openai.models.list()]
    assert names == ["moe/auto", "moe/k1", "moe/k2", "moe/bigrams", *(f"moe/{hotkey}" for hotkey in api.hotkeys)]
    assert (await api.openai.models.retrieve("moe/auto")).owned_by == "hivegate"


async def test_client_completes_with_usage_and_headers(api, tokenizer):
    raw = await api.openai.completions.with_raw_response.create(
        model="moe/auto", prompt="The quick brown", max_tokens=12, seed=5
    )
    answer = raw.parse()
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 12
    assert answer.usage.prompt_tokens == len(tokenizer.encode("The quick brown"))
    assert raw.headers["x-moe-experts"].split(",")[0] == ANCHOR
    assert set(raw.headers["x-moe-experts"].split(",")[1:]) == set(api.hotkeys)
    assert sum(map(float, raw.headers["x-moe-weights"].split(","))) == pytest.approx(1, abs=1e-3)
    assert raw.headers["x-request-id"]


async def test_streamed_text_is_the_same_as_whole_text(api):
    question = {"model": "moe/k2", "prompt": "The quick", "max_tokens": 20, "seed": 11, "n": 2}
    whole = await api.openai.completions.create(**question)
    texts, reasons = {0: "", 1: ""}, {}
    async for chunk in await api.openai.completions.create(**question, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.text
            reasons[choice.index] = choice.finish_reason
    assert texts == {choice.index: choice.text for choice in whole.choices}
    assert reasons == {0: "length", 1: "length"}


async def test_client_chats_and_streams_with_usage(api):
    question = {"model": "moe/auto", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 9, "seed": 2}
    whole = await api.openai.chat.completions.create(**question, logprobs=True, top_logprobs=2)
    assert whole.choices[0].message.role == "assistant"
    assert len(whole.choices[0].logprobs.content) == whole.usage.completion_tokens
    assert len(whole.choices[0].logprobs.content[0].top_logprobs) == 2
    text, usage = "", None
    stream = await api.openai.chat.completions.create(**question, stream=True, stream_options={"include_usage": True})
    async for chunk in stream:
        usage = chunk.usage or usage
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
    assert text == whole.choices[0].message.content
    assert usage is not None
    assert usage.total_tokens == whole.usage.total_tokens


async def test_completion_logprobs_are_those_of_the_mixture(api):
    answer = await api.openai.completions.create(
        model="moe/auto", prompt="The", max_tokens=5, temperature=0, logprobs=3
    )
    logprobs = answer.choices[0].logprobs
    assert len(logprobs.tokens) == len(logprobs.token_logprobs) == 5
    assert all(len(top) <= 3 for top in logprobs.top_logprobs)
    assert logprobs.token_logprobs[0] == pytest.approx(max(logprobs.top_logprobs[0].values()))


async def test_answer_stops_before_the_stop_sequence(api):
    free = (await post(api, max_tokens=30, seed=4))[1]["choices"][0]["text"]
    word = free[4:6]
    reply = (await post(api, max_tokens=30, seed=4, stop=word))[1]["choices"][0]
    assert reply["text"] == free[: free.index(word)]
    assert reply["finish_reason"] == "stop"


async def test_stream_ends_with_done_and_explains_tokens(api):
    body = {"model": "moe/auto", "prompt": "The", "max_tokens": 4, "stream": True, "moe": {"explain": True}}
    async with api.http.post("/v1/completions", json=body) as reply:
        assert reply.content_type == "text/event-stream"
        events = [line[6:] for line in (await reply.text()).splitlines() if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    words = [word for event in events[:-1] for choice in json.loads(event)["choices"] for word in choice["moe"]]
    assert 0 < len(words) <= 4
    assert all(sum(word["shares"].values()) == pytest.approx(1, abs=1e-3) for word in words)


async def test_one_expert_can_be_named(api):
    reply, _ = await post(api, model=f"moe/{api.hotkeys[0]}")
    assert reply.headers["x-moe-experts"] == f"{ANCHOR},{api.hotkeys[0]}"
    reply, _ = await post(api, moe={"k": 0})
    assert reply.headers["x-moe-experts"] == ANCHOR


async def test_prompt_may_be_tokens_or_several_texts(api, tokenizer):
    _, answer = await post(api, prompt=[tokenizer.encode("The"), tokenizer.encode("fox")], n=2)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"model": None}, 400, "model"),
        ({"model": "gpt-9"}, 404, "model"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"max_tokens": "many"}, 400, "max_tokens"),
        ({"temperature": 3}, 400, "temperature"),
        ({"temperature": float("nan")}, 400, None),
        ({"top_p": -1}, 400, "top_p"),
        ({"n": 99}, 400, "n"),
        ({"prompt": None}, 400, "prompt"),
        ({"prompt": [99999]}, 400, "prompt"),
        ({"prompt": []}, 400, "prompt"),
        ({"stop": ["a"] * 9}, 400, "stop"),
        ({"echo": True}, 400, "echo"),
        ({"moe": 5}, 400, "moe"),
        ({"moe": {"experts": ["nobody"]}}, 404, "moe.experts"),
        ({"stream": "yes"}, 400, "stream"),
    ],
)
async def test_bad_request_is_refused_in_the_shape_that_clients_know(api, change, status, param):
    reply, answer = await post(api, **change)
    assert reply.status == status
    assert set(answer["error"]) == {"message", "type", "param", "code"}
    assert answer["error"]["param"] == param


async def test_client_raises_its_own_errors(api):
    with pytest.raises(openai.NotFoundError):
        await api.openai.completions.create(model="gpt-9", prompt="x")
    with pytest.raises(openai.BadRequestError):
        await api.openai.chat.completions.create(model="moe/auto", messages=[])


async def test_unknown_fields_are_ignored(api):
    reply, _ = await post(api, user="someone", metadata={"a": 1}, frequency_penalty=0)
    assert reply.status == 200


async def test_broken_json_large_bodies_and_unknown_paths(api):
    async with api.http.post("/v1/completions", data=b"{") as reply:
        assert reply.status == 400
    async with api.http.post("/v1/completions", data=io.BytesIO(b" " * 2_000_000)) as reply:
        assert reply.status == 413
        assert "error" in await reply.json()
    async with api.http.get("/v1/nothing") as reply:
        assert reply.status == 404
        assert "error" in await reply.json()
    async with api.http.get("/v1/completions") as reply:
        assert reply.status == 405


async def test_without_anchor_the_answer_is_503_with_retry_after(api):
    api.mixture = None
    reply, answer = await post(api)
    assert reply.status == 503
    assert int(reply.headers["Retry-After"]) > 0
    assert answer["error"]["type"] == "server_error"
    async with api.http.post("/evaluate", json={"windows": 3}) as found:
        assert found.status == 503


async def test_full_house_is_429_and_a_late_answer_408(api):
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def wait(step: int) -> None:
        asked.set()
        await go_on.wait()

    for expert in api.experts:
        expert.hook = wait
    api.mixture.deadlines = Deadlines(Patience(60.0, 60.0), Patience(60.0, 60.0))
    slow = asyncio.create_task(post(api, max_tokens=5))
    await asked.wait()
    reply, answer = await post(api)
    assert reply.status == 429
    assert answer["error"]["type"] == "rate_limit_error"
    assert int(reply.headers["Retry-After"]) > 0
    go_on.set()
    assert (await slow)[0].status == 200
    go_on.clear()
    reply, _ = await post(api, max_tokens=5, moe={"deadline_ms": 200})
    assert reply.status == 408


async def test_waiting_room_is_bounded_and_in_order():
    admission, order = Admission(Capacity(running=1, waiting=1)), []

    async def enter(name: str) -> None:
        async with admission.slot():
            order.append(name)

    async with admission.slot():
        second = asyncio.create_task(enter("second"))
        await asyncio.sleep(0)
        with pytest.raises(ApiError) as refusal:
            await enter("third")
    await second
    assert refusal.value.status == 429
    assert order == ["second"]
    assert (admission.running, admission.waiting) == (0, 0)


async def test_evaluate_wants_json_and_a_count(api):
    async with api.http.post("/evaluate", json={"windows": 3}) as reply:
        assert await reply.json() == {"windows": 3, "mixed": False}
    async with api.http.post("/evaluate", json={"windows": 3, "mixed": "yes"}) as reply:
        assert reply.status == 400
    async with api.http.post("/evaluate", data="{}", headers={"Content-Type": "text/plain"}) as reply:
        assert reply.status == 415
    async with api.http.post("/evaluate", json={"windows": 0}) as reply:
        assert reply.status == 400


async def test_metrics_count_each_request_once(api):
    await post(api, max_tokens=3)
    async with api.http.get("/metrics") as reply:
        text = await reply.text()
    assert 'hivegate_validator_requests_total{outcome="answered",stream="false"} 1.0' in text
    assert 'hivegate_validator_tokens_total{kind="completion"} 3.0' in text


async def test_events_bring_the_newest_state(api):
    api.broadcast.publish(b'{"block":1}')
    async with api.http.get("/events") as reply:
        assert await reply.content.readuntil(b"\n\n") == b'event: status\ndata: {"block":1}\n\n'
        api.broadcast.publish(b'{"block":2}')
        assert b'"block":2' in await reply.content.readuntil(b"\n\n")


async def test_page_and_its_parts_are_served(api):
    async with api.http.get("/") as reply:
        page = await reply.text()
        assert reply.status == 200
        assert "default-src 'self'" in reply.headers["Content-Security-Policy"]
    for path in ("/dashboard/app.js", "/dashboard/style.css", "/look/base.css", "/look/icon.svg"):
        assert path in page
        async with api.http.get(path) as reply:
            assert reply.status == 200


@pytest.mark.parametrize("store", [True, False])
async def test_text_is_kept_to_be_asked_again_only_where_the_app_says_so(api, store):
    chat = [{"role": "user", "content": "hello"}]
    await api.openai.chat.completions.create(model="moe/auto", messages=chat, max_tokens=8, store=store)
    await api.openai.completions.create(
        model="moe/auto", prompt="The quick", max_tokens=8, extra_body={"store": store, "moe": {"block_tokens": 1}}
    )
    stream = await api.openai.completions.create(
        model="moe/auto", prompt="The quick", max_tokens=8, stream=True, extra_body={"store": store}
    )
    async for _ in stream:
        pass
    assert len(api.kept) == (3 if store else 0)
    assert all(one.experts == api.kept[0].experts for one in api.kept)
    assert all(one.logprobs.shape == (2, len(one.tokens)) for one in api.kept)
