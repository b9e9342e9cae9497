"""From the script to what a language model is asked about it, and from its answers to records."""
