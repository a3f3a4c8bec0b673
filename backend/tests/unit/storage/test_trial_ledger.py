import hashlib
import json
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.trial_ledger import TrialLedger
from trial_builders import DAY, NOW, hold_out, ledger_with, trial


@pytest.fixture
def ledger(tmp_path):
    return TrialLedger(tmp_path / "trials")


def test_reading_an_empty_ledger_makes_nothing(tmp_path, ledger):
    so_far = ledger.so_far()

    assert (so_far.variants, so_far.sharpe_variance, so_far.ledger) == (0, 0.0, "")
    assert list(ledger.trials()) == []
    assert ledger.hold_outs() == ()
    assert ledger.locked_from(["BTC"]) == ()
    ledger.record([], NOW)
    assert list(tmp_path.iterdir()) == []


def test_what_record_returns_includes_what_it_recorded(ledger):
    so_far = ledger.record([trial(1), trial(2), trial(4)], NOW)

    assert so_far.variants == 3
    assert so_far.sharpe_variance == pytest.approx(statistics.variance([0.01, 0.02, 0.04]))
    assert so_far.since == NOW
    assert ledger.so_far() == so_far


def test_one_variant_has_no_variance(ledger):
    assert ledger.record([trial()], NOW).sharpe_variance == 0.0


def test_the_same_variant_counts_once_and_is_listed_each_time(ledger):
    first = ledger.record([trial(1), trial(2)], NOW)
    again = ledger.record([trial(1, sharpe=0.9, rule="renamed", origin="sweep")], NOW + 1)

    assert again == first
    assert ledger.summary().runs == 3
    assert [each.trial.rule for each in ledger.trials()] == ["rule-1", "rule-2", "renamed"]
    assert ledger.record([trial(1, terms="other costs")], NOW + 2).variants == 3
    assert len({each.trial.key for each in ledger.trials()}) == 3


def test_trials_come_back_as_they_were_recorded(ledger):
    given_trials = [trial(1, coins=("BTC", "ETH")), trial(2, mean_r=None, trades=0, sharpe=0.0)]
    ledger.record(given_trials, NOW)
    ledger.lock([hold_out()], NOW)
    ledger.record([trial(3)], NOW + 5)

    stored = list(ledger.trials())
    assert [each.trial for each in stored] == [*given_trials, trial(3)]
    assert [(each.number, each.at) for each in stored] == [(2, NOW), (3, NOW), (5, NOW + 5)]
    assert list(ledger.trials(last=2)) == stored[-2:]


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(-5, 5)), max_size=30), st.randoms())
def test_the_count_does_not_depend_on_order_or_batches(tmp_path_factory, drawn, chance):
    sharpes = dict(drawn)
    trials = [trial(number, sharpe=sharpes[number]) for number, _ in drawn]
    folder = tmp_path_factory.mktemp("trials")
    at_once = TrialLedger(folder / "one").record(trials, NOW)
    chance.shuffle(trials)
    other = TrialLedger(folder / "other")
    for each in trials:
        other.record([each], NOW)

    assert (at_once.variants, at_once.sharpe_variance) == (
        len(sharpes),
        other.so_far().sharpe_variance,
    )
    if len(sharpes) > 1:
        assert at_once.sharpe_variance == pytest.approx(statistics.variance(sharpes.values()))


def test_another_process_sees_the_same(tmp_path, ledger):
    ledger.record([trial(1)], NOW)
    other = TrialLedger(tmp_path / "trials")
    other.record([trial(2)], NOW)

    assert ledger.record([trial(3)], NOW).variants == 3
    assert other.so_far() == ledger.so_far()


def test_two_ledgers_of_the_same_trials_have_different_ids(tmp_path):
    one, other = (ledger_with(tmp_path / name, 2).so_far() for name in ("one", "other"))

    assert one.ledger != other.ledger
    assert len(one.ledger) == 8
    assert one.variants == other.variants


def test_the_chain_can_be_checked_by_hand(tmp_path, ledger):
    """As docs/reference/trials.md says."""
    ledger.record([trial(1), trial(2)], NOW)
    previous = ""
    for number, line in enumerate((tmp_path / "trials" / "ledger.jsonl").read_text().split(), 1):
        body, _, rest = line.rpartition(',"hash":"')
        entry = json.loads(line)
        assert entry["hash"] == hashlib.sha256((previous + body).encode()).hexdigest()
        assert (entry["number"], entry["at"], rest) == (number, NOW, f'{entry["hash"]}"}}')
        previous = entry["hash"]
        if number == 1:
            assert (entry["kind"], ledger.so_far().ledger) == ("begun", previous[:8])
    head = json.loads((tmp_path / "trials" / "head.json").read_text())
    assert (head["entries"], head["sha256"]) == (number, previous)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (trial(sharpe=float("nan")), "Sharpe"),
        (trial(mean_r=float("inf")), "mean R"),
        (trial(until=10**16), "1970 and 2200"),
        (trial(since=-1), "1970 and 2200"),
        (trial(sharpe=1e300), "Sharpe"),
        (trial(origin="a model"), "could not be read again"),
        (trial(rule=None), "could not be read again"),
        (trial(rule="\ud800"), "read again"),
        (trial(coins=(5,)), "could not be read again"),
    ],
)
def test_a_trial_that_could_not_be_read_again_is_refused(tmp_path, wrong, words):
    ledger = ledger_with(tmp_path, 2)
    before = (tmp_path / "ledger.jsonl").read_bytes()
    with pytest.raises(InvalidInput, match=words):
        ledger.record([trial(7), wrong], NOW)

    assert (tmp_path / "ledger.jsonl").read_bytes() == before
    assert ledger.record([trial(7)], NOW).variants == 3


@pytest.mark.parametrize("at", [-1, 10**16])
def test_a_time_that_is_none_is_refused(ledger, at):
    with pytest.raises(InvalidInput, match="no time in ms"):
        ledger.record([trial()], at)


def test_numbers_of_numpy_are_taken(ledger):
    np = pytest.importorskip("numpy")
    numbers = trial(
        trades=np.int64(3), sharpe=np.float64(0.5), since=np.int64(1), mean_r=np.float32(1)
    )

    assert ledger.record([numbers], NOW).variants == 1
    assert next(iter(ledger.trials())).trial.trades == 3


def test_locked_time_is_of_its_coin(ledger):
    kept = [hold_out("BTC"), hold_out("ETH")]
    ledger.lock(kept, NOW)

    assert ledger.hold_outs() == tuple((each, None, ()) for each in kept)
    assert ledger.locked_from({"BTC", "SOL"}) == (kept[0],)
    assert ledger.locked_from(["BTC", "ETH"]) == tuple(kept)


def test_locking_the_same_again_changes_nothing(tmp_path):
    ledger = TrialLedger(tmp_path)
    ledger.lock([hold_out(), hold_out()], NOW)
    before = (tmp_path / "ledger.jsonl").read_bytes()
    ledger.lock([hold_out()], NOW + 1)

    assert (tmp_path / "ledger.jsonl").read_bytes() == before
    assert len(ledger.hold_outs()) == 1


@pytest.mark.parametrize(
    "other",
    [
        hold_out(since=NOW - 50 * DAY),
        hold_out(since=NOW - 120 * DAY),
        hold_out(since=NOW - 120 * DAY, until=NOW - 89 * DAY),
        hold_out(until=NOW - 10 * DAY),
    ],
)
def test_a_stretch_that_overlaps_is_refused(ledger, other):
    ledger.lock([hold_out()], NOW)
    with pytest.raises(InvalidInput, match="overlaps one that is there"):
        ledger.lock([hold_out("ETH"), other], NOW)

    assert len(ledger.hold_outs()) == 1


def test_stretches_may_lie_side_by_side(ledger):
    ledger.lock([hold_out(), hold_out(since=NOW - 120 * DAY, until=NOW - 90 * DAY)], NOW)

    assert len(ledger.locked_from(["BTC"])) == 2


@pytest.mark.parametrize(
    "wrong",
    [hold_out(until=NOW - 90 * DAY), hold_out(since=-5), hold_out(coin="")],
)
def test_a_stretch_that_is_none_is_refused(ledger, wrong):
    with pytest.raises(InvalidInput):
        ledger.lock([wrong], NOW)


def test_a_hold_out_is_opened_once_and_logged(ledger):
    ledger.lock([hold_out("BTC"), hold_out("ETH")], NOW)
    ledger.open_hold_outs([hold_out("BTC")], {"fakeout": "a" * 64, "engulfing": "b" * 64}, NOW + 9)

    opened, locked = ledger.hold_outs()
    assert opened == (hold_out("BTC"), NOW + 9, ("fakeout", "engulfing"))
    assert locked == (hold_out("ETH"), None, ())
    assert ledger.locked_from(["BTC", "ETH"]) == (hold_out("ETH"),)
    with pytest.raises(InvalidInput, match="opened already, 2025-11-24 16:00 UTC for fakeout, eng"):
        ledger.open_hold_outs([hold_out("ETH"), hold_out("BTC")], {"other": "c" * 64}, NOW + 10)
    assert ledger.locked_from(["ETH"]) == (hold_out("ETH"),)
    with pytest.raises(InvalidInput, match="overlaps"):  # what was seen cannot be locked again
        ledger.lock([hold_out("BTC")], NOW + 11)


def test_what_was_never_locked_cannot_be_opened(ledger):
    with pytest.raises(InvalidInput, match="lock it first"):
        ledger.open_hold_outs([hold_out()], {"rule": "a" * 64}, NOW)
    with pytest.raises(InvalidInput, match="name at least one"):
        ledger.open_hold_outs([hold_out()], {}, NOW)


def test_time_that_trials_may_have_seen_is_told(ledger):
    ledger.record([trial(1, coins=("BTC", "ETH"))], NOW)
    seen, unseen = hold_out("BTC", since=NOW - 101 * DAY), hold_out("ETH", since=NOW - 100 * DAY)

    earlier = hold_out("BTC", since=0, until=NOW - 400 * DAY)
    assert ledger.already_played([seen, unseen, earlier, hold_out("SOL", since=0)]) == (seen,)
