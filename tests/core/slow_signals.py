"""Damage signals by definition: plain loops in double precision."""

from __future__ import annotations

import math

from paser_core.config import Aggregate


def log_softmax(row):
    top = max(row)
    total = math.log(math.fsum(math.exp(x - top) for x in row))
    return [x - top - total for x in row]


def slow(a, b, following):
    """The definitions, one entry at a time, in double precision."""
    p, q = log_softmax([float(x) for x in a]), log_softmax([float(x) for x in b])
    return {
        "kl": math.fsum(math.exp(x) * (x - y) for x, y in zip(p, q, strict=True)),
        "kl_reverse": math.fsum(math.exp(y) * (y - x) for x, y in zip(p, q, strict=True)),
        "loss_gap": p[following] - q[following],
        "top1": float(list(a).index(max(a)) != list(b).index(max(b))),
    }


def slow_aggregates(values):
    """In the order of the enum, from sorted Python floats."""
    values = [float(v) for v in values]
    few = max(1, math.ceil(len(values) / 10))
    worst = sorted(values, reverse=True)[:few]
    total = math.fsum(values)
    return {
        Aggregate.MEAN: total / len(values),
        Aggregate.SUM: total,
        Aggregate.MAX: max(values),
        Aggregate.WORST: math.fsum(worst) / few,
        Aggregate.FAILURE: 1 - math.exp(-total) if total > 0 else 0.0,
    }
