"""Paths into a record, and one traversal that finds the values of all paths of a format."""

import re
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sflydwh.errors import UsageError
from sflydwh.formats.values import Gathered, JsonObject, NumberText

_NAME: Final = r'[^."\s\[\]=]+|"[^"]*"'
_STEP: Final = re.compile(rf"(?P<name>{_NAME})(?P<list>\[(?:(?P<key>{_NAME})=(?P<text>[^\]]*))?\])?(?:\.|$)")


class Step(NamedTuple):
    """One step of a path.

    Attributes:
        name: the field to take.
        where: a field name and a text: of a list, take the first object whose field has this text.
        each: of a list, take all objects.
    """

    name: str
    where: tuple[str, str] | None = None
    each: bool = False


Path = tuple[Step, ...]


def parse_path(text: str, is_whole_name: bool = False) -> Path:
    """The steps of a path.

    Args:
        text: names joined by dots.
        is_whole_name: whether it is the name of a CSV column, verbatim.

    Raises:
        UsageError: it is not a path.

    >>> parse_path('params[key=currency].value')
    (Step(name='params', where=('key', 'currency'), each=False), Step(name='value', where=None, each=False))
    >>> parse_path('properties."my field"')[1].name
    'my field'
    """
    if is_whole_name and text:
        return (Step(text),)
    steps: list[Step] = []
    at = 0
    while at < len(text) or not steps:
        found = _STEP.match(text, at)
        if found is None:
            raise UsageError(f"{text!r} is not a path; join names by dots, and put other names in double quotes")
        key = found["key"]
        where = (_bare(key), found["text"]) if key is not None else None
        steps.append(Step(_bare(found["name"]), where, bool(found["list"]) and where is None))
        at = found.end()
    if text.endswith(".") or steps[-1].where or steps[-1].each:
        raise UsageError(f"{text!r} is not a path; it must end in a name")
    return tuple(steps)


def _bare(name: str) -> str:
    return name[1:-1] if name.startswith('"') else name


@dataclass
class _Node:
    """A node of the tree of paths: what to do with the value of one name."""

    slots: list[int] = field(default_factory=list)
    names: "dict[str, _Node]" = field(default_factory=dict)
    wheres: "dict[tuple[str, str], _Node]" = field(default_factory=dict)
    each: "_Node | None" = None


class Places:
    """The distinct paths that a format reads.

    Attributes:
        paths: the paths; the index of a path is its slot.
    """

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self._root = _Node()

    def slot(self, path: Path) -> int:
        """The slot of a path: the index of its value in the result of `find`."""
        if path in self.paths:
            return self.paths.index(path)
        self.paths.append(path)
        node = self._root
        for step in path:
            node = node.names.setdefault(step.name, _Node())
            if step.where:
                node = node.wheres.setdefault(step.where, _Node())
            elif step.each:
                node.each = node = node.each or _Node()
        node.slots.append(len(self.paths) - 1)
        return len(self.paths) - 1

    def find(self, record: JsonObject) -> list[Any] | None:
        """Find the values of all paths in a record.

        Returns:
            A value for each slot: None if there is none, `Gathered` for a path that takes each object of a list. None
            instead of the list if a name on a path occurs twice in an object that the path goes through.
        """
        found: list[Any] = [None] * len(self.paths)
        return found if _walk(self._root, record, found) else None


def _walk(node: _Node, record: JsonObject, found: list[Any]) -> bool:
    seen = set()
    for name, value in record.pairs:
        below = node.names.get(name)
        if below is None:
            continue
        if name in seen:
            return False
        seen.add(name)
        for slot in below.slots:
            found[slot] = value
        if below.names and isinstance(value, JsonObject) and not _walk(below, value, found):
            return False
        if isinstance(value, list) and not (_walk_wheres(below, value, found) and _walk_each(below, value, found)):
            return False
    return True


def _walk_wheres(node: _Node, values: list[Any], found: list[Any]) -> bool:
    """Follow the first object of a list that meets each condition."""
    for (key, text), below in node.wheres.items():
        for value in values:
            if not isinstance(value, JsonObject):
                continue
            keys = [given for name, given in value.pairs if name == key]
            if len(keys) > 1:
                return False
            if keys and isinstance(keys[0], str) and not isinstance(keys[0], NumberText) and keys[0] == text:
                if not _walk(below, value, found):
                    return False
                break
    return True


def _walk_each(node: _Node, values: list[Any], found: list[Any]) -> bool:
    """Follow all objects of a list, and gather their values."""
    if node.each is None:
        return True
    size = len(found)
    gathered: list[list[Any]] = []
    for value in values:
        if isinstance(value, JsonObject):
            own: list[Any] = [None] * size
            if not _walk(node.each, value, own):
                return False
            gathered.append(own)
    for slot in _slots_below(node.each):
        found[slot] = Gathered()
        for own in gathered:
            # The values of a nested list are added individually.
            found[slot] += own[slot] if isinstance(own[slot], Gathered) else [own[slot]]
    return True


def _slots_below(node: _Node) -> list[int]:
    """The slots of all paths that end at a node or continue below it."""
    below = [*node.names.values(), *node.wheres.values(), *([node.each] if node.each else [])]
    return [*node.slots, *(slot for each in below for slot in _slots_below(each))]
