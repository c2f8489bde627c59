"""Two texts → which characters of them stand for each other, by the edit distance."""


def aligned(label: str, value: str) -> list[tuple[str, str]]:
    """Pairs of a character of ``label`` and the one of ``value`` that stands for it, in their
    order. One of the two is empty where a character was left out or added. No other way has fewer
    pairs that differ: their number is the edit distance (Levenshtein 1966, Soviet Physics Doklady
    10:707). Among ways that are equally good, a character is replaced rather than left out and
    another one added.
    """
    costs = _costs(label, value)
    pairs = []
    row, column = len(label), len(value)
    while row or column:
        here = costs[row][column]
        replaced = row and column and costs[row - 1][column - 1]
        if row and column and here == replaced + (label[row - 1] != value[column - 1]):
            row, column = row - 1, column - 1
            pairs.append((label[row], value[column]))
        elif row and here == costs[row - 1][column] + 1:
            row -= 1
            pairs.append((label[row], ""))
        else:
            column -= 1
            pairs.append(("", value[column]))
    return pairs[::-1]


def distance(label: str, value: str) -> int:
    """The edit distance: how many characters have to be replaced, left out or added to make
    ``label`` of ``value``."""
    return _costs(label, value)[-1][-1]


def _costs(label: str, value: str) -> list[list[int]]:
    """``[r][c]`` is the distance of the first ``r`` characters from the first ``c``."""
    costs = [list(range(len(value) + 1))]
    for row, expected in enumerate(label, start=1):
        above, line = costs[-1], [row]
        for column, found in enumerate(value, start=1):
            replaced = above[column - 1] + (expected != found)
            line.append(min(replaced, above[column] + 1, line[-1] + 1))
        costs.append(line)
    return costs
