"""The rows and cells of tables in LaTeX, and where its environments end."""

from __future__ import annotations

import re

_ROW_PART = re.compile(
    r"(?P<comment>%[^\r\n]*)|(?P<env>\\(?:begin|end)\{)|(?P<row>\\\\\*?(?:\[[^\]\n]{0,40}\])?|\\tabularnewline\b)"
    r"|(?P<rule>\\(?P<name>hline|midrule|toprule|bottomrule|cline|cmidrule|endhead|endfirsthead|endfoot|endlastfoot)\b"
    r"(?:\([^)\n]{0,20}\))?(?:\{[^}\n]{0,40}\})?)|\\[\s\S]|(?P<open>\{)|(?P<close>\})|(?P<cell>&)"
)


def end_of(source: str, environment: str, start: int, end: int) -> int:
    """Return where the environment ends that was begun before ``start``; ``end`` if it does not."""
    open_ones = 1
    for match in re.compile(rf"\\(begin|end)\{{{re.escape(environment)}\}}").finditer(source, start, end):
        open_ones += 1 if match[1] == "begin" else -1
        if not open_ones:
            return match.start()
    return end


def rows_of(source: str, start: int, end: int) -> tuple[list[list[tuple[int, int]]], int | None]:
    """Return the spans of the cells of a table's rows, and which row is the header: the last before its rule."""
    rows: list[list[tuple[int, int]]] = []
    cells: list[tuple[int, int]] = []
    rules: list[tuple[str, int]] = []
    begin, depth, skipping = start, 0, False
    heads_end = max(source.rfind(f"\\end{what}", start, end) for what in ("head", "foot", "lastfoot"))

    def close_row(at: int) -> None:
        nonlocal cells
        cells.append((begin, at))
        if not skipping and any(source[s:e].strip() for s, e in cells):
            rows.append(cells)
        cells = []

    for match in _ROW_PART.finditer(source, start, end):
        if match["open"] or (match["env"] and "begin" in match["env"]):
            depth += 1 + bool(match["env"])
        elif match["close"] or match["env"]:
            depth -= 1
        # The brace after \begin is closed on its own, that after \end lies one deeper.
        if match["env"] and "end" in match["env"]:
            depth += 1
        if depth > 0:
            continue
        if match["cell"]:
            cells.append((begin, match.start()))
            begin = match.end()
        elif match["row"]:
            close_row(match.start())
            begin = match.end()
        elif match["rule"]:
            if source[begin : match.start()].strip() or cells:
                close_row(match.start())
            rules.append((match["name"], len(rows)))
            # A long table says its head and foot again for all pages after the first.
            skipping = match.start() < heads_end if match["name"].startswith("end") else skipping
            begin = match.end()
    close_row(end)
    return rows, _header(rules, len(rows))


def _header(rules: list[tuple[str, int]], count: int) -> int | None:
    middle = next((at for name, at in rules if name == "midrule" and at), None)
    if middle is None:
        inner = {at for name, at in rules if name == "hline" and 0 < at < count}
        middle = 1 if inner == {1} and count > 1 else None
    return middle - 1 if middle is not None and middle < count else None
