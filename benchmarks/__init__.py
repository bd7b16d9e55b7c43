"""`python -m benchmarks`: figures side by side in one run, as ratios. It prints and never fails."""
