"""Which of the generated records a dataset keeps, and why the others go."""
