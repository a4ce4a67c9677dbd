"""The game of Goodfellow et al. (2014) on the line, where the optimal discriminator is known.

Data p, two Gaussians; fakes q, one at s: D learned and optimal, p / (p + q); their values and the
Jensen-Shannon divergence; two generator losses' slopes in s as D wins. Half a minute on two cores.

    python examples/one_dimensional_lesson.py --out runs/lesson
"""

import argparse
import os

import keras
import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import norm

from keras_genzoo import losses
from keras_genzoo.plotting import curves

STEPS, X, S = np.arange(601), np.linspace(-8, 16, 4800), np.arange(0, 8, 1.5)
P, Q = (norm.pdf(X, -1, 0.4) + norm.pdf(X, 1, 0.4)) / 2, norm.pdf(X, S[:, None], 1)


def learn(s, n=200):
    """Logits on X: of D before every tenth step, and last of p / (p + q)."""
    judge = keras.Sequential([keras.layers.Dense(*a) for a in [(64, "relu"), (64, "relu"), (1,)]])
    loss, logits = losses.minimax_discriminator_loss, []
    judge.compile(keras.optimizers.Adam(3e-3), lambda _, y: loss(y[:, 0], y[:, 1]))
    for step in STEPS:
        if step % 10 == 0:
            logits.append(keras.ops.convert_to_numpy(judge(X.reshape(-1, 2, 1))).ravel())
        real, fake = np.random.choice([-1, 1], n) + 0.4 * np.random.randn(n), s + np.random.randn(n)
        judge.train_on_batch(np.stack([real, fake], axis=1)[..., None], np.zeros(n))
    return [*logits, np.log(P / norm.pdf(X, s, 1))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="runs/lesson")
    os.makedirs(out := parser.parse_args().out, exist_ok=True)
    keras.utils.set_random_seed(0)
    y = np.array([learn(s) for s in S])  # (shifts, networks, len(X))
    pair = losses.minimax_generator_loss, losses.non_saturating_generator_loss
    minimax, saving = (np.asarray(loss(y.ravel())).reshape(y.shape) for loss in pair)
    learned, best = np.trapezoid(Q[:, None] * minimax - P * saving, X).T[-2:] / 2 + np.log(2)
    jsd, D = jensenshannon(P[None], Q, axis=1) ** 2, 1 / (1 + np.exp(-y))
    error = np.trapezoid((P + Q) / 2 * abs(D[:, -2] - D[:, -1]), X)
    for row in zip(S, jsd, best, learned, error, strict=True):
        print("s = {}: JSD {:.4f}, V / 2 + ln 2 {:.4f}, of D {:.4f}; D off by {:.4f}".format(*row))
    shown = {"p": P, "q": Q[1], "p / (p + q)": D[1, -1], "D": D[1, -2]}
    curves(X, shown, xlabel="x", xlim=(-5, 6)).save(f"{out}/discriminator.png")
    shown = {"JSD(p, q)": jsd, "V / 2 + ln 2 of p / (p + q)": best, "V / 2 + ln 2 of D": learned}
    curves(S, shown, xlabel="s", ylabel="nats").save(f"{out}/divergence.png")
    slope = abs(np.trapezoid(Q[-1] * np.gradient([minimax[-1], saving[-1]], X, axis=2), X))[:, :-1]
    shown = {"slope of log(1 - D), minimax": slope[0], "of -log D, non-saturating": slope[1]}
    curves(STEPS[::10], shown, xlabel="steps of D", yscale="log").save(f"{out}/slopes.png")


if __name__ == "__main__":
    main()
