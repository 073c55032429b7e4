"""Lines of JSON changed by splicing: nothing but the one value moves, and orjson makes no difference."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleanpress.io import jsonl
from cleanpress.io.jsonl import JsonLine, LineReader, QuickLine
from cleanpress.io.records import BadRecord

ODD = '{ "b" :1e400,"id":123456789012345678901234567890, "f": 0.10000000000000000001 ,"text"\t: "a\\/b\\u00e9", "x":{"text":"no"},"e":[]}\r'


def quick(line: str) -> QuickLine:
    data = line.encode()
    return QuickLine(data, orjson.loads(data), orjson)


def test_only_the_value_changes() -> None:
    line = JsonLine(ODD)
    assert line.get("text") == "a/bé"
    assert line.raw("id") == "123456789012345678901234567890"
    assert line.with_text("text", "c").decode() == ODD.replace('"a\\/b\\u00e9"', '"c"')


def test_escapes_stay_escapes_and_plain_stays_plain() -> None:
    assert JsonLine('{"text": "\\u00e9x"}').with_text("text", "é") == b'{"text": "\\u00e9"}'
    assert JsonLine('{"text": "éx"}').with_text("text", "é") == '{"text": "é"}'.encode()


def test_no_character_of_a_text_breaks_its_line() -> None:
    breaks = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    line = JsonLine('{"text": "é"}').with_text("text", "é" + breaks)
    assert len(line.decode().splitlines()) == 1
    assert json.loads(line)["text"] == "é" + breaks


def test_lone_surrogates_survive() -> None:
    line = JsonLine('{"text": "é\\ud800", "other": "\\udc00"}')
    assert line.get("text") == "é\ud800"
    assert json.loads(line.with_text("text", "x\ud800é")) == {"text": "x\ud800é", "other": "\udc00"}


def test_last_of_two_equal_keys_counts() -> None:
    line = JsonLine('{"text": "one", "text": "two"}')
    assert line.string("text", "--field") == "two"
    assert line.with_text("text", "2") == b'{"text": "one", "text": "2"}'


def test_a_field_that_is_not_there_is_written_last() -> None:
    assert JsonLine('{"html": "<p>" }\r').with_text("text", "x") == b'{"html": "<p>", "text": "x"}\r'
    assert JsonLine("{}").with_text("text", "x") == b'{"text": "x"}'


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ('{"text": "a', "not-json", "Unterminated string starting at column 10"),
        ('{"text": }', "not-json", "no value at column 10"),
        ('{"text" "a"}', "not-json", "':' is missing at column 9"),
        ('{"text": "a" "b"}', "not-json", "',' is missing at column 14"),
        ('{"text": "a",}', "not-json", "a key in double quotes is missing at column 14"),
        ('{"text": "a"', "not-json", "the line ends inside an object at column 13"),
        ('{"text": "a"} {}', "not-json", "more than one value at column 15"),
        ('{"text": "a\tb"}', "not-json", "Invalid control character at column 12"),
        ("nonsense", "not-json", "no value at column 1"),
        ("[" * 100_000, "not-json", "nested too deeply"),
        ('{"a":' * 100_000, "not-json", "nested too deeply"),
        ("[1, 2]", "not-object", "a list, not an object"),
        ('"text"', "not-object", "a single value, not an object"),
        ("null", "not-object", "null, not an object"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(line: str, kind: str, message: str) -> None:
    with pytest.raises(BadRecord) as caught:
        JsonLine(line)
    assert caught.value.kind == kind
    assert message in str(caught.value)


@pytest.mark.parametrize("make", [JsonLine, quick])
@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ('{"body": "a", "id": 1}', "missing-field", "no field 'text' (there are: body, id); name the right one with --field"),
        ("{}", "missing-field", "there are: none"),
        ('{"text": 12}', "wrong-type", "field 'text' is a number, not a string"),
        ('{"text": ["a"]}', "wrong-type", "field 'text' is a list, not a string"),
        ('{"text": {"a": 1}}', "wrong-type", "field 'text' is an object, not a string"),
        ('{"text": false}', "wrong-type", "field 'text' is true or false, not a string"),
    ],
)
def test_fields_that_are_no_text(make: type[JsonLine], line: str, kind: str, message: str) -> None:
    with pytest.raises(BadRecord) as caught:
        make(line).string("text", "--field")
    assert caught.value.kind == kind
    assert message in str(caught.value)


@pytest.mark.parametrize("make", [JsonLine, quick])
def test_null_is_no_text_and_no_error(make: type[JsonLine]) -> None:
    assert make('{"text": null}').string("text", "--field") is None


@pytest.mark.parametrize("make", [JsonLine, quick])
def test_optional_fields_are_strings_or_nothing(make: type[JsonLine]) -> None:
    line = make('{"url": "https://a.test/", "lang": 5, "empty": "", "nothing": null}')
    assert [line.optional_string(k) for k in ("url", "lang", "empty", "nothing", "missing")] == ["https://a.test/", None, None, None, None]


def values() -> st.SearchStrategy[object]:
    leaf = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    keys = st.sampled_from(["text", "a", "é"])
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6)


@given(
    record=st.dictionaries(st.sampled_from(["text", "id", "é", '"text', "t"]) | st.text(max_size=3), values(), max_size=5),
    old=st.text(),
    new=st.text(),
    key=st.sampled_from(["text", "é", 'a"b']),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, ", ", " ,\t"]),
)
@example(record={"x": {"text": "same"}}, old="same", new="other", key="text", ascii_only=True, indent=None)
def test_splice_agrees_with_decoding_and_orjson_agrees_with_it(
    record: dict[str, object], old: str, new: str, key: str, ascii_only: bool, indent: str | None
) -> None:
    record = {**record, key: old, "last": 1}
    line = json.dumps(record, ensure_ascii=ascii_only, separators=(indent or ",", ":"))
    slow = JsonLine(line).with_text(key, new)
    assert json.loads(slow) == {**record, key: new}
    assert list(json.loads(slow)) == list(record)
    assert JsonLine(line).string(key, "") == old
    try:
        parsed = orjson.loads(line.encode())
    except orjson.JSONDecodeError:  # huge integers
        return
    fast = QuickLine(line.encode(), parsed, orjson)
    assert fast.with_text(key, new) == slow
    assert fast.string(key, "") == old


@pytest.mark.parametrize(
    "line",
    [
        # a key in escapes, and the plain one inside
        '{"te\\u0078t": "same", "inner": {"text": "same"}}',
        '{"inner": {"text": "same"}, "te\\u0078t": "same"}',
        # the key's bytes inside a string
        '{"a": "\\"text\\": \\"same\\"", "te\\u0078t": "same"}',
        # the end of another key
        '{"a\\"text": "same", "te\\u0078t": "same"}',
        '{"text": "same", "a": "text"}',
        '{"a": "text", "text" : "same"}',
        '{"text": "same\\\\"}',
        '{"text": "\\\\\\"same"}',
        '{"text": "one", "text": "two"}',
    ],
)
def test_quick_reader_is_never_fooled(line: str) -> None:
    assert quick(line).with_text("text", "new") == JsonLine(line).with_text("text", "new")


def test_quick_reader_takes_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    line = quick('{"id": 1, "text": "old \\"quoted\\" \\\\", "n": {}}')
    monkeypatch.setattr(QuickLine, "_exact", lambda self: pytest.fail("read twice"))
    assert line.with_text("text", "né\u2028w") == '{"id": 1, "text": "né\\u2028w", "n": {}}'.encode()


def test_quick_reader_writes_lone_surrogates() -> None:
    assert quick('{"text": "é"}').with_text("text", "\ud800é") == JsonLine('{"text": "é"}').with_text("text", "\ud800é")


def test_line_reader_turns_to_orjson_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "QUICK_AFTER", 2)
    reader = LineReader()
    kinds = []
    for data in (b'{"a": 1}', b'{"a": 1}', b'{"a": NaN}', b'{"a": "\xff"}', b'{"a": 2}'):
        line, replaced = reader.read(data)
        kinds.append((type(line).__name__, replaced is not None))
    assert kinds == [("JsonLine", False), ("QuickLine", False), ("JsonLine", False), ("JsonLine", True), ("QuickLine", False)]
    with pytest.raises(BadRecord, match="a list"):
        reader.read(b"[]")
