from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Price:
    tokens_in: float
    tokens_cached: float
    tokens_out: float
    currency: str

    def of(self, tokens_in: int, tokens_cached: int, tokens_out: int, share: float = 1.0) -> float:
        return (
            share
            * (
                (tokens_in - tokens_cached) * self.tokens_in
                + tokens_cached * self.tokens_cached
                + tokens_out * self.tokens_out
            )
            / 1e6
        )
