from time import process_time

from extractors.novel.features import choices_of
from extractors.novel.quotes import Piece
from extractors.novel.turns import Turn


def test_many_paragraphs_of_two_speakers_take_a_time_that_grows_with_their_number() -> None:
    pieces = [Piece(10 * number, 10 * number + 9, number // 2, is_quote=True) for number in range(80_000)]
    turns = [Turn(piece.paragraph, piece.start, piece.end, [number]) for number, piece in enumerate(pieces)]
    begun = process_time()
    next(choices_of(turns, [], pieces, {}, {}, None, {}))
    assert process_time() - begun < 10  # seconds: a tenth of that is needed
