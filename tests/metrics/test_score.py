"""Scores compare with their like alone."""

import dataclasses
import json
import operator

import numpy as np
import pytest

from keras_genzoo.metrics import Score

PROTOCOL = {"data": "digits", "samples": 10_000, "resize": "bicubic", "truncation": None}
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.sub]


def score(value=2.0, metric="frechet_distance", error=None, **changes):
    return Score(metric, value, {**PROTOCOL, **changes}, error)


def test_scores_of_one_protocol_compare():
    low, high = score(2.0), score(3.5)
    assert low < high and high > low and low <= high and high >= low
    assert not low > high and not high < low and not low < score(2.0) and low <= score(2.0)
    assert not high <= low and not low >= high
    assert low >= score(2.0) and not low > score(2.0)
    assert high - low == 1.5
    assert low == score(2.0) and low != high
    assert low != score(2.0, resize="bilinear")
    assert sorted([high, low]) == [low, high]


@pytest.mark.parametrize("compare", COMPARISONS)
def test_other_protocols_and_metrics_do_not(compare):
    with pytest.raises(ValueError, match="differ in resize: 'bicubic' and 'bilinear'$"):
        compare(score(), score(resize="bilinear"))
    with pytest.raises(ValueError, match="differ in metric: 'frechet_distance' and 'recall'$"):
        compare(score(), score(metric="recall"))
    with pytest.raises(ValueError, match="samples: 10000 and 50000; seed: absent and 0$"):
        compare(score(), score(samples=50_000, seed=0))
    with pytest.raises(ValueError, match="truncation: None and absent$"):
        compare(
            score(), Score("frechet_distance", 1.0, {k: PROTOCOL[k] for k in list(PROTOCOL)[:3]})
        )
    with pytest.raises(TypeError, match="another Score to compare with; got 2.0"):
        compare(score(), 2.0)


def test_prints_with_its_protocol():
    assert str(score(22.29)) == (
        "frechet_distance 22.29 (data=digits, samples=10000, resize=bicubic, truncation=None)"
    )
    assert str(score(22.29, error=0.25)).startswith("frechet_distance 22.29 ± 0.25 (data=digits")


def test_json_round_trip():
    one = score(1 / 3, error=0.1, extractor={"name": "inception", "layers": (1, 2)}, n=np.int64(5))
    again = Score.from_json(one.to_json())
    assert again == one and again - one == 0
    assert json.loads(one.to_json())["protocol"]["extractor"] == {
        "name": "inception",
        "layers": [1, 2],
    }
    assert Score.from_json(score().to_json()).error is None


def test_numpy_values_become_plain():
    one = Score("kid", np.float32(0.5), PROTOCOL, np.float64(0.25))
    assert type(one.value) is float and type(one.error) is float
    assert Score.from_json(one.to_json()) == one


def test_is_frozen_and_keeps_a_copy_of_its_protocol():
    protocol = {"data": "digits", "counts": [1, 2]}
    one = Score("recall", 0.5, protocol)
    protocol["data"] = "mnist"
    protocol["counts"].append(3)
    assert one.protocol == {"data": "digits", "counts": [1, 2]}
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.value = 1.0
    assert dataclasses.replace(one, value=0.75) - one == 0.25


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("", 1.0, PROTOCOL), "metric, the metric's name; got ''"),
        (("fid", np.nan, PROTOCOL), "value, a finite number; got nan"),
        (("fid", "1.0", PROTOCOL), "value, a number; got '1.0'"),
        (("fid", True, PROTOCOL), "value, a number; got True"),
        (("fid", 1.0, {}), "protocol, a dict that says how"),
        (("fid", 1.0, None), "protocol, a dict that says how"),
        (("fid", 1.0, PROTOCOL, -1), "error, at least 0 or None; got -1"),
        (("fid", 1.0, PROTOCOL, np.inf), "error, a finite number; got inf"),
        (("fid", 1.0, {"x": {"y": object}}), r"protocol\['x'\]\['y'\], a plain JSON value"),
        (("fid", 1.0, {"x": np.nan}), r"protocol\['x'\], a finite number; got nan"),
        (("fid", 1.0, {3: "x"}), "names in protocol; got 3"),
    ],
)
def test_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        Score(*arguments)


@pytest.mark.parametrize(
    "text, message",
    [
        ('{"metric": "fid", "value": 1.0}', r"got \['metric', 'value'\]\.$"),
        ("[1]", "got list"),
        ("nothing", "Expecting value"),
    ],
)
def test_what_is_wrong_with_json(text, message):
    with pytest.raises(ValueError, match=message):
        Score.from_json(text)


def test_further_entries_of_a_protocol_leave_the_score_as_it_was():
    score = Score("recall", 0.5, {"data": "digits", "seed": 0}, 0.1)
    more = score.with_protocol(seed=1, pixels="256")
    assert more == Score("recall", 0.5, {"data": "digits", "seed": 1, "pixels": "256"}, 0.1)
    assert score.protocol == {"data": "digits", "seed": 0}
