"""The strict parser agrees with Python's json, which it replaces where positions are needed."""

import json
import random

import pytest

from ndjson_batch import jsontext

WELL_FORMED = [
    "0", "-0", "-0.0", "1e400", "1E-400", "9007199254740993", "1.5e+3", '""', '"\\u00e9\\n\\/"', '"\\ud83d\\ude00"',
    '"\\ud800"', '"\\udc00\\ud800"', '"\x7f"', "[]", "{}", "[ ]", "{ }", "null", "true", "false", " [1 , 2] \r",
    '{"a":{"b":[{"c":null}]}}', '{"":1}', '{"a":1,"a":2}', '[[],[[]],{"x":[]}]',
]  # fmt: skip
ILL_FORMED = [
    "", "NaN", "Infinity", "-Infinity", "01", "-", "1.", ".5", "1e", "1e+", "+1", "0x1", "'a'", '"', '"\\x"', '"\\u12"',
    '"\\u12g4"', '"\x1f"', '"\t"', "[1,]", "[,1]", "[1 2]", "{,}", '{"a"}', '{"a":}', '{"a":1,}', "{a:1}", "{1:1}",
    '{"a":1}}', "[1]]", "nul", "True", "\ufeff{}", "{} {}", '{"a":1} x', "\xa01", "// c\n1", "[1}", '"\\ud83d',
]  # fmt: skip


def value(node: jsontext.Node):
    """The node as json.loads gives it."""
    if node.kind == jsontext.OBJECT:
        return {name: value(below) for name, below in node.value}
    if node.kind == jsontext.ARRAY:
        return [value(item) for item in node.value]
    if node.kind in (jsontext.INT, jsontext.FLOAT):
        return int(node.value) if node.kind == jsontext.INT else float(node.value)
    return node.value


def check_spans(text: str, node: jsontext.Node) -> None:
    """Each node's text stands for its value."""
    assert repr(json.loads(text[node.start : node.end])) == repr(value(node))
    if node.kind == jsontext.OBJECT:
        for _, below in node.value:
            check_spans(text, below)
    elif node.kind == jsontext.ARRAY:
        for item in node.value:
            check_spans(text, item)


@pytest.mark.parametrize("text", WELL_FORMED)
def test_well_formed(text):
    check_spans(text, jsontext.parse(text, 100))


@pytest.mark.parametrize("text", ILL_FORMED)
def test_ill_formed(text):
    with pytest.raises(jsontext.NotJSON):
        jsontext.parse(text, 100)


def strict_loads(text: str):
    def refuse(constant):
        raise ValueError(constant)

    return json.JSONDecoder(parse_constant=refuse).decode(text)


def test_agrees_with_json_on_mutations():
    """A verdict on every text, the same as Python's (which never reads a BOM in a str)."""
    rng = random.Random(17)
    alphabet = '{}[]",:\\ue0123456789.-+ntf \t\r\x00é😀'
    for _ in range(20_000):
        text = list(rng.choice(WELL_FORMED + ILL_FORMED))
        for _ in range(rng.randrange(3)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(2)] = rng.choice(alphabet)
        text = "".join(text)
        try:
            expected = repr(strict_loads(text))
        except ValueError:
            expected = None
        try:
            got = repr(value(jsontext.parse(text, 100)))
        except jsontext.NotJSON:
            got = None
        assert got == expected, text


@pytest.mark.parametrize("depth, fits", [(1, True), (5, True), (6, False), (100_000, False)])
def test_C36_depth_is_bounded(depth, fits):
    text = "[" * depth + "]" * depth
    if fits:
        assert jsontext.parse(text, 5).kind == jsontext.ARRAY
    else:
        with pytest.raises(jsontext.TooDeep):
            jsontext.parse(text, 5)


def test_errors_tell_the_byte():
    with pytest.raises(jsontext.NotJSON, match="'x' where a key should be at byte 8"):
        jsontext.parse('{"é":1,x', 5)
    with pytest.raises(jsontext.NotJSON, match="the line ends .* at byte 4"):
        jsontext.parse('{"é', 5)
