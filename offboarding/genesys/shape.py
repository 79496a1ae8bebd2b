"""Reading a JSON answer field by field: what is missing or of another kind is named, never a KeyError."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offboarding.genesys.errors import REMEDIES, NotUnderstood
from offboarding.genesys.exchange import Response
from offboarding.genesys.records import Ref


@dataclass(frozen=True, slots=True)
class Shape:
    """One JSON object of an answer, and where it stands in it. A null counts as missing.

    The readers raise NotUnderstood naming the call and the field.
    """

    value: dict[str, Any]
    method: str
    path: str
    status: int
    correlation_id: str
    at: str = ""

    @classmethod
    def of(cls, answer: Response, method: str, path: str) -> Shape:
        """The answer's body, which must be an object."""
        shape = cls({}, method, path, answer.status, answer.correlation_id)
        return shape._object(answer.json, "its body")

    @classmethod
    def list_of(cls, answer: Response, method: str, path: str) -> tuple[Shape, ...]:
        """The answer's body, which must be a list of objects."""
        shape = cls({"body": answer.json}, method, path, answer.status, answer.correlation_id)
        return shape.each("body")

    def text(self, name: str) -> str:
        value = self.value.get(name)
        if not isinstance(value, str) or not value:
            raise self.lacks(name, "text")
        return value

    def text_or(self, name: str, otherwise: str = "") -> str:
        value = self.value.get(name)
        if value is None:
            return otherwise
        if not isinstance(value, str):
            raise self.lacks(name, "text")
        return value

    def text_or_none(self, name: str) -> str | None:
        return self.text_or(name) or None

    def moment(self, name: str) -> datetime:
        """An ISO 8601 time; one without a zone is none."""
        text = self.text(name)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.lacks(name, "a time") from None
        if moment.tzinfo is None:
            raise self.lacks(name, "a time with a zone")
        return moment

    def whole(self, name: str) -> int:
        value = self.value.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.lacks(name, "a whole number")
        return value

    def whole_or_none(self, name: str) -> int | None:
        return None if self.value.get(name) is None else self.whole(name)

    def number_or_none(self, name: str) -> float | None:
        value = self.value.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.lacks(name, "a number")
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.value.get(name)
        if not isinstance(value, bool):
            raise self.lacks(name, "true or false")
        return value

    def flag_or(self, name: str, otherwise: bool) -> bool:
        return otherwise if self.value.get(name) is None else self.flag(name)

    def flag_or_none(self, name: str) -> bool | None:
        return None if self.value.get(name) is None else self.flag(name)

    def inside(self, name: str) -> Shape:
        return self._object(self.value.get(name), name)

    def inside_or_none(self, name: str) -> Shape | None:
        return None if self.value.get(name) is None else self.inside(name)

    def each(self, name: str) -> tuple[Shape, ...]:
        value = self.value.get(name)
        if not isinstance(value, list):
            raise self.lacks(name, "a list")
        return tuple(self._object(item, f"{name}[{number}]") for number, item in enumerate(value))

    def each_or_none(self, name: str) -> tuple[Shape, ...] | None:
        return None if self.value.get(name) is None else self.each(name)

    def texts_or_empty(self, name: str) -> tuple[str, ...]:
        value = self.value.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.lacks(name, "a list of texts")
        return tuple(value)

    def ref(self) -> Ref:
        """This object's id and name; only the id is required (Genesys `DomainEntityRef`)."""
        return Ref(self.text("id"), self.text_or("name"))

    def ref_or_none(self, name: str) -> Ref | None:
        shape = self.inside_or_none(name)
        return shape.ref() if shape is not None else None

    def refs_or_none(self, name: str) -> tuple[Ref, ...] | None:
        shapes = self.each_or_none(name)
        return None if shapes is None else tuple(shape.ref() for shape in shapes)

    def entities(self) -> tuple[Shape, ...]:
        """The rows of a page. Only a page that says its number may leave an empty list out."""
        found = self.each_or_none("entities")
        if found is None:
            if self.value.get("pageNumber") is None:
                raise self.lacks("entities", "a list")
            return ()
        return found

    def lacks(self, name: str, kind: str) -> NotUnderstood:
        """The error for a field that is not there, or not of this kind."""
        field = f"{self.at}.{name}" if self.at else name
        problem = f"The answer to {self.method} {self.path} lacks the field {field} ({kind})."
        return self.not_understood(problem, "missing.field")

    def not_understood(self, problem: str, code: str) -> NotUnderstood:
        """The error for an answer that does not mean what it should, about this call."""
        return NotUnderstood(
            problem,
            remedy=REMEDIES["language"],
            status=self.status,
            code=code,
            correlation_id=self.correlation_id,
            method=self.method,
            path=self.path,
        )

    def _object(self, value: Any, name: str) -> Shape:
        if not isinstance(value, dict):
            raise self.lacks(name, "an object")
        at = f"{self.at}.{name}" if self.at else name
        at = "" if name == "its body" else at
        return Shape(value, self.method, self.path, self.status, self.correlation_id, at)
