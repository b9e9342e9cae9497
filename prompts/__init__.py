"""How a language model is asked: `<lang>/<name>.md`, one file a prompt. No stage asks one yet."""
