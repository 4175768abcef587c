"""mutmut passes decorated functions by, and every policy is one: this lets it into @policy and @property.

Of such a function mutmut's copies are made bare; only the switch between them bears the decorator.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import libcst as cst
from mutmut.mutation import file_mutation
from mutmut.mutation.file_mutation import Mutation

OPENED = ("policy", "property")


def _is_opened(node: Any) -> bool:
    if not isinstance(node, cst.FunctionDef) or len(node.decorators) != 1:
        return False
    maker = node.decorators[0].decorator
    name = maker.func if isinstance(maker, cst.Call) else maker
    return isinstance(name, cst.Name) and name.value in OPENED


def open_decorated() -> None:
    """From here on mutmut mutates these functions too; the decorators themselves stay as they are."""
    skip, arrange = file_mutation.MutationVisitor._skip_node_and_children, _arrange()

    def skips(self: file_mutation.MutationVisitor, node: cst.CSTNode) -> bool:
        return not _is_opened(node) and skip(self, node)

    file_mutation.MutationVisitor._skip_node_and_children = skips  # type: ignore[method-assign]
    file_mutation.function_trampoline_arrangement = arrange


def _arrange() -> Any:
    arrange = file_mutation.function_trampoline_arrangement

    def arranged(
        function: cst.FunctionDef, mutants: Iterable[Mutation], class_name: str | None
    ) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any], Sequence[str]]:
        if not _is_opened(function):
            return arrange(function, mutants, class_name)
        bare = function.with_changes(decorators=())
        before, (switch, *copies), after, names = arrange(bare, mutants, class_name)
        assert isinstance(switch, cst.FunctionDef)
        worn = switch.with_changes(decorators=(*function.decorators, *switch.decorators))
        return before, [worn, *copies], after, names

    return arranged
