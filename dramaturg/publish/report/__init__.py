"""One page that shows what is in a dataset, what was lost where, and every row beside the passage it came from."""
