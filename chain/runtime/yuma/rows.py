"""Sparse matrices of the epoch: one row per uid, each a list of (uid, fixed) in stored order."""

from collections.abc import Callable, Iterable, Sequence

from chain.runtime.fixed import Fixed, divide, multiply

Vector = list[Fixed]
Row = list[tuple[int, Fixed]]
Matrix = list[Row]


def normalised(vector: Sequence[Fixed], total: Fixed | None = None) -> Vector:
    """Each element divided by ``total`` (default the sum), rounded down; unchanged where that is zero."""
    divisor = sum(vector) if total is None else total
    return list(vector) if divisor == 0 else [divide(value, divisor) for value in vector]


def rows_normalised(matrix: Matrix) -> Matrix:
    """Each row divided by its sum; rows of zeros stay."""
    return [_row_normalised(row) for row in matrix]


def _row_normalised(row: Row) -> Row:
    total = sum(value for _, value in row)
    return [(uid, divide(value, total)) for uid, value in row] if total > 0 else row


def column_sums(matrix: Matrix) -> Vector:
    """Sum of each column, as long as the matrix has rows."""
    sums = [0] * len(matrix)
    for row in matrix:
        for uid, value in row:
            sums[uid] += value
    return sums


def columns_normalised(matrix: Matrix) -> Matrix:
    """Each column divided by its sum; columns of zeros stay."""
    return columns_divided(matrix, column_sums(matrix))


def columns_divided(matrix: Matrix, divisors: Sequence[Fixed]) -> Matrix:
    """Each entry divided by its column's divisor; unchanged where that is zero."""
    return [[(uid, divide(value, divisors[uid]) if divisors[uid] else value) for uid, value in row] for row in matrix]


def columns_max_upscaled(matrix: Matrix) -> Matrix:
    """Each column divided by its largest entry."""
    largest = [0] * len(matrix)
    for row in matrix:
        for uid, value in row:
            largest[uid] = max(largest[uid], value)
    return columns_divided(matrix, largest)


def filtered(matrix: Matrix, keep: Callable[[int, int], bool]) -> Matrix:
    """Only the entries (row, column) that ``keep`` accepts."""
    return [[entry for entry in row if keep(index, entry[0])] for index, row in enumerate(matrix)]


def rows_scaled(matrix: Matrix, factors: Sequence[Fixed]) -> Matrix:
    """Each row multiplied by its factor."""
    return [[(uid, multiply(value, factor)) for uid, value in row] for row, factor in zip(matrix, factors, strict=True)]


def weighted_sums(matrix: Matrix, factors: Sequence[Fixed]) -> Vector:
    """Row sums with each column weighted by its factor."""
    return [sum(multiply(value, factors[uid]) for uid, value in row) for row in matrix]


def dense_to_row(values: Iterable[Fixed]) -> Row:
    """The positive entries of a dense row, ascending by uid."""
    return [(uid, value) for uid, value in enumerate(values) if value > 0]
