"""Types follow from all rows, by the rule that the fewest values are rescued."""

import json
import random

import pytest

from ndjson_batch import evidence, jsontext
from ndjson_batch.ddl import Field, Type, columns_from_json
from ndjson_batch.evidence import Budget, Evidence, Observer, learn
from ndjson_batch.record import LineParser, RowConverter


def observe(lines, budget=16_000) -> Evidence:
    observer = Observer(Budget(budget))
    parser = LineParser(128)
    for line in lines:
        obj = parser.fast(line.encode())
        if obj is not None:
            observer.record(obj)
        else:
            observer.record_node(parser.careful(line.encode())[1])
    return observer.records


def types(*lines: str, base=(), max_columns=2000) -> dict[str, str]:
    return {f.name: f.type.ddl() for f in learn(observe(lines), base, max_columns)}


@pytest.mark.parametrize(
    "values, expected",
    [
        ("1 2 3", "bigint"),
        ("1 1.5", "double"),
        ("1 1.0", "double"),
        ("1 1e3", "double"),
        ("9007199254740993 1", "bigint"),
        ("9007199254740993 1.5", "bigint"),  # a tie: the kind seen first
        ("1.5 9007199254740993", "double"),
        ("9007199254740993 1.5 2.5", "double"),
        ("9223372036854775807", "bigint"),
        ("-9223372036854775808", "bigint"),
        ("9223372036854775808", "double"),  # 2^63: a double holds it, and a bigint does not
        ("9223372036854775809", None),
        ("1e400", None),
        ("1E-400", None),
        ("0e400 -0.0 0E-400", "double"),
        ('"x" 1', "string"),
        ('1 "x"', "bigint"),
        ('1 "x" "y"', "string"),
        ('true 1 "x"', "boolean"),
        ("null", None),
        ("[] {} [null] [[]] [{}]", None),
        ('[] "x"', "string"),
        ('[] [1] "x"', "array<bigint>"),
        ('[1] ["x"] ["y"]', "array<string>"),
        ('{"a":1} {"b":null} {"c":[]}', "struct<a:bigint>"),
        ('{"a":[{"b":1.5}]}', "struct<a:array<struct<b:double>>>"),
        ('"\\ud800"', None),
        ('"\\ud800" 1', "bigint"),
    ],
)
def test_C27_C28_C29_the_type_that_rescues_fewest(values, expected):
    got = types(*(f'{{"v":{value}}}' for value in values.split(" ")))
    assert got.get("v") == expected


def test_names_keep_the_order_of_their_first_appearance():
    assert list(types('{"b":null,"a":1}', '{"c":1,"b":2}')) == ["b", "a", "c"]
    assert list(types('{"b":1,"a":1,"b":2}')) == ["b", "a"]


def test_C30_names_that_cannot_be_columns():
    names = ["", "x\x00", "x\x7f", "\x85", "n" * 256, "é" * 128, "_SOURCE_FILE", "_rescued_data", "\ud800"]
    for name in names:
        assert types(json.dumps({name: 1})) == {}
    for name in ["n" * 255, "é" * 127, " ", "a.b", "`", "_source_files"]:
        assert types(json.dumps({name: 1})) == {name: "bigint"}
    assert types('{"o":{"_source_file":1}}') == {"o": "struct<_source_file:bigint>"}


def test_C30_of_spellings_the_published_one_wins_then_the_first():
    assert types('{"Id":1}', '{"id":"x"}', '{"ID":2}') == {"Id": "bigint"}
    assert types('{"Id":null}', '{"id":1}') == {}
    base = (Field("ID", Type("string")),)
    assert types('{"Id":1,"o":{"É":1,"é":2}}', base=base) == {"ID": "string", "o": "struct<`É`:bigint>"}
    assert types('{"straße":1,"STRAẞE":2,"strasse":3}') == {"straße": "bigint", "strasse": "bigint"}


def test_published_types_stay_and_structs_grow():
    base = columns_from_json(
        [
            {"name": "v", "type": "bigint"},
            {"name": "o", "type": "struct<a:string>"},
            {"name": "l", "type": "array<struct<a:string>>"},
            {"name": "m", "type": "map<string,double>"},
        ]
    )
    got = types('{"v":"x","o":{"a":1,"b":2},"l":[{"c":true}],"m":{"k":"x"},"n":1}', base=base)
    assert got == {
        "v": "bigint",
        "o": "struct<a:string,b:bigint>",
        "l": "array<struct<a:string,c:boolean>>",
        "m": "map<string,double>",
        "n": "bigint",
    }


def test_C36_columns_are_bounded():
    line = json.dumps({f"k{n}": {"x": n, "y": n} for n in range(10)})
    got = types(line, max_columns=5)
    assert got == {"k0": "struct<x:bigint,y:bigint>", "k1": "struct<x:bigint,y:bigint>", "k2": "struct<x:bigint>"}
    many = observe((json.dumps({f"k{n}": 1}) for n in range(1000)), budget=100)
    assert len(many.fields) == 100


def test_C35_evidence_is_the_same_however_the_rows_are_divided():
    rng = random.Random(5)
    literals = ["null", "1", "1.5", "9007199254740993", '"x"', "true", "[]", "{}", '[1,"x"]', '{"a":1,"b":[{"c":1.5}]}']
    lines = []
    for _ in range(500):
        names = rng.sample("abcdefABC", 3)
        lines.append("{" + ",".join(f'"{name}":{rng.choice(literals)}' for name in names) + "}")
    whole = learn(observe(lines), (), 2000)
    for _ in range(20):
        cuts = sorted(rng.randrange(len(lines)) for _ in range(4))
        merged, budget = Evidence(), Budget(16_000)
        for start, end in zip([0, *cuts], [*cuts, len(lines)]):
            merged.merge(observe(lines[start:end]), budget)
        assert learn(merged, (), 2000) == whole


def test_both_ways_of_observing_agree():
    rng = random.Random(6)
    literals = ["null", "1", "-0", "1.5", "1e400", "18446744073709551616", '"x"', "false", "[]", "{}", '[[1],null,{"z":"x"}]']
    lines = ["{" + ",".join(f'"{n}":{rng.choice(literals)}' for n in rng.sample("abcde", 3)) + "}" for _ in range(300)]
    careful = Observer(Budget(16_000))
    for line in lines:
        careful.record_node(jsontext.parse(line, 128))
    assert dump(careful.records) == dump(observe(lines))


def dump(ev: Evidence | None):
    return ev and (ev.counts, ev.order, [(name, dump(below)) for name, below in ev.fields.items()], dump(ev.elem))


def test_no_other_scalar_type_rescues_fewer():
    """The rule itself, by trying all types on all values."""
    rng = random.Random(7)
    pool = ["1", "2", "1.5", "9007199254740993", "18446744073709551616", "1e400", '"x"', '"\\ud800"', "true", "null"]
    for _ in range(300):
        values = [rng.choice(pool) for _ in range(rng.randrange(1, 8))]
        lines = [f'{{"v":{value}}}' for value in values]
        learnt = learn(observe(lines), (), 2000)

        def rescued(kind: str) -> int:
            converter = RowConverter((Field("v", Type(kind)),))
            return sum(len(converter.careful(line, jsontext.parse(line, 9))[1]) for line in lines)

        nothing = sum(value != "null" for value in values)
        best = min(rescued(kind) for kind in ("boolean", "bigint", "double", "string"))
        if learnt:
            assert rescued(learnt[0].type.kind) == best
        else:
            assert best == nothing


def test_a_level_deeper_than_readers_go_has_no_column():
    deep = "[" * 60 + "1" + "]" * 60
    assert types(f'{{"v":{deep}}}') == {}
    assert evidence.count_leaves(learn(observe([f'{{"v":{deep[20:-20]}}}']), (), 10)[0].type) == 1
