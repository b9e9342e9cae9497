"""Does a model play the role? Its answers to held-out questions, measured as the two papers measure them."""

__all__: list[str] = []
