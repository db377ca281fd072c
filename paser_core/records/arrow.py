"""Arrow columns as Python objects, also where Python has no such object."""

from __future__ import annotations

import json
from typing import Any

from paser_core.records.cells import DEEPEST

# What pyarrow raises for a value that Python has no object for: a date after the year 9999 or a duration
# of ages (OverflowError), text that is no UTF-8 or an object with one key twice (ValueError), a time zone
# or a word of a dictionary that is not there (LookupError), a type that it does not convert.
_NO_OBJECT = (OverflowError, ValueError, LookupError, NotImplementedError)


def plain_column(table: Any, name: str) -> list[Any]:
    """The values of one column; class labels by their names, dates that Python lacks as text."""
    import pyarrow as pa

    column = table.column(name)
    labels = _class_labels(table.schema).get(name)
    kind = column.type
    if labels is not None and pa.types.is_integer(kind):
        return [_label(labels, value) for value in column.to_pylist()]
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        # 0.1 as a person reads it, and as the other formats have it, not 0.10000000149011612
        values = column.to_pandas().to_numpy()
        nulls = column.is_null().to_pylist()
        return [None if gone else float(str(v)) for v, gone in zip(values, nulls, strict=True)]
    try:
        values = column.to_pylist()
    except _NO_OBJECT:
        return [_plain(scalar) for chunk in column.chunks for scalar in chunk]
    return [_without_nulls(v) for v in values] if _has_structs(kind) else values


def is_labelled(table: Any, name: str) -> bool:
    """Whether a column has the numbers of class labels."""
    return name in _class_labels(table.schema)


def nesting(kind: Any) -> int:
    """How deeply the type of a column is nested, up to one more than is accepted."""
    import pyarrow as pa

    deepest, open_ = 0, [(kind, 1)]
    while open_:
        kind, level = open_.pop()
        deepest = max(deepest, level)
        if level > DEEPEST:
            break
        if pa.types.is_dictionary(kind):
            open_.append((kind.value_type, level))
        else:
            open_ += [(kind.field(i).type, level + 1) for i in range(kind.num_fields)]
    return deepest


def _class_labels(schema: Any) -> dict[str, list[str]]:
    """Names of the class labels of a data set, which its table has as numbers."""
    try:
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        return {
            name: [str(label) for label in feature["names"]]
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError):
        return {}


def _label(labels: list[str], value: Any) -> Any:
    if value == -1:  # how data sets write that a row has no label
        return None
    return labels[value] if value is not None and 0 <= value < len(labels) else value


def _has_structs(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return True
    return any(_has_structs(kind.field(i).type) for i in range(kind.num_fields))


def _without_nulls(value: Any) -> Any:
    """Objects without the keys that are null: a table has every key of any row in all of them."""
    if isinstance(value, dict):
        kept = {k: _without_nulls(v) for k, v in value.items() if v is not None}
        # An empty message is still one: `content: null` beside calls of tools means something.
        if "content" in value and "content" not in kept:
            kept["content"] = None
        return kept
    if isinstance(value, list):
        return [_without_nulls(v) for v in value]
    return value


def _plain(scalar: Any) -> Any:
    """One value of a column that cannot be converted as a whole."""
    import pyarrow as pa

    try:
        return scalar.as_py()
    except _NO_OBJECT:
        pass  # its parts, or its text
    if pa.types.is_struct(scalar.type):
        return {k: _plain(scalar[k]) for k in scalar}
    if hasattr(scalar, "values") and scalar.values is not None:
        return [_plain(item) for item in scalar.values]
    try:
        return str(scalar.cast(pa.string()).as_py())
    except _NO_OBJECT:
        return f"({scalar.type} that cannot be read)"
