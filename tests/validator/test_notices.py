import pytest

from validator.fetching import is_reachable_from
from validator.notices import Notice, build_notice_call, read_notice

NOTICE = Notice("http://127.0.0.1:9201", "01" * 32, "02" * 32)


def as_registered(notice: Notice) -> dict[str, object]:
    """What the chain gives back of a call."""
    fields = build_notice_call(1, notice).params["info"]["fields"][0]
    told = [{name: "0x" + value.hex()} for field in fields for name, value in field.items()]
    return {"deposit": 0, "block": 7, "info": {"fields": told}}


@pytest.mark.parametrize("notice", [NOTICE, Notice("https://hive.example/v", "03" * 32)])
def test_notice_on_chain_is_the_notice_that_was_sent(notice):
    found = read_notice(as_registered(notice))
    assert found is not None
    assert notice.says_as(found)
    assert found.block == 7


def test_commitments_of_miners_and_of_nobody_are_no_notices():
    assert read_notice(None) is None
    assert read_notice({"block": 1, "info": {"fields": [{"Raw32": "0x" + "01" * 32}]}}) is None
    assert read_notice({"block": 1, "info": {"fields": ["None", {"Sha256": "0x" + "01" * 32}]}}) is None


def test_strangers_cannot_send_us_to_our_own_machine_or_network():
    assert is_reachable_from("http://8.8.8.8:9201", "http://9.9.9.9:9201")
    for inner in (
        "http://127.0.0.1:80",
        "http://10.0.0.1",
        "http://[::1]:80",
        "http://169.254.169.254",
        "http://localhost",
    ):
        assert not is_reachable_from("http://8.8.8.8:9201", inner)
        assert is_reachable_from("http://127.0.0.1:9201", inner)
    for odd in ("", "file:///etc/passwd", "ftp://8.8.8.8", "http://u@8.8.8.8", "http://8.8.8.8/?a=b", "http://["):
        assert not is_reachable_from("http://127.0.0.1:9201", odd)
