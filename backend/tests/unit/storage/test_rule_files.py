"""Rules as YAML: what is written is read as the same, and what is wrong is told with its line."""

from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.rule_vocabulary import ENTRY_TYPES
from hyperbot.domain.rules import Playbook
from hyperbot.storage.rule_files import (
    LARGEST_FILE_BYTES,
    parse_rules,
    playbook_names,
    read_playbook,
    read_rules,
    write_rules,
)
from rule_builders import rule, rules

RULE = """\
# a comment
id: le-15m
name: Liquidity engulf
direction: long
entry_type: LE
timeframe: 15m
conditions:
  - kind: candle
    pattern: small_wick
    parameters: {candle.small_wick: 0.2}
  - kind: session
    windows: [07:00-10:00]
risk_params:
  risk_percent: 0.50
"""


def said(text, **replaced):
    """The sentences about RULE with some of its text replaced."""
    for old, new in replaced.items():
        text = text.replace(old, new)
    with pytest.raises(InvalidInput) as caught:
        parse_rules(text.encode(), "rules.yaml")
    return str(caught.value)


def test_a_rule_is_read():
    (read,) = parse_rules(RULE.encode(), "rules.yaml").rules
    assert read.conditions[0].parameters == {"candle.small_wick": 0.2}
    assert read.conditions[1].windows == ("07:00-10:00",)
    assert read.risk_params.risk_percent == Decimal("0.5")


@given(st.lists(rules(), min_size=1, max_size=3, unique_by=lambda each: each.id))
def test_what_is_written_is_read_as_the_same(drawn):
    playbook = Playbook(rules=tuple(drawn))
    assert parse_rules(write_rules(playbook).encode(), "rules.yaml") == playbook


@pytest.mark.parametrize(
    "text",
    [
        *(
            "yes",
            "off",
            "null",
            "~",
            "12:30",
            "1_000",
            "1e3",
            "1.5",
            "0x10",
            "017",
            ".inf",
            "-.NaN",
        ),
        *(
            "2024-01-01",
            "=",
            "<<",
            "- a",
            "a: b",
            "#",
            " spaces ",
            "'",
            '"',
            "%",
            "@",
            "`",
            "é",
            "🙂",
        ),
        *(
            "\u2028",
            "\u00a0",
            "\ufeff",
            "two\nlines",
            "ends\n",
            "\n",
            "tab\there",
            "trailing \nspace",
        ),
    ],
)
def test_texts_that_look_like_something_else_stay_texts(text):
    playbook = Playbook(rules=(rule(description=text),))
    written = write_rules(playbook)
    assert parse_rules(written.encode(), "rules.yaml") == playbook
    assert yaml.safe_load(written)["description"] == text  # and other programs read the same


def test_numbers_are_written_plainly():
    stated = rule(
        risk_params={"risk_percent": "0.5", "targets": [{"r": 100, "share": "1.000"}]},
        confidence=0.25,
    )
    written = write_rules(Playbook(rules=(stated,)))
    assert "risk_percent: 0.5\n" in written
    assert "- r: 100\n      share: 1\n" in written


@pytest.mark.parametrize(
    ("replaced", "sentence"),
    [
        ({"small_wick\n": "smal_wick\n"}, "rules.yaml:9: conditions[0].pattern is "),
        (
            {"0.2}": "x}"},
            'rules.yaml:10: conditions[0].parameters["candle.small_wick"] is "x": it ',
        ),
        ({"0.50": "50"}, "rules.yaml:14: risk_params.risk_percent is 50: it must be at most 2"),
        ({"0.50": ".nan"}, "rules.yaml:14: risk_params.risk_percent is NaN: it must be a finite"),
        (
            {"0.50": "1e999"},
            "rules.yaml:14: risk_params.risk_percent is Infinity: it must be a finite",
        ),
        ({"name: L": "nome: L"}, "rules.yaml:2: name is missing"),
        ({"direction": "timeframe"}, "rules.yaml:6: timeframe stands there twice, first on line 4"),
        (
            {"[07:00-10:00]": "[07:00-10:00"},
            "rules.yaml:13: this is not YAML: while parsing a flow",
        ),
        ({"le-15m": "&a le-15m"}, "rules.yaml:2: anchors (&) and aliases (*) are not read"),
        ({"le-15m": "*a"}, "rules.yaml:2: anchors (&) and aliases (*) are not read"),
        (
            {"le-15m": "!!python/name:os.system x"},
            "rules.yaml:2: the tag tag:yaml.org,2002:python/",
        ),
        (
            {"[07:00-10:00]": "!!set {a}"},
            "rules.yaml:12: the tag tag:yaml.org,2002:set is not read",
        ),
        ({"name: L": "? [a]\n: L"}, "rules.yaml:3: the name of a field must be a word"),
        ({"risk_params": "---\nrisk_params"}, "rules.yaml:13: a second document begins here"),
        ({"[07:00-10:00]": "[" * 25 + "]" * 25}, "rules.yaml:12: it is nested more than 20 deep"),
        ({"# a comment": "\x00"}, "rules.yaml: this is not YAML: "),
        ({"# a comment": "\t- x"}, "rules.yaml:1: this is not YAML: "),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_its_line(replaced, sentence):
    assert said(RULE, **replaced).startswith(sentence)


def test_a_file_that_holds_nothing_says_so():
    assert said("# nothing\n") == "rules.yaml: there is nothing in it"
    assert said("- 1\n") == "rules.yaml:1: the rule: it must be a group of fields"


def test_a_billion_laughs_are_not_laughed():
    bomb = 'a: &a ["x"]\n' + "".join(f"{n}: &{n} [{'*a,' * 9}]\n" for n in "bcdefghi")
    assert said(bomb).startswith("rules.yaml:1: anchors")


def test_deep_nesting_is_no_recursion_error():
    assert " nest" in said("[" * 20_000)
    assert " nest" in said("{a: " * 20_000)
    assert " nest" in said("".join(f"{' ' * depth}a:\n" for depth in range(1000)))


def test_much_nonsense_is_cut_short():
    sentence = said("rules:\n" + "- 1\n" * 100_000)
    assert sentence == "rules.yaml:1: rules: too many entries, it may have at most 500"
    sentences = said("".join(f"x{n}: 1\n" for n in range(10_000))).splitlines()
    assert len(sentences) == 51
    assert sentences[-1] == "rules.yaml:1: and 9955 more"


def test_bytes_that_are_no_text_are_refused(tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"id: x\nname: \xff\n")
    with pytest.raises(InvalidInput, match=r"rules\.yaml:2: it is not UTF-8 text"):
        read_rules(file)
    file.write_bytes(b"#" * (LARGEST_FILE_BYTES + 1))
    with pytest.raises(InvalidInput, match="is larger than 1,000 kB"):
        read_rules(file)


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_what_cannot_be_read_is_said(tmp_path, name):
    with pytest.raises(InvalidInput, match="cannot read "):
        read_rules(tmp_path / name)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_text_is_worse_than_a_sentence(text):
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    with pytest.raises(InvalidInput):
        parse_rules(content, "rules.yaml")


def test_the_playbook_has_a_rule_for_every_play():
    assert playbook_names() == ["default"]
    book = read_playbook("default").rules
    plays = set(ENTRY_TYPES[: ENTRY_TYPES.index("doji")])
    assert len(plays) == 8
    assert plays <= {each.entry_type for each in book}
    assert any(each.entry_type not in plays for each in book)
    assert any(len(each.timeframes) >= 3 for each in book)
    assert all(each.source_type == "system" and each.description and each.tests for each in book)
    assert all(each.status == "candidate" for each in book)  # nothing trades unapproved


def test_the_playbook_survives_being_written():
    playbook = read_playbook("default")
    assert parse_rules(write_rules(playbook).encode(), "again.yaml") == playbook


@pytest.mark.parametrize("name", ["nope", "../default", "", "\x1b"])
def test_only_playbooks_that_are_there_are_read(name):
    with pytest.raises(InvalidInput, match="choose one of default"):
        read_playbook(name)


@pytest.mark.parametrize("text", ["'0.5'", "\uff11", '"1"'])
def test_a_text_is_no_number(text):
    sentence = "risk_params.risk_percent is "
    assert said(RULE, **{"0.50": text}).startswith(f"rules.yaml:14: {sentence}")
    assert said(RULE, **{"0.50": text}).endswith(": it must be a number, not a text")
    several = "rules:\n" + "".join(
        f"  - {{id: r{n}, name: x, direction: long, entry_type: LE, timeframe: 5m, "
        f"risk_params: {{targets: [{{r: {text if n else 1}, share: 1}}]}}}}\n"
        for n in range(2)
    )
    assert said(several).startswith("rules.yaml:3: rules[1].risk_params.targets[0].r is ")
