"""How it is minimised: learning rates, solvers, stopping, and the one loop."""
