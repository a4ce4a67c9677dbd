"""The comparisons of models under one budget: their tables say what was measured."""

import numpy as np
import pytest

from benchmarks import mode_coverage, one_budget, stability
from keras_genzoo.models.catalogue import ROWS


def covered(row, seed, modes):
    return {
        "row": row,
        "seed": seed,
        "seconds": 1.0,
        "steps": 100,
        "modes": modes,
        "good_share": modes / 100,
        "points": [[0.1, 0.2]],
    }


def test_modes_stand_by_data_set_and_model():
    runs = [covered("ring: GAN", 0, 2), covered("ring: GAN", 1, 8), covered("grid: R3", 0, 25)]
    found = {(run["row"], run["seed"]): run for run in runs}
    text = mode_coverage.table(found, [0, 1], 1.0)
    assert "| GAN | 2, 8 | 2.0%, 8.0% |  |  |" in text
    assert "| R3 |  |  | 25 | 25.0% |" in text
    assert "ring: modes of 8" in text and "grid: modes of 25" in text
    empty, full = (np.asarray(mode_coverage.picture(some, 0)).astype(int) for some in ({}, found))
    assert empty.shape == full.shape and np.abs(empty - full).max() > 100


def test_models_stand_in_the_order_of_their_distances():
    def run(row, distance, **more):
        return {
            "row": row,
            "frechet_distance": distance,
            "precision": 0.5,
            "recall": 0.25,
            "coverage": 0.75,
            "classes": 9,
            "parameters": 1234567,
            "images_per_second": 1500,
        } | more

    runs = [run("DCGAN", 2.5), run("SNGAN", 1.25, asked_for=0.9)]
    lines = one_budget.table({(r["row"], 0): r for r in runs}, 600).splitlines()[-2:]
    assert lines == [
        "| SNGAN | 1.25 | 0.50 | 0.25 | 0.75 | 9 | 90.0% | 1,234,567 | 1,500 |",
        "| DCGAN | 2.50 | 0.50 | 0.25 | 0.75 | 9 | - | 1,234,567 | 1,500 |",
    ]


def test_models_stand_by_batch_norm_and_rate():
    runs = [covered("GAN, with, 0.0005", 0, 8), covered("SNGAN, without, 0.005", 0, 3)]
    text = stability.table({(r["row"], 0): r for r in runs}, [0], 60)
    assert "| GAN | with | 8 (8%) |  |" in text and "| SNGAN | without |  | 3 (3%) |" in text
    assert "| GAN | without" not in text
    assert stability.settings("SNGAN", 5e-3, True) is None
    name, constructor, compiled = stability.settings("WGAN", 5e-3, True)
    assert name == "WGAN" and constructor["batch_norm"]
    assert compiled["optimizer"]["config"]["learning_rate"] == 5e-3


@pytest.mark.parametrize("rows", [mode_coverage.ROWS, one_budget.ROWS])
def test_rows_are_models_of_the_zoo(rows):
    assert {name for name, *_ in rows.values()} <= {row.class_name for row in ROWS.values()}
