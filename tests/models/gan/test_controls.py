"""Soft and noisy labels, and the balance of updates, by themselves."""

import numpy as np
import pytest
from keras import ops

from keras_genzoo.engine.noise import FixedSeed
from keras_genzoo.models.gan.controls import Balance, Targets

N = 20_000


def drawn(*given):
    seed = FixedSeed(3, "uint32")
    return [ops.convert_to_numpy(t) for t in Targets.of(*given).draw(N, N, seed)]


def test_ranges_are_drawn_uniformly_for_each_example():
    real, fake = drawn((0.7, 0.9), (0.0, 0.3), None)
    for targets, low, high in ((real, 0.7, 0.9), (fake, 0.0, 0.3)):
        assert targets.shape == (N,) and low <= targets.min() and targets.max() <= high
        quarters = np.histogram(targets, bins=4, range=(low, high))[0] / N
        np.testing.assert_allclose(quarters, 0.25, atol=0.02)
    assert abs(np.corrcoef(real, fake)[0, 1]) < 0.03


def test_numbers_need_no_draws():
    seed = FixedSeed(3, "uint32")
    assert Targets.of(0.9, None, None).draw(5, 5, seed) == (0.9, 0.0)
    assert seed._draws == 0  # so that a run without chance draws what it drew before


def test_flips_give_the_share_of_examples_a_target_of_the_others():
    real, fake = drawn((0.7, 0.9), (0.0, 0.3), 0.05)
    assert abs((real <= 0.3).mean() - 0.05) < 0.006
    assert abs((fake >= 0.7).mean() - 0.05) < 0.006
    real, fake = drawn(None, None, 0.25)
    assert set(real) == set(fake) == {0.0, 1.0}
    assert abs((real == 0).mean() - 0.25) < 0.015 and abs((fake == 1).mean() - 0.25) < 0.015


@pytest.mark.parametrize(
    "given, message",
    [
        ((1.1, None, None), r"Expected real_targets, a number in 0..1 or a range .*; got 1.1"),
        ((True, None, None), "Expected real_targets"),
        ((None, (0.3, 0.0), None), r"Expected fake_targets.*; got \(0.3, 0.0\)"),
        ((None, (0.0, 0.1, 0.2), None), "Expected fake_targets"),
        ((None, "soft", None), "Expected fake_targets.*; got 'soft'"),
        ((None, None, 0.5), r"Expected flip_targets, a share of examples in 0..0.5; got 0.5"),
        ((None, None, -0.1), "Expected flip_targets"),
    ],
)
def test_targets_out_of_range(given, message):
    with pytest.raises(ValueError, match=message):
        Targets.of(*given)


def test_the_running_share_is_of_pairs_told_right():
    balance = Balance.of((0.6, 0.9))
    real, fake = np.array([[1.0], [0.0], [2.0], [0.5]]), np.array([[0.0], [1.0], [1.0], [0.5]])
    got = float(balance.updated(ops.convert_to_tensor(0.8), real, fake))
    assert got == pytest.approx(0.9 * 0.8 + 0.1 * 2.5 / 4)  # a tie is half right


@pytest.mark.parametrize(
    "share, judge, generator", [(0.5, False, True), (0.75, False, False), (0.95, True, False)]
)
def test_the_stronger_network_waits(share, judge, generator):
    balance, share = Balance.of([0.6, 0.9]), ops.convert_to_tensor(share)
    assert bool(balance.waits(share, judge=True)) == judge
    assert bool(balance.waits(share, judge=False)) == generator


@pytest.mark.parametrize("given", [0.8, True, (0.9, 0.6), (0.5, 1.5), (0.6,), ("a", "b")])
def test_a_balance_is_two_shares_in_order(given):
    with pytest.raises(ValueError, match=r"Expected update_balance, two shares .*such as \(0.6, 0"):
        Balance.of(given)
