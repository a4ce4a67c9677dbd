"""The comparison of losses and controls: it goes on where it stopped, and shows what it found."""

import json

import numpy as np
import pytest

from benchmarks import gan_controls
from keras_genzoo.data import mixtures

PLAIN, *_, LAST = gan_controls.ROWS


def run(row, seed, modes, seconds=1.0):
    points = 0.8 * mixtures.ring_centers()[:modes]  # beside the crosses
    return {
        "row": row,
        "seed": seed,
        "seconds": seconds,
        "steps": 100 * (seed + 1),
        "modes": modes,
        "good_share": modes / 10,
        "points": points.tolist(),
    }


def test_trainings_of_the_budget_are_read_but_for_one_cut_short(tmp_path):
    path = tmp_path / "runs.jsonl"
    assert gan_controls.done(path, 1.0) == {}
    lines = [json.dumps(run(PLAIN, 0, 2)), "", json.dumps(run(PLAIN, 1, 3, seconds=9.0))]
    path.write_text("\n".join([*lines, json.dumps(run(LAST, 0, 8))[:30]]))
    assert list(gan_controls.done(path, 1.0)) == [(PLAIN, 0)]


def test_the_table_has_a_row_for_what_was_trained_and_the_picture_its_points():
    runs = {(r["row"], r["seed"]): r for r in (run(PLAIN, 0, 2), run(PLAIN, 1, 3), run(LAST, 1, 8))}
    text = gan_controls.table(runs, [0, 1], 1.0)
    assert f"| {PLAIN} | 2, 3 | 20.0%, 30.0% | 150 |" in text
    assert f"| {LAST} | 8 | 80.0% | 200 |" in text and "hinge" not in text
    pixels = np.asarray(gan_controls.picture(runs, [0, 1])).astype(int)
    blue = pixels[..., 2] - pixels[..., 0] > 40
    middle, half = (n // 2 for n in blue.shape)
    assert 0 < blue[:middle, :half].sum() < blue[middle:, half:].sum()
    assert blue[middle:, :half].sum() == 0  # not trained yet


@pytest.mark.long
def test_a_training_of_one_epoch():
    found = gan_controls.train("soft labels, 5 % flipped", seed=0, seconds=0.0)
    assert json.loads(json.dumps(found)) == found
    assert found["steps"] == 390 and len(found["points"]) == gan_controls.SHOWN
