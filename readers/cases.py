"""The difficult content of docs/FIELD-CASES.md, C27 to C36 and C39, as files: case name → {file name: bytes}."""

import gzip
import json

import pyarrow


def text(*lines: str, end: str = "\n") -> bytes:
    """Returns the content of a file with these lines."""
    return (end.join(lines) + end).encode("utf-8", "surrogatepass")


def one(*lines: str) -> dict[str, bytes]:
    """Returns one file with these lines."""
    return {"2025-01-17-a.ndjson": text(*lines)}


def _zstd(content: bytes) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    compressed: bytes = sink.getvalue().to_pybytes()
    return compressed


def _nested(depth: int, inside: str = "1") -> str:
    return '{"a":' * depth + inside + "}" * depth


CASES: dict[str, dict[str, bytes]] = {
    "C27 int, float, string in rows and files": {
        "2025-01-17-a.ndjson": text('{"v":1}', '{"v":1.5}', '{"v":"x"}'),
        "2025-01-17-b.ndjson": text('{"v":"y"}', '{"v":2}', '{"v":3}'),
        "2025-01-17-c.ndjson": text('{"v":true}', '{"v":[1]}', '{"v":{"a":1}}', '{"v":null}', "{}"),
    },
    "C27 a tie goes to what came first": one('{"a":"x","b":1,"c":true}', '{"a":1,"b":"x","c":[1]}'),
    "C27 bigint before double without floats": one('{"a":1}', '{"a":9007199254740992}', '{"a":-5}'),
    "C27 whole floats make a double": one('{"a":1}', '{"a":1.0}', '{"a":1e3}'),
    "C27 one float among many integers": one(*['{"a":9007199254740993}'] * 3, '{"a":0.5}'),
    "C27 inside structs and lists": one(
        '{"s":{"v":1,"w":"keep"},"l":[1,"x",2,null,{"y":1}]}',
        '{"s":{"v":"x","w":"keep"},"l":[]}',
        '{"s":[{"v":1}],"l":{"0":1}}',
        '{"s":{"v":2.5},"l":[[3],4]}',
    ),
    "C28 integers": one(
        *[
            '{"a":%s}' % n
            for n in (0, -0, 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 2**64, 10**20, 10**400)
        ],
        '{"a":-0}',
    ),
    "C28 doubles": one(
        *[
            '{"a":%s}' % n
            for n in (
                *("0.0", "-0.0", "1e400", "-1e400", "1E-400", "-1E-400", "0e999999999", "0.0e-999", "1e-999999999999"),
                *("5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072011e-308"),
                *("1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "0.1", "0.30000000000000004"),
                *("9007199254740993.0", "9007199254740992.5", "9007199254740993", "9007199254740992", "100000000000000000000"),
                *("123456789012345678901234567890", "1" + "0" * 22, "1" + "0" * 23, "1" + "0" * 308, "1" + "0" * 309, "-0", "0"),
                *("3.14159265358979323846264338327950288419716939937510582097494459", "1e+2", "1E2", "1e-2", "1.0e00000000000002"),
                *("0." + "0" * 320 + "1", "0." + "0" * 400 + "1e401", "1" + "0" * 400 + "e-400", "0.000001", "1e23", "8.5e-323"),
                *("6.02214076e23", "4503599627370496.5", "4503599627370497.5", "1.00000000000000011102230246251565", "179769313486231580793e289"),
            )
        ]
    ),
    "C28 minus zero is kept in doubles": one('{"a":-0.0}', '{"a":-0}', '{"a":0.5}', '{"a":-0e5}'),
    "C29 nulls only": one('{"id":1,"a":null}', '{"id":2,"a":null,"s":{"x":null}}'),
    "C29 empty lists and objects only": one('{"id":1,"a":[],"b":{},"c":[null],"d":[[]],"e":[{}],"f":{"g":[]}}', '{"id":2,"a":[[],[[]]]}'),
    "C29 an empty list first, structs later": one('{"id":1,"a":[]}', '{"id":2,"a":[null]}', '{"id":3,"a":[{"x":1}]}', '{"a":null}', '{"a":[{}]}'),
    "C29 an empty object first, fields later": one('{"a":{}}', '{"a":{"b":{}}}', '{"a":{"b":{"c":[1]}}}', '{"a":{"b":null}}', '{"a":null}', "{}"),
    "C29 nulls in nested lists": one('{"a":[[1,null],null,[]]}', '{"a":[]}', '{"a":null}', '{"a":[null]}', '{"a":[[null]]}', "{}", '{"a":[[],[2]]}'),
    "C29 an empty list among strings": one('{"a":[]}', '{"a":"x"}', '{"a":{}}'),
    "C29 no columns at all": one("{}", "{}", '{"a":null}', '{"b":[]}'),
    "C30 names that differ in case": one('{"Id":1,"id":2}', '{"id":3}', '{"ID":4,"iD":"x"}', '{"s":{"A":1,"a":2}}', '{"s":{"a":3}}', '{"S":{"A":4}}'),
    "C30 case beyond ASCII": one('{"Straße":1,"STRASSE":2,"straẞe":3}', '{"ſ":1,"s":2,"S":3}', '{"K":1,"k":2}', '{"İ":1,"i":2,"ı":3}', '{"ǅ":1,"ǆ":2,"Ǆ":3}', '{"Σ":1,"ς":2,"σ":3}'),
    "C30 the first spelling has only nulls": one('{"Id":null}', '{"id":2}'),
    "C30 the same key twice": one(
        '{"a":1,"a":2}', '{"a":1,"b":5,"a":"x","a":3}', '{"a":null,"a":null}', '{"a":1,"a":null}', '{"s":{"x":1,"x":2}}', '{"l":[{"y":1,"y":"z"}]}',
        '{"n":1,"n":{"a":1}}', r'{"\u0061":7,"a":8}',
    ),
    "C30 the same key many times in a wide object": one("{" + ",".join(f'"k{i % 9}":{i}' for i in range(30)) + "}", '{"k0":1}'),
    "C30 names with dots, spaces and signs": one(
        json.dumps(dict.fromkeys(("a.b", "a b", "a,b", "a;b", "a{b}", "a(b)", "a=b", "a/b", "a~b", "~0", "~1d", "a`b", "a'b", "a\\b", '"', "é", "日本", "🎁", "%", "#", "0", "-", "a:b", "<b>", "*", "select", " ", " a", "a "), 1), ensure_ascii=False),
        json.dumps({"s": dict.fromkeys(("a.b", "a b", "ü", "'", "`", "%", "key", "element", "list", "x/y", "0"), "x")}, ensure_ascii=False),
        json.dumps(dict.fromkeys(("a.b", "a/b", "a~b", "~0", '"', "é", "🎁", "a\\b"), "y"), ensure_ascii=False),
    ),
    "C30 names that no column can have": one(
        r'{"":1,"ok":2}', r'{"a\u0000b":1}', r'{"a\nb":1,"a\tb":2,"\u007f":3,"\u0085":4}', '{"%s":1,"%s":2}' % ("n" * 255, "n" * 256), '{"%s":1}' % ("é" * 128),
        r'{"_rescued_data":1,"_source_file":"x","_processing_timestamp":null}', r'{"_Rescued_Data":5}', r'{"s":{"":1,"_rescued_data":2}}', r'{"\ud800":1,"\udc00x":{"a":1}}',
    ),
    "C31 lines of several MB": {
        "2025-01-17-a.ndjson": text('{"id":1,"s":"%s"}' % ("x" * 5_000_000), '{"id":2}', '{"id":3,"l":[%s]}' % ",".join(["1"] * 300_000), '{"id":4}'),
    },
    "C31 a line over the limit": {
        "2025-01-17-a.ndjson": text('{"id":1}', '{"s":"%s"}' % ("é" * (9 << 20)), '{"id":2}', "x" * (17 << 20), '{"id":3}'),
        "2025-01-17-b.ndjson": ('{"s":"' + "x" * ((16 << 20) - 8) + '"}\n' + '{"s":"' + "y" * ((16 << 20) - 7) + '"}').encode(),
    },
    "C32 byte order mark, CRLF, blank lines, no final newline": {
        "2025-01-17-a.ndjson": b'\xef\xbb\xbf{"a":1}\r\n\r\n{"a":2}\r\n \t \r\n{"a":3}',
        "2025-01-17-b.ndjson": b'\n\n\xef\xbb\xbf{"a":4}\n{"a":5}\n\n',
        "2025-01-17-c.ndjson": b'\xef\xbb\xbf',
        "2025-01-17-d.ndjson": b'\xef\xbb\xbfnonsense\n\xef\xbb\xbf{"a":6}',
        "2025-01-17-e.ndjson": b'{"a":7}\r{"a":8}\n\r{"a":\r9}\r\r\n',
        "2025-01-17-f.ndjson": b"\xef\xbb\xbf\xef\xbb\xbf{}\n\xef\xbb\n",
    },
    "C32 not JSON": one(
        '{"a":NaN}', '{"a":Infinity}', '{"a":-Infinity}', "NaN", '{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":+1}', '{"a":1e}', '{"a":0x10}', '{"a":-}', '{"a":--1}', '{"a":1 2}', "{'a':1}",
        '{a:1}', '{"a":1,}', '{"a":[1,]}', '{"a":[,1]}', '{"a" 1}', '{"a"::1}', '{"a":}', '{"a"}', "{,}", '{"a":1}}', '{"a":1}{"b":2}', '{"a":1} x', '{"a":tru}', '{"a":True}', '{"a":nul}', '{"a":nulll}',
        '{"a":"\tx"}', '{"a":"x', '{"a":"\\x"}', '{"a":"\\u12g4"}', '{"a":"\\u123"}', '{"a":"\\', '{"a":undefined}', "{", "}", "[", "]", '"', "//", '{"a":1}//c', '{"a":1/**/}', '{"a":"\x00"}', "\x00", '{"a":1}\x00',
        '{"a":"\x1f"}', '\x0b{"a":1}', '{"a":1}\x0c', '\u00a0{"a":1}', '\u2028{"a":1}', '\ufeff{"a":1}', '{"a":１}', '{"ok":1}', '{"a":1e+}', '{"a":1e-}', '{"a":1.e1}', '{"a":-01}', '{"a":00}', '{"a":"a"b"}', '{"a":[1 2]}', '{"a":[1}', '{"a":{]}',
        '{"ok":"\x7f\u2028\u2029\ufffd\U0010ffff"}', '{"a":[}', '{"a":1:2}', '{"a":"b"\x00}', '{1:2}', '{null:1}', '{"a":1;"b":2}', '\u3000{}', ",{}", "{},",
    ),
    "C32 not an object": one("1", '"x"', "null", "true", "[]", '[{"a":1}]', "-0.5e3", '{"ok":1}', " [1] ", "[[[]]]"),
    "C32 bad UTF-8": {
        "2025-01-17-a.ndjson": b"\n".join(
            b'{"id":%d,"s":"%s"}' % (i, s)
            for i, s in enumerate(
                (b"\xff", b"caf\xe9", b"\xc3", b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\x80", b"ok", b"\xf0\x9f\x8e\x81", b"\xed\x9f\xbf", b"\xef\xbf\xbf", b"\xf0\x9f\x8e", b"12345678\xe2\x82", b"\xc1\xbf")
            )
        )
        + b'\n{"\xff":1}\n\xff\n{"a":1}\xff\nnot json \xff\n[\xff]\n{"ok":true}\n',
    },
    "C32 lone surrogates": one(
        r'{"a":"\ud800","b":1}', r'{"a":"\udc00"}', r'{"a":"\ud83d\ude00"}', r'{"a":"x\ud800y"}', r'{"a":"\ud800\ud800"}', r'{"a":"\ude00\ud83d"}', r'{"a":"\uD83D\uDE00"}', r'{"a":"\ud800\u0041"}', r'{"a":"\ud800\ud83d\ude00"}',
        r'{"l":["\ud800","x"],"s":{"t":"\udfff","u":"ok"}}', r'{"a":"\ud83d\\ude00"}', r'{"a":"\uffff\ufffe\u0000"}',
    ),
    "C32 escapes": one(r'{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC"}', r'{"\"\\\/\u0041":1}', '{"a":"\\u0000"}', r'{"a":"\/"}', '{"a":""}', '{"a":"' + r"\u00e9" * 1000 + '"}', '{"a":"' + "x" * 7 + r'\n"}', '{"a":"' + "x" * 8 + r'\""}'),
    "C32 white space inside records": one('  { "a" :\t1 , "b" : [ 1 , 2 ] , "c" : { "d" : "x" } }  ', '{"a":"no int"  ,"b" : { "x" : [ 1 ,  2 ] },"c":[ ]}', "{ }", '{\t"a"\t:\t5\t}', '{ "a" : 6 } \r'),
    "C32 pretty-printed JSON": {"2025-01-17-a.ndjson": json.dumps([{"a": 1, "b": {"c": [1, 2]}}, {"a": 2}], indent=2).encode()},
    "C32 an array as a file": {"2025-01-17-a.ndjson": b'[{"a":1},{"a":2}]', "2025-01-17-b.ndjson": b'{"a":3}'},
    "C33 empty files": {"2025-01-17-a.ndjson": b"", "2025-01-17-b.ndjson": b"\n\n \n\t\r\n", "2025-01-17-c.ndjson": b"\xef\xbb\xbf\r\n"},
    "C33 empty files beside one with rows": {"2025-01-17-a.ndjson": b"", "2025-01-17-b.ndjson": text('{"a":1}'), "2025-01-17-c.ndjson": b"\n"},
    "C33 only rejected lines": one("x", "[]", '{"a":1}{"a":2} x'),
    "C34 gzip with several members": {
        "2025-01-17-a.ndjson.gz": gzip.compress(text('{"a":1}', '{"a":2}')) + gzip.compress(b'{"a":') + gzip.compress(b"") + gzip.compress(text('3}', '{"a":4}', "bad")),
        "2025-01-17-b.ndjson.gz": gzip.compress(b""),
    },
    "C34 zstd with several frames": {"2025-01-17-a.ndjson.zst": _zstd(text('{"a":1}', "bad", '{"a":"x"}'))},
    "C35 a key that appears first in the last row": {
        "2025-01-17-a.ndjson": text(*[f'{{"id":{i},"s":{{"x":{i}}},"l":[{{"y":1}}]}}' for i in range(4000)], '{"late":1,"s":{"late":"x"},"l":[{"late":2.5}]}'),
    },
    "C35 a type that changes with the last row": {
        "2025-01-17-a.ndjson": text(*['{"a":null,"b":[],"c":{},"d":1}'] * 2500, '{"a":"x","b":[1],"c":{"k":true},"d":0.5}'),
    },
    "C36 thousands of keys": one(
        "{" + ",".join(f'"k{i}":{i}' for i in range(3000)) + "}", "{" + ",".join(f'"k{i}":"s{i}"' for i in range(2990, 3010)) + ',"k0":1}',
        '{"s":{' + ",".join(f'"f{i}":{i}' for i in range(50)) + "}}",
    ),
    "C36 other keys in every record": one(*["{" + ",".join(f'"r{r}k{i}":{i}' for i in range(40)) + "}" for r in range(60)]),
    "C36 deep nesting": one(_nested(128), _nested(129), _nested(200), '{"l":' + "[" * 127 + "1" + "]" * 127 + "}", '{"l":' + "[" * 128 + "]" * 128 + "}", "[" * 100_000, "[" * 129, _nested(20, '"x"'), '{"a":' * 5000),
    "C36 nesting that still has columns": one('{"l":' + "[" * 20 + "1" + "]" * 20 + "}", _nested(30, "[]"), _nested(30, "5"), _nested(10, '{"b":[{"c":[null]}]}')),
    "C39 every type in one file": one(
        '{"b":true,"i":1,"d":0.5,"s":"x","o":{"b":false,"i":2,"d":1.5,"s":"y","o":{"z":1},"l":[1]},"l":[{"a":1,"b":["p","q"]},{"a":null}]}',
        '{"b":null,"o":null,"l":null}', '{"o":{},"l":[]}', '{"o":{"o":{},"l":[]},"l":[{}]}', '{"o":{"o":null,"l":null},"l":[null]}', "{}",
        '{"l":[{"b":[]},{"b":null},{"b":[null]},null,{"b":["r"]}]}',
    ),
    "C39 long columns": {
        "2025-01-17-a.ndjson": text(*[json.dumps({"id": i, "word": f"w{i % 37}", "text": f"{i * 7919 % 100003:x}" * 3, "n": i / 7, "t": i % 3 == 0, "l": list(range(i % 5)), "o": None if i % 4 else {"k": str(i)}}) for i in range(6000)]),
    },
}
