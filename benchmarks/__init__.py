"""benchmarks: our kernels and their peers in, one table of ratios out."""
