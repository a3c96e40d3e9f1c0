"""A channel that fails as a whole is found out, left in peace, and found again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.sending.circuit_breaker import (
    LONGEST_PAUSE,
    LONGEST_PAUSE_OF_TRIALS,
    Blame,
    Breaker,
    Circuit,
)

NOON = datetime(2026, 11, 5, 5, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fails(breaker: Breaker, chat: str, seconds: float, trouble: str = "") -> Blame:
    """A message that set out a moment before fails, and a probe says what it says."""
    known = breaker.failed(chat, "502", at(seconds - 0.1))
    if known is None:
        breaker.probed(at(seconds), trouble)
    return known or breaker.blame()


def test_a_chat_that_fails_alone_is_to_blame_itself():
    breaker = Breaker()
    assert [fails(breaker, "lan", second) for second in range(9)] == [Blame.MESSAGE] * 9
    assert breaker.circuit is Circuit.CLOSED


def test_where_a_probe_fails_too_it_is_the_channel_and_nothing_leaves():
    breaker = Breaker()
    assert fails(breaker, "lan", 0, "502") is Blame.CHANNEL
    assert breaker.since == at(0)
    assert not breaker.may_try(at(3600))
    assert [breaker.probe_is_due(at(second)) for second in (0, 0.9, 1)] == [False, False, True]


def test_probes_go_out_every_few_seconds_however_long_it_lasts():
    breaker, probes, second = Breaker(), [], 0.0
    fails(breaker, "lan", 0, "502")
    while second < 3600:
        second += 0.5
        if breaker.probe_is_due(at(second)):
            probes.append(second)
            breaker.probed(at(second), "502")
    assert probes[:4] == [1, 3, 7, 12]
    assert 700 < len(probes) < 725
    assert breaker.since == at(0)


def test_when_a_probe_succeeds_one_message_goes_alone_and_then_all():
    breaker = Breaker()
    fails(breaker, "lan", 0, "502")
    breaker.probed(at(1))
    assert breaker.circuit is Circuit.HALF_OPEN
    assert breaker.may_try(at(1))
    breaker.trying = True
    assert not breaker.may_try(at(2))
    breaker.passed()
    assert (breaker.circuit, breaker.since) == (Circuit.CLOSED, None)


def test_what_set_out_before_the_channel_was_back_belongs_to_the_time_before():
    breaker = Breaker()
    fails(breaker, "lan", 0, "502")
    breaker.probed(at(20))
    assert breaker.failed("minh", "ReadTimeout", at(19)) is Blame.CHANNEL
    breaker.passed()
    assert breaker.failed("hoa", "ReadTimeout", at(19)) is Blame.CHANNEL
    assert fails(breaker, "hoa", 30) is Blame.MESSAGE


def test_many_chats_that_fail_and_none_that_does_not_are_the_channel_though_probes_pass():
    breaker = Breaker()
    blamed = [fails(breaker, chat, second) for second, chat in enumerate(("lan", "minh", "thao"))]
    assert blamed == [Blame.MESSAGE, Blame.MESSAGE, Blame.TRIED]
    tried = []
    for second in range(3, 200):
        if breaker.may_try(at(second)):
            tried.append(second)
            assert fails(breaker, "hoa", second) is Blame.TRIED
    assert tried[:6] == [3, 5, 9, 17, 33, 53]
    breaker.passed()
    assert fails(breaker, "lan", 300) is Blame.MESSAGE


def test_chats_between_which_others_are_reached_are_to_blame_themselves():
    breaker = Breaker()
    for second, chat in enumerate(("lan", "minh", "thao", "hoa") * 5):
        assert fails(breaker, chat, second) is Blame.MESSAGE
        breaker.passed()
    assert breaker.circuit is Circuit.CLOSED


def test_a_new_process_that_hears_of_it_probes_at_once():
    breaker = Breaker()
    breaker.told(at(-60))
    assert (breaker.circuit, breaker.since) == (Circuit.OPEN, at(-60))
    assert breaker.probe_is_due(at(0))


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.booleans(), st.booleans(), st.floats(0.1, 9)),
        max_size=40,
    )
)
def test_whatever_happens_something_is_tried_again_soon_and_what_works_works_again(
    days: list[tuple[str, bool, bool, float]],
):
    """Each event: a chat, whether its message passes, whether a probe would, and how long until then."""
    breaker, second = Breaker(), 0.0
    for chat, passes, well, pause in days:
        second += pause
        now = at(second)
        if breaker.circuit is Circuit.OPEN:
            if breaker.probe_is_due(now):
                breaker.probed(now, "" if well else "502")
        elif breaker.circuit is Circuit.CLOSED or breaker.may_try(now):
            if passes:
                breaker.passed()
            elif fails(breaker, chat, second, "" if well else "502") is Blame.MESSAGE:
                assert well
        closed = breaker.circuit is Circuit.CLOSED
        assert closed == (breaker.since is None)
        soon = now + max(LONGEST_PAUSE, LONGEST_PAUSE_OF_TRIALS)
        assert closed or breaker.probe_is_due(soon) or breaker.may_try(soon)
