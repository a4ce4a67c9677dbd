"""Probability as objects: priors, scales, observations, bijectors; and densities as functions."""
