"""The schema log: immutable versions beside the manifests, and the walk along it (docs/FORMATS.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Callable

from .batch import Manifest
from .ddl import Schema, SchemaConflict, columns_from_json, columns_to_json, merge
from .stores import Store


@dataclass(frozen=True)
class Version:
    """One entry of the log. Version 0 is the empty schema."""

    number: int
    schema: Schema
    retyped: int = 0  # the last version in which an operator changed a type


class SchemaLog:
    """The versions of a dataset's schema, numbered from 1 without gaps."""

    def __init__(self, store: Store):
        self._store = store

    def read(self, number: int) -> Version | None:
        """Return a version, None if it does not exist. Raises ValueError if it is not valid."""
        if number == 0:
            return Version(0, ())
        content = self._store.read(_key(number))
        if content is None:
            return None
        try:
            record = json.loads(content)
            return Version(number, columns_from_json(record["columns"]), record.get("retyped", 0))
        except (ValueError, KeyError, TypeError) as e:
            raise ValueError(f"schema version {self._store.uri(_key(number))} is not valid: {e}") from None

    def newest(self) -> int:
        """Return the number of the newest version, 0 if there is none."""
        numbers = [key.removeprefix("_schema/").removesuffix(".json") for key, _ in self._store.list("_schema/")]
        return max((int(n) for n in numbers if n.isdigit()), default=0)

    def base(self, pinned: int) -> Version | None:
        """Return what a conversion starts from: the pinned version, or a later one in which an operator changed a type."""
        newest = self.read(self.newest())
        return self.read(max(pinned, newest.retyped if newest else 0))

    def append(self, version: Version, batch: str, created_at: str) -> bool:
        """Create a version. Return False if another run has created it with other content."""
        record = {
            "version": version.number,
            "batch": batch,
            "created_at": created_at,
            "columns": columns_to_json(version.schema),
        }
        if version.retyped:
            record["retyped"] = version.retyped
        return self._store.create(_key(version.number), json.dumps(record, indent=2, ensure_ascii=False).encode())


def _key(number: int) -> str:
    return f"_schema/{number:08d}.json"


def walk(log: SchemaLog, manifest: Manifest, learn: Callable[[Schema], Schema]) -> tuple[Schema, int]:
    """Return the schema that the batch's output has, and the version of the log that holds it.

    ``learn`` returns a schema extended with what the batch shows. The walk depends only on the manifest and on immutable
    entries, so every run of the batch takes the same path.
    """
    base = log.base(manifest.schema_version)
    if base is None:
        raise ValueError(f"the manifest pins schema version {manifest.schema_version}, which does not exist")
    schema = learn(base.schema)
    while merge(base.schema, schema) != base.schema:
        following = log.read(base.number + 1)
        if following is None:
            following = Version(base.number + 1, merge(base.schema, schema), base.retyped)
            if not log.append(following, manifest.batch_id, manifest.created_at):
                continue  # another run was first: read its version
        try:
            merge(following.schema, schema)
        except SchemaConflict as conflict:
            print(f"schema version {following.number}: {conflict}; starting again from it")
            schema = learn(following.schema)
        base = following
    return schema, base.number
