"""The source tree as the house rules see it: every file once, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIVE = ("provider", "detector", "advisor", "inspector", "studio")


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the repository."""

    path: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text, self.path)))

    @cached_property
    def names(self) -> dict[str, str]:
        """What a local name stands for: {"now": "datetime.datetime.now", "np": "numpy"}."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {
                    a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                    for a in node.names
                }
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        return found

    def imported(self) -> Iterator[tuple[ast.stmt, str]]:
        """Every imported dotted name, also inside functions."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node, f"{node.module or ''}.{alias.name}") for alias in node.names)

    def dotted(self, node: ast.AST) -> str:
        """The full name of `a.b.c`, `a.b[T]` or `a`; empty when it is not a plain name."""
        if isinstance(node, ast.Subscript):
            return self.dotted(node.value)
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute) and (base := self.dotted(node.value)):
            return f"{base}.{node.attr}"
        return ""

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@lru_cache(maxsize=8)
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file under the folders (default: the product), in the order of their paths."""
    found = (
        path for folder in folders or ("barfinex", "strategies") for path in (ROOT / folder).rglob("*.py")
    )
    return tuple(Source(path.relative_to(ROOT).as_posix()) for path in sorted(found))


def text(path: str, remedy: str) -> str:
    """A document's text; its absence is a fault with a remedy, not an error."""
    assert (ROOT / path).is_file(), f"{path} is missing. Remedy: {remedy}"
    return (ROOT / path).read_text(encoding="utf-8")


def report(faults: list[str], remedy: str) -> None:
    """Fail with every fault and the way out."""
    assert not faults, "\n".join(["", *faults, f"Remedy: {remedy}"])
