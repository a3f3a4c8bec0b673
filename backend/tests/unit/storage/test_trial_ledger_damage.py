"""What somebody did to the files is told in one sentence, and the count is carried on."""

import hashlib
import json
import re

import pytest

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.trial_ledger import TrialLedger
from trial_builders import NOW, hold_out, ledger_with, trial


def lines_of(folder):
    return (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)


def write_lines(folder, lines):
    (folder / "ledger.jsonl").write_bytes(b"".join(lines))


def delete_ledger(folder):
    (folder / "ledger.jsonl").unlink()


def delete_head(folder):
    (folder / "head.json").unlink()


def cut_entry(folder):
    write_lines(folder, lines_of(folder)[:-1])


def cut_letters(folder):
    content = (folder / "ledger.jsonl").read_bytes()
    (folder / "ledger.jsonl").write_bytes(content[:-3])


def empty(folder):
    write_lines(folder, [])


def take_one_out(folder):
    lines = lines_of(folder)
    write_lines(folder, lines[:3] + lines[4:])


def edit_first(folder):
    lines = lines_of(folder)
    write_lines(folder, [lines[0].replace(b'"id":"', b'"id":"0'), *lines[1:]])


def edit_last(folder):
    lines = lines_of(folder)
    write_lines(folder, [*lines[:-1], lines[-1].replace(b'"sharpe":0.0', b'"sharpe":1.0')])


def rewrite(folder):
    """The last entry says something else, with a hash that fits."""
    *kept, last = lines_of(folder)
    body = last[:-76].replace(b'"trades":12', b'"trades":13')
    sha256 = hashlib.sha256(json.loads(kept[-1])["hash"].encode() + body).hexdigest()
    write_lines(folder, [*kept, body + f',"hash":"{sha256}"}}\n'.encode()])


def replace_by_another(folder):
    other = ledger_with(folder.parent / "other", 9)
    other.record([trial(20)], NOW)
    write_lines(folder, lines_of(folder.parent / "other"))


def head_says(**changes):
    def change(folder):
        head = json.loads((folder / "head.json").read_text()) | changes
        (folder / "head.json").write_text(json.dumps(head))

    change.__name__ = f"head says {changes}"
    return change


def head_is(content):
    def change(folder):
        (folder / "head.json").write_bytes(content)

    change.__name__ = f"head is {content[:20]}"
    return change


def line_is(content):
    def change(folder):
        lines = lines_of(folder)
        write_lines(folder, [*lines[:4], content, *lines[5:]])

    change.__name__ = f"line is {content[:20]}"
    return change


DAMAGES = [
    delete_ledger,
    delete_head,
    cut_entry,
    cut_letters,
    empty,
    take_one_out,
    edit_first,
    edit_last,
    rewrite,
    replace_by_another,
    head_says(entries=99),
    head_says(sha256="0" * 64),
    head_says(variants=1),
    head_says(variants=-1),
    head_says(sharpe_mean="x"),
    head_says(sharpe_squares=1e999),
    head_says(since=10**30),
    head_says(hold_outs=[]),
    head_says(hold_outs=5),
    head_says(format_version=2),
    head_is(b""),
    head_is(b"\x00" * 100),
    head_is(b"[" * 100_000),
    head_is(b"[]"),
    head_is(b"{}"),
    line_is(b"\x00\xff not JSON\n"),
    line_is(b"\n"),
    line_is(b"{}\n"),
    line_is(b"[" * 100_000 + b"\n"),
    line_is(b"x" * 17_000_000 + b"\n"),
]


def name_of(damage):
    return damage.__name__


@pytest.fixture
def folder(tmp_path):
    """A ledger of eight trials and two hold-outs, one of them opened."""
    folder = tmp_path / "trials"
    ledger = ledger_with(folder, 7)
    ledger.lock([hold_out("BTC"), hold_out("ETH")], NOW)
    ledger.open_hold_outs([hold_out("ETH")], {"fakeout": "a" * 64}, NOW + 1)
    ledger.record([trial(8)], NOW)
    return folder


@pytest.mark.parametrize("damage", DAMAGES, ids=name_of)
def test_every_use_of_a_damaged_ledger_is_refused(folder, damage):
    used_before = TrialLedger(folder)
    used_before.so_far()
    damage(folder)

    for ledger in (used_before, TrialLedger(folder)):
        for use in (
            lambda ledger: ledger.so_far(),
            lambda ledger: ledger.record([trial(9)], NOW),
            lambda ledger: list(ledger.trials()),
            lambda ledger: ledger.lock([hold_out("SOL")], NOW),
            lambda ledger: ledger.hold_outs(),
            lambda ledger: ledger.locked_from(["BTC"]),
            lambda ledger: ledger.open_hold_outs([hold_out("BTC")], {"rule": "b"}, NOW),
        ):
            with pytest.raises(InvalidInput) as told:
                use(ledger)
            sentence = str(told.value)
            assert re.search(r"had counted \d+ different trials", sentence)
            assert 'hyperbot trials restart --reason "' in sentence
            assert "\n" not in sentence


@pytest.mark.parametrize("damage", [delete_ledger, cut_entry, empty, edit_first, rewrite])
def test_the_count_that_was_acknowledged_is_named(folder, damage):
    damage(folder)
    with pytest.raises(InvalidInput, match="had counted 8 different trials"):
        TrialLedger(folder).so_far()


@pytest.mark.parametrize("damage", DAMAGES, ids=name_of)
def test_a_restart_is_loud_and_usable(folder, damage):
    before = TrialLedger(folder).so_far()
    damage(folder)
    broken = {path.name: path.read_bytes() for path in folder.iterdir()}
    ledger = TrialLedger(folder)
    summary = ledger.restart("  the disk\nfailed ", NOW + 50)

    assert summary.so_far() == TrialLedger(folder).so_far()
    assert summary.so_far().ledger != before.ledger
    assert summary.since == NOW + 50
    (restart,) = summary.restarts
    assert (restart.at, restart.reason) == (NOW + 50, "the disk failed")
    assert restart.variants == summary.variants
    kept = {path.read_bytes() for path in folder.glob("*-until-*")}
    assert kept == {content for name, content in broken.items() if name != ".lock"}
    assert ledger.record([trial(30)], NOW + 60).variants == summary.variants + 1
    assert TrialLedger(folder).summary().restarts == (restart,)


@pytest.mark.parametrize("damage", [delete_ledger, cut_entry, edit_first, rewrite, empty])
def test_a_restart_carries_count_variance_and_hold_outs_on(folder, damage):
    before = TrialLedger(folder)
    count, kept = before.so_far(), before.hold_outs()
    damage(folder)
    ledger = TrialLedger(folder)
    ledger.restart("damaged", NOW + 50)

    after = ledger.so_far()
    assert after.variants == count.variants == 8
    assert after.sharpe_variance == pytest.approx(count.sharpe_variance)
    assert ledger.hold_outs() == kept
    assert ledger.summary().runs == 8
    with pytest.raises(InvalidInput, match="opened already"):
        ledger.open_hold_outs([hold_out("ETH")], {"again": "c" * 64}, NOW + 60)


def test_variance_goes_on_as_if_nothing_had_happened(tmp_path):
    whole, broken = ledger_with(tmp_path / "whole", 9), ledger_with(tmp_path / "broken", 5)
    delete_ledger(tmp_path / "broken")
    broken.restart("lost", NOW)
    broken.record([trial(number) for number in range(5, 9)], NOW)

    assert broken.so_far().variants == 9
    assert broken.so_far().sharpe_variance == pytest.approx(whole.so_far().sharpe_variance)


def test_each_of_several_restarts_is_remembered(tmp_path):
    ledger = ledger_with(tmp_path, 3)
    for number in range(3):
        delete_ledger(tmp_path)
        ledger.restart(f"lost {number}", NOW + number)
        ledger.record([trial(100 + number)], NOW)

    summary = TrialLedger(tmp_path).summary()
    assert [each.reason for each in summary.restarts] == ["lost 0", "lost 1", "lost 2"]
    assert [each.variants for each in summary.restarts] == [3, 4, 5]
    assert summary.variants == 6


def test_a_sound_ledger_is_not_restarted(tmp_path):
    ledger = ledger_with(tmp_path, 3)
    with pytest.raises(InvalidInput, match="is sound"):
        ledger.restart("I want fewer", NOW)
    for reason in (" \n", "x" * 1001, "\x1b[2J"):
        with pytest.raises(InvalidInput, match="a reason is needed"):
            ledger.restart(reason, NOW)
    assert ledger.so_far().variants == 3


def test_a_head_that_is_older_than_its_ledger_loses_nothing(folder):
    older = (folder / "head.json").read_bytes()
    TrialLedger(folder).record([trial(9), trial(10)], NOW)
    (folder / "head.json").write_bytes(older)

    assert TrialLedger(folder).so_far().variants == 10
    assert TrialLedger(folder).record([trial(11)], NOW).variants == 11


def test_sums_that_another_machine_rounds_are_no_damage(folder):
    mean = json.loads((folder / "head.json").read_text())["sharpe_mean"]
    head_says(sharpe_mean=mean * (1 + 1e-12))(folder)
    assert TrialLedger(folder).so_far().variants == 8
    head_says(sharpe_mean=mean * 1.1)(folder)
    with pytest.raises(InvalidInput, match="which was edited"):
        TrialLedger(folder).so_far()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("trial", {}),
        ("trial", {"rule_sha256": 1, "terms_sha256": [], "sharpe": "high"}),
        ("trial", []),
        ("begun", {"id": "", "carried": {}, "former_head": ""}),
        ("hold-out locked", {"hold_outs": [{"coins": "x"}]}),
        (
            "hold-out locked",
            {"hold_outs": [{"coin": "x", "since": 9e30}]},
        ),
        ("hold-out opened", {"hold_outs": [], "rules": 5}),
        ("something", {}),
        ([], {}),
    ],
)
def test_an_entry_of_wrong_types_is_told_though_its_hash_fits(folder, kind, content):
    """Somebody who can compute hashes can count more, but cannot make a traceback."""
    *_, last = lines_of(folder)
    number, previous = json.loads(last)["number"] + 1, json.loads(last)["hash"]
    said = {"number": number, "kind": kind, "at": NOW, "content": content}
    body = json.dumps(said)[:-1].encode()
    sha256 = hashlib.sha256(previous.encode() + body).hexdigest()
    write_lines(folder, [*lines_of(folder), body + f',"hash":"{sha256}"}}\n'.encode()])
    assert TrialLedger(folder).so_far().variants == 8  # beyond the head: never acknowledged

    head_says(entries=number, sha256=sha256)(folder)
    with pytest.raises(InvalidInput, match="was edited, cut or replaced"):
        TrialLedger(folder).so_far()
