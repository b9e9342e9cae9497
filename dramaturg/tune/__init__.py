"""A model made to speak as the role: LoRA on the rows of a dataset, as RoleLLM and ChatHaruhi tune theirs."""
