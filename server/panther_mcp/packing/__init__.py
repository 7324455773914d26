"""Results in fewer words: what a list of objects repeats is told once, and nothing of it is lost."""
