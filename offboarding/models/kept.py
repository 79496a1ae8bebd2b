"""Rows that nothing here deletes, because a legal hold may want exactly them."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models import ProtectedError

WHY = (
    "Nothing deletes this: there is no purge and no retention. Whatever shall come to delete it asks legal_hold_on "
    "first, and this refusal is where that is built."
)


class KeptRows(models.QuerySet[Any]):
    def delete(self) -> NoReturn:
        raise ProtectedError(WHY, set(self))


class Kept(models.Model):
    """A row that is not deleted, neither alone nor with others; ProtectedError, whoever asks."""

    objects: ClassVar = KeptRows.as_manager()

    class Meta:
        abstract = True

    def delete(self, using: Any = None, keep_parents: bool = False) -> NoReturn:
        raise ProtectedError(WHY, {self})
