"""Benchmarks: `python -m bench` prints every figure. Ratios are taken within one run; machines are noisy."""
