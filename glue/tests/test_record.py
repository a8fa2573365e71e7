"""From a line to a row: no value is lost or altered, and both paths agree."""

import json
import random

import pytest

from ndjson_batch.ddl import Field, Schema, columns_from_json, parse_type
from ndjson_batch.evidence import Budget, Observer, learn
from ndjson_batch.record import LineParser, Misfit, Reject, RowConverter, rescued_json


def schema(**columns: str) -> Schema:
    return tuple(Field(name, parse_type(t)) for name, t in columns.items())


def convert(line: str | bytes, of: Schema, max_depth: int = 128) -> tuple[dict, dict | None]:
    """The row and what is rescued (as pairs if a key occurs twice), by the careful path; the fast one must agree."""
    line = line.encode() if isinstance(line, str) else line
    parser, converter = LineParser(max_depth), RowConverter(of)
    row, rescued = converter.careful(*parser.careful(line))
    obj = parser.fast(line)
    if obj is not None:
        try:
            fast = converter.fast(obj)
        except Misfit:
            assert rescued or "decimal" in str(of)
        else:
            assert not rescued and repr(fast) == repr(row)
    return row, dict(rescued)


def test_C28_numbers_are_exact_or_rescued():
    of = schema(i="bigint", d="double")
    cases = {
        '{"i":9007199254740993,"d":9007199254740993}': ({"i": 2**53 + 1}, {"/d": "9007199254740993"}),
        '{"i":9223372036854775807,"d":9223372036854775808}': ({"i": 2**63 - 1, "d": 2.0**63}, {}),
        '{"i":9223372036854775808,"d":0.1}': ({"d": 0.1}, {"/i": "9223372036854775808"}),
        '{"i":-9223372036854775808}': ({"i": -(2**63)}, {}),
        '{"i":-9223372036854775809}': ({}, {"/i": "-9223372036854775809"}),
        '{"i":1.0,"d":1e400}': ({}, {"/i": "1.0", "/d": "1e400"}),
        '{"d":1E-400}': ({}, {"/d": "1E-400"}),
        '{"d":0.%s1}' % ("0" * 400): ({}, {"/d": "0.%s1" % ("0" * 400)}),
        '{"d":0E-400}': ({"d": 0.0}, {}),
        '{"d":-0.0}': ({"d": -0.0}, {}),
        '{"d":4.9e-324}': ({"d": 5e-324}, {}),
        '{"i":true,"d":"1"}': ({}, {"/i": "true", "/d": '"1"'}),
        '{"i":%s,"d":%s}' % ("1" * 5000, "1" * 5000): ({}, {"/i": "1" * 5000, "/d": "1" * 5000}),
    }
    for line, expected in cases.items():
        assert repr(convert(line, of)) == repr(expected)


def test_C27_neighbours_in_structs_and_lists_stay():
    of = schema(o="struct<a:bigint,l:array<struct<p:double>>>")
    row, rescued = convert('{"o":{"a":"x","l":[{"p":1},{"p":1e400},7,null,[]],"new":[1, 2]}}', of)
    assert row == {"o": {"l": [{"p": 1.0}, {}, None, None, None]}}
    assert rescued == {"/o/a": '"x"', "/o/l/1/p": "1e400", "/o/l/2": "7", "/o/l/4": "[]", "/o/new": "[1, 2]"}


def test_C30_keys():
    of = schema(id="bigint")
    row, rescued = convert('{"id":1,"id":null,"Id":2,"id":3,"":4,"a/b~":5,"\\u0001\\"":6,"none":null}', of)
    assert row == {"id": 3}
    assert rescued == {"/id~d": "1", "/id~d2": "null", "/Id": "2", "/": "4", "/a~1b~0": "5", '/\\u0001\\"': "6"}


def test_rescued_values_keep_their_own_text():
    of = schema(v="bigint")
    text = '{ "k" : [1.0, "\\u00e9\\/", {"x":1E5} ] }'
    _, rescued = convert('{"v":%s}' % text, of)
    assert rescued == {"/v": text}
    assert rescued_json([("/v", text), ("/w", "1.0")]) == '{"/v":%s,"/w":1.0}' % text


def test_C32_lone_surrogates():
    of = schema(s="string")
    assert convert('{"s":"\\ud800"}', of) == ({}, {"/s": '"\\ud800"'})
    assert convert('{"s":"\\udc00\\ud800"}', of) == ({}, {"/s": '"\\udc00\\ud800"'})
    assert convert('{"s":"\\ud83d\\ude00"}', of) == ({"s": "😀"}, {})
    assert convert('{"\\ud800":1}', of) == ({}, {"/\\ud800": "1"})


@pytest.mark.parametrize(
    "line, reason",
    [
        (b"[1]", "not-object"),
        (b"null", "not-object"),
        (b'"x"', "not-object"),
        (b"{", "not-json"),
        (b'{"a":NaN}', "not-json"),
        (b'{"a":1}{"b":2}', "not-json"),
        (b"\xef\xbb\xbf{}", "not-json"),
        (b'{"a":"\xff"}', "bad-utf8"),
        (b'{"a":"\xed\xa0\x80"}', "bad-utf8"),
        (b'{"a":[[[1]]]}', "too-deep"),
        (b'{"a":' + b"[" * 100_000, "too-deep"),
    ],
)
def test_C32_C36_rejects(line, reason):
    parser = LineParser(3)
    assert parser.fast(line) is None
    with pytest.raises(Reject) as caught:
        parser.careful(line)
    assert caught.value.reason == reason


def test_C36_the_depth_that_is_allowed_is_read():
    for depth, fits in ((3, True), (4, False)):
        line = b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"
        assert (LineParser(3).fast(line) is not None) == fits


def test_declared_types():
    of = schema(t="timestamp", d="date", n="decimal(5,2)", m="map<string,bigint>")
    row, rescued = convert('{"t":"2025-01-17T14:31:00.5+01:00","d":"2025-02-28","n":123.45,"m":{"A":1,"a":2,"":3}}', of)
    assert row["t"] == 1737120660500000 and row["d"] == 20147 and str(row["n"]) == "123.45"
    assert row["m"] == [("A", 1), ("a", 2), ("", 3)] and not rescued
    row, rescued = convert('{"t":"2025-01-17","d":"2025-02-29","n":1.005,"m":{"k":"x","j":null,"j":1}}', of)
    assert row == {"m": [("k", None), ("j", 1)]}
    assert rescued == {"/t": '"2025-01-17"', "/d": '"2025-02-29"', "/n": "1.005", "/m/k": '"x"', "/m/j~d": "null"}
    assert convert('{"n":"12.5"}', of)[0]["n"] == convert('{"n":125e-1}', of)[0]["n"]
    for text in ('"1234.00"', "1e3", "1e99999999999999999999", "[]", '"x"'):
        assert convert('{"n":%s}' % text, of) == ({}, {"/n": text})


def test_every_value_is_recoverable():
    """What json reads from a line is what the row and the rescued values hold together, and both paths agree."""
    rng = random.Random(11)
    literals = ["null", "1", "-0.0", "1.5", "1e400", "12345678901234567890", '"x"', '"é"', "true", "[]", "{}", '[1,"x",null]']

    def text(depth: int) -> str:
        kind = rng.randrange(6) if depth else 0
        if kind == 4:
            return "[" + ",".join(text(depth - 1) for _ in range(rng.randrange(3))) + "]"
        if kind == 5:
            return record(depth - 1)
        return rng.choice(literals)

    def record(depth: int) -> str:
        names = rng.sample(["a", "b", "A", "c.d", "e/f", ""], rng.randrange(4))
        return "{" + ",".join(f'"{name}":{text(depth)}' for name in names) + "}"

    lines = [record(4) for _ in range(1500)]
    observer = Observer(Budget(16_000))
    for line in lines:
        observer.record(json.loads(line))
    learnt = learn(observer.records, (), 2000)
    for line in lines:
        row, rescued = convert(line, learnt)
        for pointer, raw in rescued.items():
            row = put_back(row, [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]], json.loads(raw))
        assert without_nulls(row) == without_nulls(json.loads(line))


def put_back(container, path, value):
    if not path:
        return value
    step = int(path[0]) if isinstance(container, list) else path[0]
    below = container[step] if isinstance(container, list) else container.get(step)
    container[step] = put_back({} if below is None and len(path) > 1 else below, path[1:], value)
    return container


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(below) for name, below in value.items() if below is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def test_types_are_written_as_they_are_parsed():
    for ddl in ("struct<a:bigint,`b c`:array<map<string,decimal(38,3)>>,`x``y`:date>", "array<struct<`é`:timestamp>>"):
        assert parse_type(ddl).ddl() == ddl
    for bad in ("", "struct<>", "array<", "int8", "map<bigint,string>", "decimal(39,1)", "bigint bigint", "struct<a bigint>"):
        with pytest.raises(ValueError):
            columns_from_json([{"name": "a", "type": bad}])
