"""Changes in, verdicts out: look, plan, send until nothing is left."""
