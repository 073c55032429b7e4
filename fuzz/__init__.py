"""Coverage-guided fuzzing of what cleanpress promises for any input."""
